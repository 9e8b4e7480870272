from benchmarks.labels import keep_labels
from mner.spans.score import score
from mner.types import Entity, Post


def test_labels_that_are_left_out_count_neither_in_gold_nor_in_predictions() -> None:
    gold = [Post("1", ("Ann", "and", "Lego"), (Entity(0, 1, "PER"), Entity(2, 3, "OTHER")))]
    predicted = [Post("1", ("Ann", "and", "Lego"), (Entity(0, 1, "PER"), Entity(1, 2, "OTHER")))]
    assert score(gold, predicted).f1 == 0.5
    assert score(keep_labels(gold, ["PER"]), predicted).f1 == 1.0
