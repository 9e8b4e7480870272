"""Tables for papers by the command line: each names what its numbers are."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from mner.cli import app
from mner.recipe.read import to_toml
from mner.training.train import train
from tests.tiny import tiny_recipe

FORMATS = ["latex", "markdown", "csv"]
KEPT = Path(__file__).parents[2] / "benchmarks" / "results"


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def model(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    recipe = tiny_recipe(corpus)
    recipe = replace(recipe, training=replace(recipe.training, epochs=2, seed=7))
    return train(recipe, tmp_path_factory.mktemp("paper") / "run").model


def fingerprint_of(corpus: Path) -> str:
    scores = json.loads(run("score", corpus / "dev.txt", corpus / "dev.txt", "--json"))
    return str(scores["gold_fingerprint"])


@pytest.mark.parametrize("style", FORMATS)
def test_evaluate_score_and_compare_name_scoring_gold_and_seeds(
    model: Path, corpus: Path, style: str
) -> None:
    dev = corpus / "dev.txt"
    other = corpus.parent / "same.txt"
    other.write_bytes(dev.read_bytes())
    commands: list[tuple[object, ...]] = [
        ("evaluate", model, dev),
        ("score", dev, dev),
        ("compare", dev, dev, other),
    ]
    for command in commands:
        text = run(*command, "--format", style)
        assert "lenient" in text
        assert fingerprint_of(corpus) in text
        assert "10000 resamples" in text
    assert "7" in run("evaluate", model, dev, "--format", "csv").splitlines()[1].split(",")


def test_the_csv_has_the_numbers_of_the_json(model: Path, corpus: Path) -> None:
    command = ("evaluate", model, corpus / "dev.txt")
    first, *_ = csv.DictReader(io.StringIO(run(*command, "--format", "csv")))
    scores = json.loads(run(*command, "--json"))
    assert first["F1"] == f"{100 * scores['f1']:.2f}"
    assert first["F1 low"] == f"{100 * scores['bootstrap']['f1']['low']:.2f}"
    assert (first["gold"], first["gold fingerprint"]) == ("12", scores["gold_fingerprint"])
    assert (first["scoring"], first["seeds"], first["name"]) == ("lenient", "7", "all")


@pytest.mark.parametrize("style", FORMATS)
def test_results_of_several_systems_are_one_table(style: str) -> None:
    files = [KEPT / f"twitter2015-{name}.json" for name in ("text-only", "additive")]
    text = run("results", *files, "--format", style)
    kept = json.loads(files[0].read_text(encoding="utf-8"))
    for needed in (kept["fingerprints"]["test"], "lenient", "0, 1, 2, 3, 4", "text-only"):
        assert needed in text
    f1 = kept["f1"]["test, given"]
    for value in (f1["mean"], f1["deviation"], f1["low"], f1["high"]):
        assert f"{100 * value:.2f}" in text


def test_results_as_text_are_those_of_the_training() -> None:
    assert "95% interval of this mean" in run("results", KEPT / "twitter2015-text-only.json")


def test_scores_on_other_posts_do_not_stand_in_one_table() -> None:
    files = [str(KEPT / f"{name}-text-only.json") for name in ("twitter2015", "sample")]
    result = CliRunner().invoke(app, ["results", *files, "--format", "latex"])
    assert result.exit_code == 1
    assert "gold of dev differs" in result.output
    assert "cannot stand in one table" in result.output


def test_two_formats_at_once_are_refused(corpus: Path) -> None:
    dev = str(corpus / "dev.txt")
    result = CliRunner().invoke(app, ["score", dev, dev, "--json", "--format", "csv"])
    assert result.exit_code == 2
    assert "--json does not go with --format csv: give one of them" in result.output


def test_a_recipe_file_and_its_results_make_a_table(corpus: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(to_toml(tiny_recipe(corpus)))
    out = tmp_path / "runs"
    run("train", recipe, "--set", "training.epochs=1", "--seeds", 1, "--out", out)
    text = run("results", out / "results.json", "--format", "markdown")
    assert text.startswith("| system | looks at | seeds | dev F1 |\n")
    assert "±" not in text, "one seed has no deviation"
