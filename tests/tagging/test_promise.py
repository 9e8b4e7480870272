import pytest

from mner.errors import InputError
from mner.tagging.least import LeastProbability
from mner.tagging.promise import Promise, parse_promises
from mner.types import Entity


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("precision=0.85", [Promise(0.85)]),
        ("PER:precision=0.9", [Promise(0.9, "PER")]),
        ("PER:precision=0.9, LOC:precision=.850", [Promise(0.9, "PER"), Promise(0.85, "LOC")]),
        ("a:b:precision=0.5", [Promise(0.5, "a:b")]),
    ],
)
def test_promises_are_read(text: str, expected: list[Promise]) -> None:
    assert list(parse_promises(text)) == expected
    assert list(parse_promises(",".join(map(str, expected)))) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected precision=0.85, or PER:precision=0.9"),
        ("0.85", "promise '0.85': expected precision=0.85"),
        ("recall=0.85", "promise 'recall=0.85': expected precision=0.85"),
        ("precision=0,85", "'precision=0,85': expected a precision between 0 and 1, as in 0.85"),
        ("precision=0.8,", "promise 'precision=0.8,': expected precision=0.85"),
        ("precision=85", "expected a precision between 0 and 1, as in 0.85"),
        ("precision=0", "expected a precision between 0 and 1"),
        ("precision=1.0", "expected a precision between 0 and 1"),
        ("precision=0.8.5", "expected a precision between 0 and 1"),
        ("PER:precision=0.8,PER:precision=0.9", "expected one for each type of entities"),
        ("precision=0.8,PER:precision=0.9", "a promise for all types together does not go with"),
    ],
)
def test_what_is_no_promise_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        parse_promises(text)
    assert message in str(raised.value)


def test_entities_are_kept_by_their_type() -> None:
    person, place = Entity(0, 1, "PER", 0.6), Entity(1, 2, "LOC", 0.6)
    everywhere = LeastProbability(0.61)
    assert not everywhere.keeps(person)
    assert str(everywhere) == "from probability 0.61 on"
    persons = LeastProbability(by_label={"PER": 0.61})
    assert not persons.keeps(person)
    assert persons.keeps(place)
    assert LeastProbability(by_label={"PER": 0.6}).keeps(person)
    assert str(persons) == "PER from probability 0.61 on"
