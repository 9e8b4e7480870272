import json
import random
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mner.errors import InputError
from mner.spans.mistakes import Confusion, Surface, find_mistakes
from mner.spans.score import score
from mner.spans.verdicts import KINDS
from tests.spans.posts import letters, post, random_letters


@given(st.integers(0, 100_000))
def test_every_entity_has_one_verdict_and_the_correct_ones_are_those_of_the_score(
    seed: int,
) -> None:
    rng = random.Random(seed)
    gold, predicted = ([random_letters(rng) for _ in range(3)] for _ in range(2))
    mistakes = find_mistakes(gold, predicted)
    for position, (truth, guess) in enumerate(zip(gold, predicted, strict=True)):
        verdicts = [verdict for verdict in mistakes.verdicts if verdict.post == position]
        assert sorted(verdict.gold for verdict in verdicts if verdict.gold) == sorted(
            entity.span for entity in truth.entities or ()
        )
        assert sorted(verdict.predicted for verdict in verdicts if verdict.predicted) == sorted(
            entity.span for entity in guess.entities or ()
        )
    scores, counts = score(gold, predicted), mistakes.counts
    assert counts["correct"] == scores.overall.correct
    assert sum(counts.values()) - counts["spurious"] == scores.overall.gold
    assert sum(counts.values()) - counts["missed"] == scores.overall.predicted
    assert {
        kind: sum(kinds[kind] for kinds in mistakes.per_type.values()) for kind in KINDS
    } == counts
    assert sum(map(sum, mistakes.confusion.counts)) == sum(counts.values())


def test_the_confusion_has_a_row_and_a_column_for_none() -> None:
    mistakes = find_mistakes(
        [letters((0, 1, "PER"), (2, 3, "LOC"))], [letters((0, 1, "LOC"), (5, 6, "PER"))]
    )
    assert mistakes.confusion == Confusion(("LOC", "PER"), ((0, 0, 1), (1, 0, 0), (0, 1, 0)))
    assert mistakes.confusion.as_dict()["labels"] == ["LOC", "PER", None]


def test_the_most_frequent_mistakes_come_first() -> None:
    gold = [
        post("Paris x", (0, 1, "PER")),
        post("PARIS x", (0, 1, "PER")),
        post("Acme x", (0, 1, "ORG")),
        post("Rome x", (0, 1, "LOC")),
    ]
    predicted = [
        post("Paris x", (0, 1, "LOC")),
        post("PARIS x", (0, 1, "LOC")),
        post("Acme x"),
        post("Rome x", (0, 1, "LOC")),
    ]
    mistakes = find_mistakes(gold, predicted)
    assert mistakes.frequent() == [
        Surface("paris", "type", "PER", "LOC", 2),
        Surface("acme", "missed", "ORG", None, 1),
    ]
    assert mistakes.frequent(limit=1) == mistakes.frequent(kind="type")
    assert [surface.text for surface in mistakes.frequent(kind="correct")] == ["rome"]


def test_everything_goes_into_json() -> None:
    mistakes = find_mistakes([letters((0, 1, "PER"))], [letters((2, 3, "LOC"))])
    assert json.loads(json.dumps(mistakes.as_dict()))["counts"]["missed"] == 1
    assert json.loads(json.dumps(asdict(mistakes.verdicts[0])))["gold"] == [0, 1, "PER"]


def test_posts_must_be_the_same() -> None:
    with pytest.raises(InputError, match=r"post 1: gold has id 'x', predicted has 'y'"):
        find_mistakes([letters(name="x")], [letters(name="y")])
