import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mner.errors import InputError
from mner.spans.mistakes import KINDS, Confusion, Surface, find_changes, find_mistakes
from mner.spans.score import score
from mner.types import Entity, Post, Span

LABELS = ("LOC", "ORG", "PER")


def post(*spans: Span, text: str = "a b c d e f g h", name: str = "7") -> Post:
    return Post(
        id=name, tokens=tuple(text.split()), entities=tuple(Entity(*span) for span in spans)
    )


def outcomes(gold: Post, predicted: Post) -> list[tuple[str, Span | None, Span | None]]:
    return [
        (verdict.kind, verdict.gold, verdict.predicted)
        for verdict in find_mistakes([gold], [predicted]).verdicts
    ]


def random_post(rng: random.Random) -> Post:
    spans, place = [], 0
    while (start := place + rng.randint(0, 2)) < 8:
        place = min(8, start + rng.randint(1, 3))
        spans.append((start, place, rng.choice(LABELS)))
    return post(*spans)


def test_each_kind_of_verdict() -> None:
    gold = post((0, 1, "PER"), (1, 2, "PER"), (2, 4, "LOC"), (4, 6, "LOC"), (6, 7, "ORG"))
    predicted = post((0, 1, "PER"), (1, 2, "LOC"), (2, 3, "LOC"), (5, 6, "ORG"), (7, 8, "ORG"))
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
            post((0, 3, "LOC")),
            post((0, 1, "LOC"), (1, 3, "LOC")),
            [("spurious", None, (0, 1, "LOC")), ("boundary", (0, 3, "LOC"), (1, 3, "LOC"))],
            id="most shared words",
        ),
        pytest.param(
            post((0, 2, "LOC")),
            post((0, 1, "LOC"), (1, 2, "LOC")),
            [("boundary", (0, 2, "LOC"), (0, 1, "LOC")), ("spurious", None, (1, 2, "LOC"))],
            id="first predicted",
        ),
        pytest.param(
            post((0, 1, "LOC"), (1, 2, "LOC")),
            post((0, 2, "LOC")),
            [("boundary", (0, 1, "LOC"), (0, 2, "LOC")), ("missed", (1, 2, "LOC"), None)],
            id="first gold",
        ),
        pytest.param(
            post((0, 4, "LOC")),
            post((0, 3, "PER"), (3, 5, "LOC")),
            [("spurious", None, (0, 3, "PER")), ("boundary", (0, 4, "LOC"), (3, 5, "LOC"))],
            id="same label before more words",
        ),
        pytest.param(
            post((0, 2, "LOC"), (0, 2, "PER")),
            post((0, 2, "PER"), (0, 2, "ORG")),
            [("type", (0, 2, "LOC"), (0, 2, "ORG")), ("correct", (0, 2, "PER"), (0, 2, "PER"))],
            id="correct before wrong type",
        ),
    ],
)
def test_which_pair_is_taken(
    gold: Post, predicted: Post, expected: list[tuple[str, Span | None, Span | None]]
) -> None:
    assert outcomes(gold, predicted) == expected


@given(st.integers(0, 100_000))
def test_every_entity_has_one_verdict_and_the_correct_ones_are_those_of_the_score(
    seed: int,
) -> None:
    rng = random.Random(seed)
    gold, predicted = ([random_post(rng) for _ in range(3)] for _ in range(2))
    mistakes = find_mistakes(gold, predicted)
    for place, (truth, guess) in enumerate(zip(gold, predicted, strict=True)):
        verdicts = [verdict for verdict in mistakes.verdicts if verdict.post == place]
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
        [post((0, 1, "PER"), (2, 3, "LOC"))], [post((0, 1, "LOC"), (5, 6, "PER"))]
    )
    assert mistakes.confusion == Confusion(("LOC", "PER"), ((0, 0, 1), (1, 0, 0), (0, 1, 0)))
    assert mistakes.confusion.as_dict()["labels"] == ["LOC", "PER", None]


