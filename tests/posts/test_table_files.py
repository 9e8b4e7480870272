"""XLSX and Parquet, read as tables of posts."""

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest

from mner.errors import InputError
from mner.posts.read import read_posts

DAY = datetime(2024, 5, 1, 12, tzinfo=UTC)


def workbook(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def test_a_sheet(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["ID", "Text", "Img", "day", "n", None],
        [12.0, "Ann\nRoe", "1.jpg", DAY.replace(tzinfo=None), 3],
        [],
        ["b", 2015, None, None, None],
        ["c", None, None, None, True],
    ]
    problems: list[str] = []
    path = workbook(tmp_path / "posts.data", rows)
    posts = list(read_posts(path, on_problem=lambda problem: problems.append(problem.kind)))
    assert [(post.id, post.text, post.picture) for post in posts][:2] == [
        ("12", "Ann\nRoe", "1.jpg"),
        ("b", "2015", None),
    ]
    assert [post.extra for post in posts][:2] == [
        {"day": "2024-05-01T12:00:00", "n": 3},
        {"day": None, "n": None},
    ]
    assert len(posts) == 3 or problems == ["empty-post"]


def test_a_parquet_file(tmp_path: Path) -> None:
    columns = {
        "id": [1.0, None, 2.0**60],
        "content": ["Ann", "Bob", "Eve"],
        "score": [0.5, float("nan"), None],
        "tags": [["a"], [], None],
        "day": [DAY, None, None],
    }
    path = tmp_path / "posts.parquet"
    pyarrow.parquet.write_table(pyarrow.table(columns), path)
    problems: list[str] = []
    posts = list(read_posts(path, on_problem=lambda problem: problems.append(problem.kind)))
    assert [post.id for post in posts] == ["1", "2", str(2**60)]
    assert [post.extra for post in posts] == [
        {"score": 0.5, "tags": ["a"], "day": DAY.isoformat()},
        {"score": None, "tags": [], "day": None},
        {"score": None, "tags": None, "day": None},
    ]
    assert problems == ["missing-id", "lost-digits"]


def test_a_row_that_is_wider_than_the_names(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["text"], ["Ann", None], ["Bob", "x"]])
    with pytest.raises(InputError, match=r"a\.xlsx:3: the row has more cells than the first"):
        list(read_posts(path))


@pytest.mark.parametrize("kind", ["xlsx", "parquet"])
def test_a_damaged_file(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"posts.{kind}"
    if kind == "xlsx":
        workbook(path, [["text"], *[[f"Ann {number}"] for number in range(2000)]])
    else:
        pyarrow.parquet.write_table(pyarrow.table({"text": ["Ann"] * 2000}), path)
    whole = path.read_bytes()
    for size in (8, len(whole) // 2, len(whole) - 10):
        path.write_bytes(whole[:size])
        with pytest.raises(InputError, match=rf"posts\.{kind}: cannot be read as"):
            list(read_posts(path))
    for place in range(60, len(whole), len(whole) // 40):
        path.write_bytes(whole[:place] + b"\xff\xff\xff" + whole[place + 3 :])
        try:
            list(read_posts(path, on_problem=lambda _: None))
        except InputError as exc:
            assert "\n" not in str(exc)  # noqa: PT017


def test_a_workbook_that_unpacks_to_too_much(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/sharedStrings.xml", "w") as part,
    ):
        for _ in range(201):
            part.write(bytes(1_000_000))
    with pytest.raises(InputError, match=r"bomb\.xlsx: unpacks to 201000000 bytes"):
        list(read_posts(path))


def test_a_zip_file_that_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "posts.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("posts.csv", "text\nAnn\n")
    with pytest.raises(InputError, match=r"posts\.zip: cannot be read as an XLSX workbook"):
        list(read_posts(path))


@pytest.mark.parametrize("format", ["xlsx", "parquet"])
def test_a_stream_that_cannot_be_read_twice(format: str) -> None:
    with pytest.raises(InputError, match="cannot be read from a stream: save it to a file"):
        list(read_posts(io.StringIO("PK"), format=format))  # type: ignore[arg-type]
