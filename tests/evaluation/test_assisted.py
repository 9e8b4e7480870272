"""Scores of posts whose entities are those of an endpoint say so, wherever they are printed."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import mner
from mner.cli import app
from mner.evaluation.compare import compare_files
from mner.evaluation.file_scores import score_files
from mner.posts.write import write_posts
from mner.spans.assisted import count_assisted, without_endpoint
from mner.types import Entity, Post

LINE = "LLM-assisted: 1 of 2 posts have entities of an endpoint"


def posts(*sources: str | None) -> list[Post]:
    """Return posts that say whose entities they have."""
    return [
        Post(
            str(number),
            ("in", "Rome"),
            entities=(Entity(1, 2, "LOC"),),
            text="in Rome",
            offsets=((0, 2), (3, 7)),
            extra=None if source is None else {"source": source},
        )
        for number, source in enumerate(sources)
    ]


def written(path: Path, *sources: str | None) -> Path:
    write_posts(posts(*sources), path, format="jsonl" if path.suffix == ".jsonl" else "csv")
    return path


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_scores_say_that_they_are_assisted(tmp_path: Path, suffix: str) -> None:
    gold = written(tmp_path / f"gold.{suffix}", None, None)
    predicted = written(tmp_path / f"predicted.{suffix}", "model", "endpoint")
    scores = score_files(gold, predicted, scoring="lenient")
    assert scores.render().splitlines()[1] == LINE
    assert scores.as_dict()["llm_assisted_posts"] == 1
    assert score_files(predicted, gold, scoring="lenient").render().splitlines()[1] == LINE
    plain = score_files(gold, gold, scoring="lenient")
    assert "LLM" not in plain.render()
    assert "llm_assisted_posts" not in plain.as_dict()


def test_comparisons_say_that_they_are_assisted(tmp_path: Path) -> None:
    gold = written(tmp_path / "gold.jsonl", None, None)
    plain = written(tmp_path / "plain.jsonl", "model", "model")
    assisted = written(tmp_path / "assisted.jsonl", "model", "endpoint")
    comparison = compare_files(gold, [plain], [assisted], resamples=10)
    assert comparison.render().splitlines()[1] == LINE
    assert comparison.as_dict()["llm_assisted_posts"] == 1
    without = compare_files(gold, [plain], [gold], resamples=10)
    assert "LLM" not in without.render()
    assert "llm_assisted_posts" not in without.as_dict()


@pytest.mark.parametrize("command", ["score", "compare"])
@pytest.mark.parametrize("style", ["latex", "markdown", "csv"])
def test_tables_for_papers_say_it(tmp_path: Path, command: str, style: str) -> None:
    gold = written(tmp_path / "gold.jsonl", None, None)
    assisted = written(tmp_path / "assisted.jsonl", "endpoint", "endpoint")
    files = [gold, assisted] if command == "score" else [gold, gold, assisted]
    result = CliRunner().invoke(app, [command, *map(str, files), "--format", style])
    assert result.exit_code == 0, result.output
    assert "LLM-assisted posts" in result.output


def test_gold_of_an_endpoint_is_said_by_evaluate(tmp_path: Path) -> None:
    gold = written(tmp_path / "gold.jsonl", "endpoint", None)
    result = CliRunner().invoke(
        app, ["evaluate", str(Path(mner.__file__).with_name("starter")), str(gold)]
    )
    assert result.exit_code == 0, result.output
    assert LINE in result.output


def test_a_post_counts_once_however_many_files_have_it() -> None:
    assert count_assisted(posts("endpoint", "model"), posts("endpoint", None)) == 1
    assert count_assisted(posts("model", None)) == 0


def test_the_mark_goes_with_the_entities(tmp_path: Path) -> None:
    assert without_endpoint({"source": "endpoint", "lang": "en"}) == {"lang": "en"}
    assert without_endpoint({"source": "endpoint"}) is None
    assert without_endpoint({"source": "twitter"}) == {"source": "twitter"}
    path = written(tmp_path / "posts.jsonl", "endpoint", "twitter")
    result = CliRunner().invoke(app, ["tag", str(path), "--keep", "--format", "jsonl"])
    assert result.exit_code == 0, result.output
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [record.get("source") for record in records] == [None, "twitter"]
    (tagged,) = mner.load().tag(posts("endpoint")[:1])
    assert tagged.extra is None
