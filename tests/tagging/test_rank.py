import io
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

import mner
from mner.cli import app
from mner.errors import DataWarning
from mner.posts.read import read_posts
from mner.recipe.sections import Recipe
from mner.spans.uncertainty import best_probabilities, sequence_entropies
from mner.tagging.given import Given
from mner.tagging.rank import rank_file, ranked
from mner.tagging.starter import starter_model
from mner.training.train import train

TWEETS = Path(os.environ.get("MNER_DATA", Path(__file__).parents[3] / "shared" / "data")) / "tweets"
TEXTS = ("rain again", "Ann Roe lands in Lisbon", "the Paris of our hiltons jordan", "in Rome")


def rank(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["rank", *map(str, arguments)])


def records(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    lines = [json.dumps({"id": str(n), "text": text}) for n, text in enumerate(TEXTS, start=1)]
    (tmp_path / "posts.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path / "posts.jsonl"


def test_the_most_uncertain_posts_come_first(posts: Path) -> None:
    result = rank(posts)
    assert result.exit_code == 0, result.output
    found = records(result.stdout)
    entropies = [float(str(record.pop("entropy"))) for record in found]
    assert [record["id"] for record in found] == ["3", "4", "2", "1"]
    assert entropies == sorted(entropies, reverse=True)
    given = {post.id: post for post in read_posts(posts)}
    for record in found:
        assert record["tokens"] == list(given[str(record["id"])].tokens)
        assert "entities" not in record


def test_a_bar_is_shown_where_the_posts_come_at_the_end(
    posts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bar is done before the first post is written, so it may stand on the same terminal."""
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(sys, "stdout", terminal)
    rank_file(Given(starter_model(), str(posts)))
    shown, _, first = terminal.getvalue().partition("{")
    assert "tag: 100%" in shown
    assert "tag:" not in first


def test_entropies_are_those_of_the_crf_by_its_temperature() -> None:
    tagger = mner.load()
    assert tagger.decoder.temperature != 1.0
    posts = [post.post for post in tagger.explain([*TEXTS, ""])]
    found = {post.id: (post.extra or {})["entropy"] for post in ranked(tagger, posts)}
    results = list(tagger.explain(posts, uncertain=True))
    for batch, emitted in tagger.emissions(posts[:-1]):
        heat, lengths = tagger.decoder.temperature, batch.arrays.lengths
        crf = tagger.crf.divided(heat)
        entropies = sequence_entropies(emitted.emissions / heat, lengths, crf)
        best = best_probabilities(emitted.emissions / heat, lengths, crf)
        for post, entropy, probability in zip(batch.posts, entropies, best, strict=True):
            assert found[post.id] == pytest.approx(entropy, abs=1e-3)
            uncertainty = results[int(post.id) - 1].uncertainty
            assert uncertainty == pytest.approx((entropy, probability), abs=1e-3)
    assert found["5"] == 0.0
    assert results[4].uncertainty == (0.0, 1.0)
    assert all(result.uncertainty is None for result in tagger.explain(posts[:-1]))


def test_posts_keep_what_they_had_and_their_order_where_they_are_alike(posts: Path) -> None:
    given = [replace(post, extra={"n": n}) for n, post in enumerate(read_posts(posts))] * 2
    found = ranked(mner.load(), iter(given))
    assert [(post.extra or {})["n"] for post in found] == [2, 2, 3, 3, 1, 1, 0, 0]
    assert [replace(post, extra=None) for post in found] == [
        replace(given[n], extra=None) for n in (2, 2, 3, 3, 1, 1, 0, 0)
    ]
    assert ranked(mner.load(), []) == []


def test_tasks_of_label_studio_are_not_annotated(posts: Path, tmp_path: Path) -> None:
    assert rank(posts, "--output", tmp_path / "o.json", "--to", "label-studio").exit_code == 0
    tasks = json.loads((tmp_path / "o.json").read_text())
    assert [task["data"]["id"] for task in tasks] == ["3", "4", "2", "1"]
    assert tasks[0]["data"]["entropy"] > 1
    assert not any(task["annotations"] for task in tasks)


def test_a_table_has_a_row_for_each_post(posts: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(
        "text,likes\nrain again,1\nthe Paris of our hiltons jordan,2\n"
    )
    assert rank(tmp_path / "in.csv", "--output", tmp_path / "out.csv").exit_code == 0
    header, first, second = (tmp_path / "out.csv").read_text().splitlines()
    assert header == "id,text,entities,picture,caption,likes,entropy"
    assert first.startswith("2,the Paris of our hiltons jordan,")
    assert second.split(",")[-2] == "1"


def test_pictures_that_are_missing_are_said(
    corpus: Path, pixel_model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    options = ("--model", pixel_model, "--pictures", corpus / "images")
    result = rank(corpus / "dev.txt", *options)
    assert result.exit_code == 0, result.output
    assert len(records(result.stdout)) == 12
    assert "1 absent (first: post '5'" in caplog.text


def test_captions_are_looked_at(corpus: Path, caption_recipe: Recipe, tmp_path: Path) -> None:
    model = train(caption_recipe, tmp_path / "run").model
    options = ("--model", model, "--captions", corpus / "captions.jsonl")
    with_captions = rank(corpus / "dev.txt", *options).stdout
    assert records(with_captions)[0]["caption"]
    assert records(rank(corpus / "dev.txt", *options[:2]).stdout) != records(with_captions)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--output", "posts.jsonl"], 1, "posts.jsonl: is the input, or a file of it"),
        (["--output", "out.txt"], 1, "the name does not say the format"),
        # Said before the model is looked for.
        (["--output", "out.conll", "--model", "gone"], 1, "out.conll: conll holds neither"),
        (["--output", "out.imgid", "--model", "gone"], 1, "out.imgid: imgid holds neither"),
        (["--to", "prodigy"], 2, "--to goes with --output"),
        (["--model", "gone"], 1, "gone"),
    ],
)
def test_what_cannot_be_ranked_is_an_error(
    posts: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, message: str
) -> None:
    monkeypatch.chdir(posts.parent)
    before = posts.read_bytes()
    result = rank(posts.name, *arguments)
    assert result.exit_code == code
    assert message in result.output
    assert posts.read_bytes() == before
    assert [path.name for path in posts.parent.iterdir()] == ["posts.jsonl"]


def test_what_the_model_does_not_look_at_is_said(posts: Path, corpus: Path) -> None:
    with pytest.warns(DataWarning, match="looks at text only: --captions is not used"):
        rank(posts, "--captions", corpus / "captions.jsonl")
    with pytest.warns(DataWarning, match="looks at text only: --pictures is not used"):
        rank(posts, "--pictures", corpus / "images")


@pytest.mark.filterwarnings("ignore:.*(empty-token|empty-post):mner.errors.DataWarning")
def test_uncertain_real_posts_have_more_mistakes(tmp_path: Path) -> None:
    source = TWEETS / "wnut17.dev.conll"
    if not source.is_file():
        pytest.skip(f"no corpus at {source}: set MNER_DATA to the folder of data")
    found = ranked(mner.load(), read_posts(source, on_problem=lambda _: None))
    tagged = list(mner.load().tag(found))
    wrong = [
        len({entity.span[:2] for entity in post.entities or ()}
            ^ {entity.span[:2] for entity in guess.entities})
        for post, guess in zip(found, tagged, strict=True)
    ]  # fmt: skip
    half = len(wrong) // 2
    assert np.mean(wrong[:half]) > 2 * np.mean(wrong[half:])
