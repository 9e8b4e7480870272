import json
import random

from hypothesis import given
from hypothesis import strategies as st

from mner.spans.changes import find_changes
from mner.types import Entity, Post, Span

LABELS = ("LOC", "ORG", "PER")


def post(*spans: Span, text: str = "a b c d e f g h", name: str = "7") -> Post:
    return Post(
        id=name, tokens=tuple(text.split()), entities=tuple(Entity(*span) for span in spans)
    )


def random_post(rng: random.Random) -> Post:
    spans, place = [], 0
    while (start := place + rng.randint(0, 2)) < 8:
        place = min(8, start + rng.randint(1, 3))
        spans.append((start, place, rng.choice(LABELS)))
    return post(*spans)


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
    changes = find_changes(gold, predicted, gold)
    assert json.loads(json.dumps(changes.as_dict()))["counts"]["corrected"] == 1
