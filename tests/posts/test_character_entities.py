import json

import pytest

from mner.errors import InputError
from mner.types import Entity
from tests.posts.content import kinds_and_lines, read

TEXT = "😀 Ann Roe in #Lisbon"


def line(*entities: dict[str, object]) -> str:
    return json.dumps({"text": TEXT, "entities": entities})


def test_entities_of_a_raw_text() -> None:
    posts, problems = read(
        line(
            {"start_char": 13, "end_char": 20, "label": "LOC"},
            {"start_char": 2, "end_char": 9, "label": "PER", "text": "Ann Roe"},
        )
    )
    assert posts[0].tokens == ("😀", "Ann", "Roe", "in", "#Lisbon")
    assert posts[0].entities == (
        Entity(1, 3, "PER", None, "Ann Roe", 2, 9),
        Entity(4, 5, "LOC", None, "#Lisbon", 13, 20),
    )
    assert problems == []
    assert read('{"text": "Ann", "entities": []}')[0][0].entities == ()
    assert read('{"text": "Ann", "entities": {}}')[0][0].entities is None


@pytest.mark.parametrize(
    ("entity", "kind", "text"),
    [
        ({"start_char": 14, "end_char": 20, "label": "LOC"}, "cut-token", "#Lisbon"),
        (
            {"start_char": 3, "end_char": 10, "label": "PER", "text": "Ann Roe"},
            "utf16-offsets",
            "Ann Roe",
        ),
        ({"start_char": 2, "end_char": 5, "label": "PER", "text": "Bob"}, "contradiction", "Ann"),
    ],
)
def test_what_does_not_fit_is_reported(entity: dict[str, object], kind: str, text: str) -> None:
    posts, problems = read(line(entity))
    assert kinds_and_lines(problems) == [(kind, 1)]
    assert [found.text for found in posts[0].entities or ()] == [text]


@pytest.mark.parametrize(
    ("entities", "message"),
    [
        (
            [{"start_char": 1, "end_char": 2, "label": "X"}],
            "no token stands at `start_char` 1 to `end_char` 2",
        ),
        (
            [{"start_char": 1, "end_char": 99, "label": "X"}],
            "`end_char` 99 is beyond the 20 characters of the text",
        ),
        (
            [{"start_char": 2, "end_char": 9, "label": label} for label in "XY"],
            "overlap in tokens: keep one of them",
        ),
        ([{"start_char": 2, "end_char": 9}], "need integers `start_char` < `end_char` and a"),
    ],
)
def test_what_cannot_be_read_is_refused(entities: list[dict[str, object]], message: str) -> None:
    with pytest.raises(InputError, match=r"^posts\.txt:1: .*" + message):
        read(line(*entities))
