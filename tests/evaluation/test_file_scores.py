from pathlib import Path

import pytest

from mner.errors import DataWarning
from mner.evaluation.file_scores import score_files
from mner.posts.read import read_posts


def test_two_files_are_scored_against_one_another(corpus: Path, tmp_path: Path) -> None:
    gold, predicted = corpus / "dev.txt", tmp_path / "predicted.txt"
    predicted.write_text(gold.read_text().replace("Ann\tB-PER", "Ann\tO"))
    result = score_files(
        gold, predicted, scoring="lenient", train=corpus / "train.txt", bootstrap=30
    )
    scores = result.scores
    entities = sum(len(post.entities or ()) for post in read_posts(gold))
    assert scores.precision == 1.0
    assert scores.recall == pytest.approx((entities - 3) / entities)
    assert scores.seen is not None
    assert scores.seen.gold == entities
    assert result.intervals is not None
    f1 = result.intervals.overall.f1
    assert f1.low < scores.f1 == f1.value < f1.high
    assert result.as_dict()["bootstrap"]["resamples"] == 30
    assert "95% intervals" in result.render()


def test_without_a_bootstrap_there_are_no_intervals(corpus: Path) -> None:
    gold = corpus / "dev.txt"
    result = score_files(gold, gold, scoring="strict")
    assert result.intervals is None
    assert result.as_dict()["bootstrap"] is None
    assert result.scores.seen is None
    assert result.render() == result.scores.render()


def test_labels_of_which_none_is_in_gold_are_said(tmp_path: Path) -> None:
    gold, predicted = tmp_path / "gold.txt", tmp_path / "predicted.txt"
    gold.write_text("Ann\tB-PER\nin\tO\nLima\tB-LOC\n\n")
    predicted.write_text("Ann\tB-PERSON\nin\tO\nLima\tO\n\n")
    message = r"no label of the predicted entities \('PERSON'\) is a label of gold \('LOC', 'PER'\)"
    with pytest.warns(DataWarning, match=message):
        assert score_files(gold, predicted, scoring="lenient").scores.f1 == 0
    predicted.write_text("Ann\tO\nin\tO\nLima\tO\n\n")
    assert score_files(gold, predicted, scoring="lenient").scores.f1 == 0
