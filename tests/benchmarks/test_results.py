"""docs/results.md and the heads of recipes agree with the results files; commands can be run."""

import json
import re
import shlex
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.comparisons import intervals_of, load_comparisons
from benchmarks.kept_results import load_results
from benchmarks.results import PAGE, page
from benchmarks.runs import KEPT
from mner.recipe.read import read_recipe, recipe_file
from mner.runs.results import Results
from mner.runs.results_file import write_results

ROOT = PAGE.parents[1]
RECIPES = sorted((ROOT / "src" / "mner" / "recipes").glob("*.toml"))
RESULTS = load_results()
TEXT = PAGE.read_text(encoding="utf-8").replace(" \\\n  ", " ")
"""The page, with each command on one line."""
COMMANDS = sorted(set(re.findall(r"^mner train [\w-]+ .*$", TEXT, re.MULTILINE)))
README = {
    "text only": ("sample-text-only", "given"),
    "co-attention over the picture": ("sample-additive", "given"),
    "the same, pictures exchanged": ("sample-additive", "shuffled"),
    "text only, GloVe": ("twitter2015-text-only", "given"),
    "MPNet joined with GloVe and characters, text only": ("twitter2015-mpnet", "given"),
    "co-attention over a caption's words (caption-mediated, no pixels)": (
        "twitter2015-additive",
        "given",
    ),
    "the same, captions exchanged": ("twitter2015-additive", "shuffled"),
    "text only, on paintings": ("cpmner-text-only", "given"),
    "co-attention over the picture, scaled-dot": ("cpmner-scaled-dot", "given"),
    "the same, paintings exchanged": ("cpmner-scaled-dot", "shuffled"),
}
"""What the rows of the README are of, in their order."""
TRIALS = {
    "text alone:": "twitter2015-text-only",
    "the same without characters": "twitter2015-bilstm-crf",
    "that BiLSTM-CRF with captions": "twitter2015-bilstm-crf-captions",
    "a CRF over features": "twitter2015-feature-crf",
    "the words of captions among its features": "twitter2015-feature-crf-captions",
    "captions, additive": "twitter2015-additive",
    "captions, concat": "twitter2015-concat",
    "captions, cross-attention": "twitter2015-cross",
    "captions, mean": "twitter2015-mean",
    "MiniLM (6 layers": "twitter2015-minilm-crf",
    "the same with captions": "twitter2015-minilm-crf-captions",
    "the same with embeddings": "twitter2015-mpnet",
}
"""Trials of docs/experiments.md that results are kept of, by how their rows begin."""
_SCORE = re.compile(r"(dev|test) F1 (\d+\.\d\d)")


def head(recipe: Path) -> str:
    """The comment at the top of a recipe, as one line."""
    lines = recipe.read_text(encoding="utf-8").splitlines()
    comment = lines[: next(place for place, line in enumerate(lines) if not line.startswith("#"))]
    return " ".join(line.lstrip("# ") for line in comment)


def results_of(recipe: Path) -> Sequence[Results]:
    """Of a recipe as it stands: results of its changes are not its own."""
    return [
        one
        for one in RESULTS.values()
        if f" {recipe.stem} " in one.origin.command and "--set" not in one.origin.command
    ]


def test_the_page_is_made_of_the_results() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "docs/results.md is not what the results files give: run `make results`"
    )


def test_the_page_has_the_numbers_of_each_system() -> None:
    assert RESULTS
    for one in RESULTS.values():
        row = next(
            line
            for line in TEXT.splitlines()
            if line.startswith(f"| {one.origin.name} |") and str(one.test()) in line
        )
        assert str(one.dev()) in row
        assert one.origin.command in TEXT
        assert one.fingerprints["test"] in TEXT


