import math
from dataclasses import replace
from typing import Any, Literal

import pandas as pd
import polars as pl
import pytest

from mner.errors import InputError
from mner.posts.raw import raw_post
from mner.tagging.frame import to_frame
from mner.tagging.results import tagged_post
from mner.types import Entity, PictureEntity, Post, UntrustedReference

TAGGED = tagged_post(raw_post("a", "saw  Rome, Ann"), [(1, 2, "LOC"), (3, 4, "PER")], [0.75, 0.5])
GOLD = Post("b", ("New", "York"), (Entity(0, 2, "LOC"),), picture=UntrustedReference("b.jpg"))
NONE = Post("c", ("hello",), ())


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_one_row_an_entity(library: Literal["pandas", "polars"]) -> None:
    frame: Any = to_frame([TAGGED, NONE, GOLD], library=library)
    assert list(frame.columns) == [
        *("id", "entity", "label", "probability", "start", "end", "start_char", "end_char"),
        "text",
        "picture",
        "found_in",
    ]
    assert list(frame["id"]) == ["a", "a", "b"]
    assert list(frame["entity"]) == ["Rome", "Ann", "New York"]
    assert list(frame["label"]) == ["LOC", "PER", "LOC"]
    assert list(frame["probability"])[:2] == [0.75, 0.5]
    assert list(frame["start_char"]) == [5, 11, 0]
    assert list(frame["text"]) == ["saw  Rome, Ann", "saw  Rome, Ann", "New York"]
    assert list(frame["picture"])[2] == "b.jpg"


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_one_row_a_post(library: Literal["pandas", "polars"]) -> None:
    plain = Post("d", ("hi",))
    frame: Any = to_frame([TAGGED, NONE, plain], rows="posts", library=library)
    assert list(frame["text"]) == ["saw  Rome, Ann", "hello", "hi"]
    assert [None if row is None else list(row) for row in frame["entities"]] == [
        ["Rome", "Ann"],
        [],
        None,
    ]
    assert [None if row is None else list(row) for row in frame["labels"]] == [
        ["LOC", "PER"],
        [],
        None,
    ]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_names_in_pictures_are_told_from_those_in_the_text(
    library: Literal["pandas", "polars"],
) -> None:
    name = PictureEntity("CAFÉ ROMA", "ORG", 0.25, (0, 0, 1, 1), "CAFÉ ROMA")
    post = replace(TAGGED, picture_entities=(name,))
    frame: Any = to_frame([post], library=library)
    assert list(frame["found_in"]) == ["text", "text", "picture"]
    assert list(frame["entity"])[2] == "CAFÉ ROMA"
    assert list(frame["label"])[2] == "ORG"
    assert list(frame["probability"]) == [0.75, 0.5, 0.25]
    assert list(frame["start"])[:2] == [1, 3]
    assert list(frame["start"])[2] in (None, pytest.approx(math.nan, nan_ok=True))
    row: Any = to_frame([post, NONE], rows="posts", library=library)
    assert [list(cell) for cell in row["found_in"]] == [["text", "text", "picture"], []]
    assert list(row["entities"][0]) == ["Rome", "Ann", "CAFÉ ROMA"]
    assert list(row["labels"][0]) == ["LOC", "PER", "ORG"]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_other_fields_have_columns(library: Literal["pandas", "polars"]) -> None:
    posts = [
        replace(TAGGED, extra={"likes": 1, "label": "x", "mixed": 1}),
        replace(GOLD, extra={"likes": 2.5, "mixed": "a", "day": "2026-11-25"}),
    ]
    frame: Any = to_frame(posts, library=library)
    assert list(frame.columns)[-4:] == ["likes", "label_kept", "mixed", "day"]
    assert list(frame["likes"]) == [1.0, 1.0, 2.5]
    assert list(frame["label_kept"])[:2] == ["x", "x"]
    assert list(frame["mixed"]) == ["1", "1", "a"]
    assert list(to_frame(posts, rows="posts", library=library)["day"])[1:] == ["2026-11-25"]


def test_the_library_that_is_installed_is_taken() -> None:
    assert isinstance(to_frame([TAGGED]), pd.DataFrame)
    assert isinstance(to_frame([TAGGED], library="polars"), pl.DataFrame)
    assert list(to_frame([]).columns) == list(to_frame([TAGGED]).columns)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rows": "words"}, "rows: expected one of entities, posts, got 'words'"),
        ({"library": "arrow"}, "library: expected one of pandas, polars, got 'arrow'"),
    ],
)
def test_what_is_not_known_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        to_frame([TAGGED], **options)


def test_a_post_that_is_not_tagged_has_no_rows_to_give() -> None:
    with pytest.raises(InputError, match="post 'd' is not annotated"):
        to_frame([Post("d", ("hi",))])


def test_a_library_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mner.tagging.frame.find_spec", lambda name: None)
    with pytest.raises(InputError, match="to_frame needs pandas or polars: pip install pandas"):
        to_frame([TAGGED])
    with pytest.raises(InputError, match="to_frame needs polars: pip install polars"):
        to_frame([TAGGED], library="polars")


@pytest.mark.parametrize("rows", ["entities", "posts"])
def test_of_several_pictures_the_one_that_holds_a_name_is_named(
    rows: Literal["entities", "posts"],
) -> None:
    name = PictureEntity("ROMA", "LOC", 0.25, (0, 0, 1, 1), "CAFÉ ROMA", picture="2.jpg")
    post = replace(NONE.with_pictures(["1.jpg", "2.jpg"]), picture_entities=(name,))
    frame: Any = to_frame([post], rows=rows, library="pandas")
    (row,) = frame.to_dict("records")
    assert row["picture"] == "1.jpg; 2.jpg"
    assert row["found_in"] in ("picture 2.jpg", ["picture 2.jpg"])
