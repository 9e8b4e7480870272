"""The ways in which lettering is read."""

from mner.pictures.lettering.lines import Lettering, LetteringState
from mner.tagging.lettering.readings import readings
from tests.tagging.lettering.conftest import lettering


def test_a_group_is_read_joined_and_line_by_line_and_recased() -> None:
    sign = lettering("LIVE in CANTERBURY", "BBC")
    read = list(readings(sign))
    assert [reading.post.text for reading in read] == [
        "LIVE in CANTERBURY BBC",
        "Live in Canterbury BBC",
        "LIVE in CANTERBURY",
        "Live in Canterbury",
        "BBC",
        "BBC",
    ]
    assert {reading.text for reading in read} == {
        "LIVE in CANTERBURY BBC",
        "LIVE in CANTERBURY",
        "BBC",
    }
    assert [len(reading.lines) for reading in read] == [2, 2, 1, 1, 1, 1]
    assert {reading.group for reading in read} == {0}


def test_one_line_is_read_once_in_each_form() -> None:
    assert [reading.post.text for reading in readings(lettering("LONDON"))] == ["LONDON", "London"]


def test_recasing_keeps_the_length() -> None:
    (_, recased) = readings(lettering("STRA\u00dfEN \ufb01sh \u0130STANBUL"))
    assert recased.post.text is not None
    assert len(recased.post.text) == len(recased.text)


def test_no_lines_no_readings() -> None:
    assert not list(readings(Lettering(LetteringState.NO_TEXT)))