def test_the_readme_says_the_same_with_fewer_digits() -> None:
    rows = re.findall(
        r"^\| [^|]*\| ([^|]+) \| (\d\d\.\d ± \d\.\d) \| ([^|]+) \| (\w*) ?\|$",
        (ROOT / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    comparisons = load_comparisons(KEPT)
    assert [row[0] for row in rows] == list(README)
    for (shown, score, interval, gold), (name, control) in zip(rows, README.values(), strict=True):
        one, summary = RESULTS[name], RESULTS[name].test(control)
        sure = intervals_of(name, one, control, comparisons).get("all") or one.interval()
        assert sure is not None
        assert score == f"{100 * summary.mean:.1f} ± {100 * (summary.deviation or 0):.1f}", shown
        assert interval == f"{100 * sure.low:.1f} to {100 * sure.high:.1f}", shown
        assert gold in ("", one.fingerprints["test"]), shown


@pytest.mark.parametrize(("row", "name"), TRIALS.items())
def test_the_page_of_trials_says_the_same(row: str, name: str) -> None:
    (line,) = [
        line
        for line in (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8").splitlines()
        if line.startswith(f"| {row}")
    ]
    one = RESULTS[name]
    seeds = (
        f", seeds {one.seeds[0]} to {one.seeds[-1]}"
        if len(one.seeds) > 2
        else ", seeds 0 and 1"
        if len(one.seeds) == 2
        else ""
    )
    assert line.split(" | ")[1] == f"{one.dev()}{seeds}"


def test_trials_without_a_results_file_are_marked() -> None:
    lines = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("| ") and not line.startswith("| tried |")]
    kept = [row for row in rows if row.startswith(tuple(f"| {name}" for name in TRIALS))]
    assert len(kept) == len(TRIALS)
    assert [row for row in rows if row.startswith("| † ")] == [
        row for row in rows if row not in kept
    ]


def test_a_page_of_other_numbers_is_another_page(tmp_path: Path) -> None:
    for path in KEPT.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert page(tmp_path) == page()
    name = next(iter(RESULTS))
    values = json.loads((tmp_path / f"{name}.json").read_text())
    values["runs"][0]["dev"]["f1"] = 0.0
    (tmp_path / f"{name}.json").write_text(json.dumps(values))
    assert page(tmp_path) != page()


def test_comparisons_stand_on_the_page_where_there_are_some_and_only_then(tmp_path: Path) -> None:
    for path in KEPT.iterdir():
        if not path.name.startswith("compare-"):
            (tmp_path / path.name).write_bytes(path.read_bytes())
    assert "Paired bootstrap" not in page(tmp_path)
    gold = next(iter(RESULTS.values())).fingerprints["test"]
    estimate = {
        side: {"f1": {"value": value, "low": value - 0.1, "high": value + 0.1}}
        for side, value in (("a", 0.5), ("b", 0.625), ("difference", 0.125))
    }
    predictions = {
        "a": {"text-only-seed0/test-given.jsonl": 0.5},
        "b": {"additive-seed0/test-given.jsonl": 0.625},
    }
    more = {
        "predictions": predictions,
        "gold_fingerprint": gold,
        "resamples": 10,
        "level": 0.95,
        "slices": [],
        "p_value": 0.25,
    }
    (tmp_path / "compare-x.json").write_text(json.dumps({**estimate, **more}))
    text = page(tmp_path)
    assert "Paired bootstrap" in text
    assert re.search(
        r"\| text-only \| additive \| [^|]+ \| all \| 50.00 \| 62.50 \| \+12.50 "
        r"\| \+2.50 to \+22.50 \| 0.2500 \|",
        text,
    )


def test_results_hold_no_text_of_a_post_and_no_place_of_a_machine() -> None:
    for path in KEPT.iterdir():
        text = path.read_text(encoding="utf-8")
        assert len(text) < 150_000
        assert '"tokens"' not in text
        # A node of a graph has a name like a path.
        assert not re.search(r"[\"'= ](/(?!backbone/)\w|[A-Z]:\\)", text), (
            f"{path.name} names a place of a machine"
        )


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_are_of_recipes_that_can_be_read(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = shlex.split(command)
    text = recipe_file(words[2]).read_text(encoding="utf-8")
    for name in re.findall(r"\$(\w+)", text + command):
        monkeypatch.setenv(name, f"/{name}")
    changes = [value for key, value in pairwise(words) if key == "--set"]
    read_recipe(words[2], changes=changes)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_s_head_names_its_command(recipe: Path) -> None:
    assert f"mner train {recipe.stem}" in head(recipe)


@pytest.mark.parametrize(
    "recipe", [recipe for recipe in RECIPES if results_of(recipe)], ids=lambda path: path.stem
)
def test_a_recipe_s_head_expects_what_was_measured(recipe: Path) -> None:
    (results,) = results_of(recipe)
    expected = {
        "dev": f"{100 * results.dev().mean:.2f}",
        "test": f"{100 * results.test().mean:.2f}",
    }
    assert dict(_SCORE.findall(head(recipe))) == expected
    minutes = sorted(round(run.seconds / 60) for run in results.runs)
    said = re.search(r"\b(\d+) to (\d+) minutes a seed", head(recipe))
    assert said is not None
    assert said.groups() == (str(minutes[0]), str(minutes[-1]))


@pytest.mark.parametrize("name", RESULTS)
def test_a_results_file_is_written_as_it_was_read(name: str, tmp_path: Path) -> None:
    write_results(tmp_path / f"{name}.json", RESULTS[name])
    assert (tmp_path / f"{name}.json").read_bytes() == (KEPT / f"{name}.json").read_bytes()