def test_the_most_frequent_mistakes_come_first() -> None:
    gold = [
        post((0, 1, "PER"), text="Paris x"),
        post((0, 1, "PER"), text="PARIS x"),
        post((0, 1, "ORG"), text="Acme x"),
        post((0, 1, "LOC"), text="Rome x"),
    ]
    predicted = [
        post((0, 1, "LOC"), text="Paris x"),
        post((0, 1, "LOC"), text="PARIS x"),
        post(text="Acme x"),
        post((0, 1, "LOC"), text="Rome x"),
    ]
    mistakes = find_mistakes(gold, predicted)
    assert mistakes.frequent() == [
        Surface("paris", "type", "PER", "LOC", 2),
        Surface("acme", "missed", "ORG", None, 1),
    ]
    assert mistakes.frequent(limit=1) == mistakes.frequent(kind="type")
    assert [surface.text for surface in mistakes.frequent(kind="correct")] == ["rome"]


def test_labels_that_nobody_annotated_are_no_mistakes() -> None:
    partial = Post(id="7", tokens=tuple("abcdefgh"), entities=(), annotated=("PER",))
    assert outcomes(partial, post((0, 1, "LOC"), (1, 2, "PER"))) == [
        ("spurious", None, (1, 2, "PER"))
    ]


def test_what_one_system_corrects_and_breaks() -> None:
    gold = [post((0, 1, "PER"), (2, 3, "LOC"), (4, 5, "ORG"))]
    a = [post((0, 1, "LOC"), (2, 3, "LOC"), (4, 5, "ORG"), (6, 7, "PER"))]
    b = [post((0, 1, "PER"), (4, 5, "ORG"), (7, 8, "PER"))]
    changes = find_changes(gold, a, b)
    assert changes.counts == {"corrected": 1, "removed": 1, "broken": 1, "added": 1}
    assert [(change.effect, change.gold, change.a, change.b) for change in changes.helped] == [
        ("corrected", (0, 1, "PER"), (0, 1, "LOC"), (0, 1, "PER")),
        ("removed", None, (6, 7, "PER"), None),
    ]
    assert [
        (change.effect, change.gold, change.a, change.b, change.text) for change in changes.hurt
    ] == [
        ("broken", (2, 3, "LOC"), (2, 3, "LOC"), None, "c"),
        ("added", None, None, (7, 8, "PER"), "h"),
    ]
    assert changes.changes[0].post_id == "7"


def test_a_spurious_entity_with_another_boundary_or_type_is_no_change() -> None:
    assert find_changes([post()], [post((0, 2, "PER"))], [post((1, 2, "LOC"))]).changes == ()


@given(st.integers(0, 100_000))
def test_exchanging_the_systems_turns_help_into_hurt(seed: int) -> None:
    rng = random.Random(seed)
    gold, a, b = ([random_post(rng)] for _ in range(3))
    there, back = find_changes(gold, a, b).counts, find_changes(gold, b, a).counts
    assert (there["corrected"], there["removed"]) == (back["broken"], back["added"])
    assert find_changes(gold, a, a).changes == ()


def test_everything_goes_into_json() -> None:
    gold, predicted = [post((0, 1, "PER"))], [post((2, 3, "LOC"))]
    mistakes = find_mistakes(gold, predicted)
    assert json.loads(json.dumps(mistakes.as_dict()))["counts"]["missed"] == 1
    assert json.loads(json.dumps(mistakes.verdicts[0].as_dict()))["gold"] == [0, 1, "PER"]
    assert (
        json.loads(json.dumps(find_changes(gold, predicted, gold).as_dict()))["counts"]["corrected"]
        == 1
    )


def test_posts_must_be_the_same() -> None:
    with pytest.raises(InputError, match=r"post 1: gold has id 'x', predicted has 'y'"):
        find_mistakes([post(name="x")], [post(name="y")])
