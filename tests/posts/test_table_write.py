import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mner.errors import DataWarning, InputError
from mner.posts.parquet import parquet_rows
from mner.posts.raw import raw_post
from mner.posts.table_rows import Rows
from mner.posts.table_write import TableKind, TableLines, write_table
from mner.posts.write import write_posts
from mner.posts.xlsx import xlsx_rows
from mner.types import Entity, Post

POST = replace(
    raw_post("1", '=Ann, "in"\nLima', picture="1.jpg"),
    entities=(Entity(1, 2, "PER", 0.912345),),
    extra={"likes": 3, "label": "x"},
)
EMPTY = Post("2", (), (), text="", offsets=())


def lines(posts: list[Post], *, rows: Rows = "entities", model: str | None = None) -> str:
    table = TableLines(",", rows=rows, model=model)
    return "".join(table(post, position) for position, post in enumerate(posts))


def test_a_row_an_entity_with_the_kept_columns() -> None:
    assert lines([POST, EMPTY]) == (
        "id,entity,label,probability,start,end,start_char,end_char,text,picture,found_in"
        ",likes,label_kept\n"
        '1,Ann,PER,0.9123,1,2,1,4,"=Ann, ""in""\nLima",1.jpg,text,3,x\n'
        "2,,,,,,,,,,,,\n"
    )


def test_a_row_a_post_and_the_model() -> None:
    assert lines([POST], rows="posts", model="abc") == (
        "id,text,entities,picture,caption,model,likes,label\n"
        '1,"=Ann, ""in""\nLima",Ann [PER],1.jpg,,abc,3,x\n'
    )


def test_fields_that_the_first_post_lacks_are_counted(tmp_path: Path) -> None:
    posts = [
        EMPTY,
        *[replace(EMPTY, id="3", extra={"more": 1})] * 2,
        replace(EMPTY, extra={"b": 1}),
    ]
    writers: list[Callable[[], None]] = [
        lambda: write_posts(posts, tmp_path / "t.csv", format="csv"),
        lambda: write_table(posts, tmp_path / "t.xlsx", kind="xlsx"),
        lambda: write_table(posts, tmp_path / "t.parquet", kind="parquet"),
    ]
    for write in writers:
        with pytest.warns(
            DataWarning, match=r"^3 posts have .*\('more', 'b'\): left out"
        ) as warned:
            write()
        assert len(warned) == 1
    assert "more" not in (tmp_path / "t.csv").read_text()


@pytest.mark.filterwarnings("ignore:1 posts have fields")
def test_a_table_that_is_continued_has_the_columns_of_its_first_post(tmp_path: Path) -> None:
    posts = [
        replace(EMPTY, id="1", extra={"a": 1, "b": 2}),
        replace(EMPTY, id="2", extra={"b": 3, "c": 4}),
        replace(EMPTY, id="3"),
    ]
    whole, part = tmp_path / "whole.csv", tmp_path / "part.csv"
    write_posts(posts, whole, format="csv")
    write_posts(posts[:1], part, format="csv")
    with part.open("a", newline="") as stream:
        write_posts(posts[1:], stream, format="csv", first=1, first_post=posts[0])
    assert part.read_bytes() == whole.read_bytes()
    with whole.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["a"], row["b"]) for row in rows] == [("1", "2"), ("", "3"), ("", "")]


@pytest.mark.parametrize("rows", ["entities", "posts"])
@pytest.mark.parametrize("kind", ["xlsx", "parquet"])
def test_files_hold_the_same_cells(kind: TableKind, rows: Rows, tmp_path: Path) -> None:
    path = tmp_path / f"table.{kind}"
    write_table(iter([POST, EMPTY]), path, kind=kind, rows=rows)
    reader = {"xlsx": xlsx_rows, "parquet": parquet_rows}[kind]
    with path.open("rb") as stream:
        read = [["" if cell is None else str(cell) for cell in row] for row in reader(stream, "t")]
    written = [line.split(",") for line in lines([EMPTY], rows=rows).splitlines()]
    assert read[0][: len(written[0])] == written[0]
    assert read[1][-1] == "x"
    assert [row[0] for row in read[1:]] == ["1", "2"]
    assert '=Ann, "in"\nLima' in read[1]


def test_a_table_without_posts_has_a_header(tmp_path: Path) -> None:
    write_table([], tmp_path / "t.parquet", kind="parquet")
    with (tmp_path / "t.parquet").open("rb") as stream:
        assert [row[0] for row in parquet_rows(stream, "t")] == ["id"]


def test_a_text_that_a_sheet_cannot_hold_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    with pytest.raises(InputError, match=r"post '1' has a text of 40000 characters: .*write \.csv"):
        write_table([raw_post("1", "a" * 40_000)], path, kind="xlsx")
    assert not path.exists()


@pytest.mark.parametrize("kind", ["xlsx", "parquet"])
def test_files_of_another_kind_are_refused(kind: str, tmp_path: Path) -> None:
    reader = {"xlsx": xlsx_rows, "parquet": parquet_rows}[kind]
    path = tmp_path / "t"
    path.write_bytes(b"PK\x03\x04 nothing")
    with path.open("rb") as stream, pytest.raises(InputError, match=r"^t: cannot be read as"):
        list(reader(stream, "t"))


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_a_carriage_return_in_a_token_does_not_end_the_row(delimiter: str) -> None:
    post = Post("1", ("a\rb", "c"), ())
    lines = TableLines(delimiter, rows="posts")(post, 1)
    (row,) = csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter)
    assert row[:2] == ["1", "a\rb c"]
