import json
import random

from hypothesis import given
from hypothesis import strategies as st

from mner.spans.changes import find_changes
from tests.spans.posts import letters, random_letters


def test_what_one_system_corrects_and_breaks() -> None:
    gold = [letters((0, 1, "PER"), (2, 3, "LOC"), (4, 5, "ORG"))]
    a = [letters((0, 1, "LOC"), (2, 3, "LOC"), (4, 5, "ORG"), (6, 7, "PER"))]
    b = [letters((0, 1, "PER"), (4, 5, "ORG"), (7, 8, "PER"))]
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
    assert (
        find_changes([letters()], [letters((0, 2, "PER"))], [letters((1, 2, "LOC"))]).changes == ()
    )


@given(st.integers(0, 100_000))
def test_exchanging_the_systems_turns_help_into_hurt(seed: int) -> None:
    rng = random.Random(seed)
    gold, a, b = ([random_letters(rng)] for _ in range(3))
    there, back = find_changes(gold, a, b).counts, find_changes(gold, b, a).counts
    assert (there["corrected"], there["removed"]) == (back["broken"], back["added"])
    assert find_changes(gold, a, a).changes == ()


def test_everything_goes_into_json() -> None:
    gold, predicted = [letters((0, 1, "PER"))], [letters((2, 3, "LOC"))]
    changes = find_changes(gold, predicted, gold)
    assert json.loads(json.dumps(changes.as_dict()))["counts"]["corrected"] == 1


def test_a_change_says_in_which_post_it_is() -> None:
    gold = [letters(name="first"), letters((0, 1, "PER"), name="second")]
    a = [letters((2, 3, "LOC"), name="first"), letters(name="second")]
    b = [letters(name="first"), letters((0, 1, "PER"), name="second")]
    changes = find_changes(gold, a, b)
    assert [(change.effect, change.post, change.post_id) for change in changes.changes] == [
        ("removed", 0, "first"),
        ("corrected", 1, "second"),
    ]
    back = find_changes(gold, b, a)
    assert [(change.effect, change.post, change.post_id) for change in back.changes] == [
        ("added", 0, "first"),
        ("broken", 1, "second"),
    ]
    assert back.as_dict()["changes"] == [
        {
            "effect": "added",
            "post": 0,
            "post_id": "first",
            "text": "c",
            "gold": None,
            "a": None,
            "b": (2, 3, "LOC"),
        },
        {
            "effect": "broken",
            "post": 1,
            "post_id": "second",
            "text": "a",
            "gold": (0, 1, "PER"),
            "a": (0, 1, "PER"),
            "b": None,
        },
    ]
