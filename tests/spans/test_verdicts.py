import pytest

from mner.spans.mistakes import find_mistakes
from mner.types import Post, Span
from tests.spans.posts import letters


def outcomes(gold: Post, predicted: Post) -> list[tuple[str, Span | None, Span | None]]:
    return [
        (verdict.kind, verdict.gold, verdict.predicted)
        for verdict in find_mistakes([gold], [predicted]).verdicts
    ]


def test_each_kind_of_verdict() -> None:
    gold = letters((0, 1, "PER"), (1, 2, "PER"), (2, 4, "LOC"), (4, 6, "LOC"), (6, 7, "ORG"))
    predicted = letters((0, 1, "PER"), (1, 2, "LOC"), (2, 3, "LOC"), (5, 6, "ORG"), (7, 8, "ORG"))
    assert outcomes(gold, predicted) == [
        ("correct", (0, 1, "PER"), (0, 1, "PER")),
        ("type", (1, 2, "PER"), (1, 2, "LOC")),
        ("boundary", (2, 4, "LOC"), (2, 3, "LOC")),
        ("both", (4, 6, "LOC"), (5, 6, "ORG")),
        ("missed", (6, 7, "ORG"), None),
        ("spurious", None, (7, 8, "ORG")),
    ]


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        pytest.param(
            letters((0, 3, "LOC")),
            letters((0, 1, "LOC"), (1, 3, "LOC")),
            [("spurious", None, (0, 1, "LOC")), ("boundary", (0, 3, "LOC"), (1, 3, "LOC"))],
            id="most shared words",
        ),
        pytest.param(
            letters((0, 2, "LOC")),
            letters((0, 1, "LOC"), (1, 2, "LOC")),
            [("boundary", (0, 2, "LOC"), (0, 1, "LOC")), ("spurious", None, (1, 2, "LOC"))],
            id="first predicted",
        ),
        pytest.param(
            letters((0, 1, "LOC"), (1, 2, "LOC")),
            letters((0, 2, "LOC")),
            [("boundary", (0, 1, "LOC"), (0, 2, "LOC")), ("missed", (1, 2, "LOC"), None)],
            id="first gold",
        ),
        pytest.param(
            letters((0, 4, "LOC")),
            letters((0, 3, "PER"), (3, 5, "LOC")),
            [("spurious", None, (0, 3, "PER")), ("boundary", (0, 4, "LOC"), (3, 5, "LOC"))],
            id="same label before more words",
        ),
        pytest.param(
            letters((0, 2, "LOC"), (0, 2, "PER")),
            letters((0, 2, "PER"), (0, 2, "ORG")),
            [("type", (0, 2, "LOC"), (0, 2, "ORG")), ("correct", (0, 2, "PER"), (0, 2, "PER"))],
            id="correct before wrong type",
        ),
    ],
)
def test_which_pair_is_taken(
    gold: Post, predicted: Post, expected: list[tuple[str, Span | None, Span | None]]
) -> None:
    assert outcomes(gold, predicted) == expected


def test_labels_that_nobody_annotated_are_no_mistakes() -> None:
    partial = Post(id="7", tokens=tuple("abcdefgh"), entities=(), annotated=("PER",))
    assert outcomes(partial, letters((0, 1, "LOC"), (1, 2, "PER"))) == [
        ("spurious", None, (1, 2, "PER"))
    ]


def test_a_verdict_has_the_words_of_gold_or_of_what_is_spurious() -> None:
    gold, predicted = letters((0, 2, "PER"), (3, 4, "LOC")), letters((0, 1, "PER"), (4, 7, "ORG"))
    verdicts = find_mistakes([gold], [predicted]).verdicts
    facts = [(verdict.post, verdict.post_id, verdict.text, verdict.span) for verdict in verdicts]
    words = gold.tokens
    assert facts == [
        (0, gold.id, f"{words[0]} {words[1]}", (0, 2, "PER")),
        (0, gold.id, words[3], (3, 4, "LOC")),
        (0, gold.id, f"{words[4]} {words[5]} {words[6]}", (4, 7, "ORG")),
    ]
    labels = [(verdict.gold_label, verdict.predicted_label) for verdict in verdicts]
    assert labels == [("PER", "PER"), ("LOC", None), (None, "ORG")]
