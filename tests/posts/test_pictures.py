"""The pictures of a post in files."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mner.errors import InputError
from mner.posts.pictures import cell_of_pictures, pictures_of_cell, pictures_of_record
from mner.posts.read import read_posts
from mner.posts.record_posts import post_of_record
from mner.posts.records import record_of
from mner.posts.write import write_posts
from mner.types import Entity, PictureEntity, Post, UntrustedReference

NAMES = st.text(
    st.characters(exclude_characters=";", exclude_categories=("Cs", "Z", "C")), min_size=1
)


def post(*pictures: str) -> Post:
    return Post("1", ("saw", "Rome"), (Entity(1, 2, "LOC", 0.5),)).with_pictures(pictures)


@given(st.lists(NAMES, max_size=20))
def test_pictures_survive_a_line_of_jsonl_and_a_cell(names: list[str]) -> None:
    written = post(*names)
    assert post_of_record(json.loads(record_of(written)), "1").pictures == tuple(names)
    assert pictures_of_cell(cell_of_pictures(written) or "") == tuple(names)


def test_one_picture_is_written_as_it_always_was() -> None:
    record = json.loads(record_of(post("a.jpg")))
    assert record["picture"] == "a.jpg"
    assert "pictures" not in record
    assert json.loads(record_of(post("a.jpg", "b.jpg")))["pictures"] == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"picture": "a"}, ["a"]),
        ({"picture": ""}, []),
        ({"picture": ["a", "b"]}, ["a", "b"]),
        ({"pictures": ["a"]}, ["a"]),
        ({"pictures": ["a", "", "b"]}, ["a", "b"]),
        ({"pictures": [], "picture": None}, []),
        ({"pictures": None, "picture": "a"}, ["a"]),
        ({"pictures": ["a", "b"], "picture": "a"}, ["a", "b"]),
    ],
)
def test_one_or_several_pictures(record: dict[str, object], expected: list[str]) -> None:
    pictures = pictures_of_record(record)
    assert list(pictures) == expected
    assert all(isinstance(picture, UntrustedReference) for picture in pictures)


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"picture": 1}, "`picture` must be a string or null, got 1"),
        ({"picture": ["a", 1]}, "`picture` must be a list of strings or null"),
        ({"pictures": "a"}, "`pictures` must be a list of strings or null, got 'a'"),
        ({"picture": "b", "pictures": ["a"]}, "`picture` is 'b', which is not the first"),
        ({"pictures": ["a"] * 21}, "the post has 21 pictures: expected at most 20"),
    ],
)
def test_pictures_that_are_none(record: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        pictures_of_record(record)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("", []),
        (None, []),
        (" a.jpg ", ["a.jpg"]),
        ("a.jpg;b.jpg ; c.jpg;", ["a.jpg", "b.jpg", "c.jpg"]),
        (["a.jpg", "b;c.jpg"], ["a.jpg", "b;c.jpg"]),
        ("https://a.b/c;d=1?e&amp;f", ["https://a.b/c;d=1?e&amp;f"]),
        ("https://a.b/c;d; HTTP://e.f/g", ["https://a.b/c;d", "HTTP://e.f/g"]),
    ],
)
def test_cells_of_pictures(cell: object, expected: list[str]) -> None:
    assert list(pictures_of_cell(cell)) == expected


@pytest.mark.parametrize("header", ["text,pictures", "text,images", "text,picture"])
def test_a_table_names_several_pictures(tmp_path: Path, header: str) -> None:
    (tmp_path / "posts.csv").write_text(f"{header}\nsaw Rome,a.jpg; b.jpg\nin Oslo,\n")
    first, second = read_posts(tmp_path / "posts.csv")
    assert (first.pictures, second.pictures) == (("a.jpg", "b.jpg"), ())


@pytest.mark.parametrize("key", ["pictures", "images", "media_urls", "picture", "image"])
def test_jsonl_names_several_pictures(tmp_path: Path, key: str) -> None:
    (tmp_path / "posts.jsonl").write_text(json.dumps({"text": "x", key: ["a", "b"]}))
    (read,) = read_posts(tmp_path / "posts.jsonl", strict=True)
    assert read.pictures == ("a", "b")
    assert read.extra is None


def test_tables_and_text_name_the_picture_of_a_name() -> None:
    names = (
        PictureEntity("NASA", "ORG", 0.9, (0, 0, 1, 1), "NASA", picture="b.jpg"),
        PictureEntity("Oslo", "LOC", 0.8, (0, 0, 1, 1), "Oslo", picture="a.jpg"),
    )
    tagged = Post("1", ("hi",), (), picture_entities=names).with_pictures(["a.jpg", "b.jpg"])

    def written(**options: str) -> str:
        stream = io.StringIO()
        write_posts([tagged], stream, **options)  # type: ignore[arg-type]
        return stream.getvalue()

    rows = list(csv.DictReader(io.StringIO(written(format="csv"))))
    assert [row["found_in"] for row in rows] == ["picture b.jpg", "picture a.jpg"]
    assert {row["picture"] for row in rows} == {"a.jpg; b.jpg"}
    (row,) = csv.DictReader(io.StringIO(written(format="csv", rows="posts")))
    assert row["entities"] == "NASA [ORG, in picture b.jpg]; Oslo [LOC, in picture a.jpg]"
    assert written(format="text") == (
        "hi (picture b.jpg: [NASA ORG 0.90]) (picture a.jpg: [Oslo LOC 0.80])\n"
    )
    assert post_of_record(json.loads(written(format="jsonl")), "1") == tagged


def test_a_table_of_entities_is_read_with_its_pictures(tmp_path: Path) -> None:
    write_posts([post("a.jpg", "b.jpg")], tmp_path / "tagged.csv", format="csv")
    (read,) = read_posts(tmp_path / "tagged.csv")
    assert read.pictures == ("a.jpg", "b.jpg")


def test_columns_cannot_hold_several_pictures() -> None:
    several = Post("a", ("x",), ()).with_pictures(["a", "b"])
    with pytest.raises(InputError, match="post 'a': columns cannot hold 2 pictures; write JSONL"):
        write_posts([several], io.StringIO(), format="imgid")
