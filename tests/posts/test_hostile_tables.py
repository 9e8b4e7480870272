"""Tables and JSON of strangers that are damaged, endless, too wide, too deep, or unpack to much."""

import random
import struct
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from mner.errors import InputError
from mner.posts.read import read_posts
from mner.posts.table_write import write_table
from mner.posts.xlsx import xlsx_rows
from mner.types import Entity, Post

POSTS = [Post(str(n), ("Ann", "was", "here"), (Entity(0, 1, "PER"),)) for n in range(50)]
READ = """
import sys, warnings
from pathlib import Path
from mner.errors import InputError
from mner.posts.parquet import parquet_rows
from mner.posts.xlsx import xlsx_rows
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        with path.open("rb") as stream:
            rows = parquet_rows if path.suffix == ".parquet" else xlsx_rows
            print(len(list(rows(stream, path.name))))
    except InputError as exc:
        print("refused")
"""


@pytest.mark.parametrize("kind", ["xlsx", "parquet"])
def test_damaged_files_are_read_or_refused_and_nothing_crashes(tmp_path: Path, kind: str) -> None:
    pytest.importorskip("openpyxl" if kind == "xlsx" else "pyarrow")
    write_table(POSTS, tmp_path / f"whole.{kind}", kind=kind)  # type: ignore[arg-type]
    whole = (tmp_path / f"whole.{kind}").read_bytes()
    folder = tmp_path / "damaged"
    folder.mkdir()
    rng = random.Random(0)
    for number in range(100):
        data = bytearray(whole)
        for _ in range(rng.choice([1, 3, 30])):
            data[rng.randrange(len(data))] = rng.randrange(256)
        if number % 4 == 0:
            del data[rng.randrange(len(data)) :]
        (folder / f"{number:03}.{kind}").write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-c", READ, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(done.stdout.split()) == 100
    assert "refused" in done.stdout


def workbook(**changed: bytes) -> BytesIO:
    """A workbook with one row, and some of its members replaced."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["text"])
    saved, buffer = BytesIO(), BytesIO()
    book.save(saved)
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            if Path(member).stem not in changed:
                new.writestr(member, old.read(member))
        for name, content in changed.items():
            folder = "xl/worksheets" if name.startswith("sheet") else "xl"
            new.writestr(f"{folder}/{name}.xml", content)
    buffer.seek(0)
    return buffer


def test_a_workbook_that_unpacks_to_very_much_is_refused() -> None:
    bomb = workbook(sharedStrings=b"<sst>" + bytes(200_000_001))
    assert len(bomb.getvalue()) < 1_000_000
    with pytest.raises(InputError, match=r"t\.xlsx: unpacks to \d+ bytes, 200\d+ of them beside"):
        list(xlsx_rows(bomb, "t.xlsx"))


@pytest.mark.parametrize(("column", "is_read"), [("ALL", True), ("ALM", False), ("XFD", False)])
def test_a_row_has_a_bound(column: str, is_read: bool) -> None:
    head = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    )
    row = f'<row r="1"><c r="{column}1" t="inlineStr"><is><t>x</t></is></c></row>'
    book = workbook(sheet1=f"{head}{row}</sheetData></worksheet>".encode())
    if is_read:
        assert [len(row) for row in xlsx_rows(book, "t.xlsx")] == [1_000]
    else:
        with pytest.raises(InputError, match=r"t\.xlsx: has a row of \d+ columns: expected at mos"):
            list(xlsx_rows(book, "t.xlsx"))


DEEP = b"[" * 200_000 + b"]" * 200_000


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("wide.csv", b"," * 1_000_000 + b"text\n", "has 1000001 columns: expected at most 1000"),
        ("nul.csv", bytes(1_000_000), "a cell of the row has more than 131072 characters"),
        ("utf16.csv", "id,text\n1,Rome\n".encode("utf-16"), "is in UTF-16: save it in UTF-8"),
        ("tasks.json", b'[{"data":{"text":"Rome"},"annotations":' + DEEP + b"}]", "too deeply"),
        ("tasks.json", b'[{"id":1,"text":"Rome","label":' + DEEP + b"}]", "too deeply"),
        ("posts.jsonl", b'{"text":"Rome","spans":' + DEEP + b"}", "expected one JSON object"),
        ("tasks.json", b'[{"id":' + b"9" * 5_000 + b',"data":{"text":"x"}}]', "not a JSON array"),
        ("tasks.json", b'[{"id":Infinity,"text":"Rome"}]', "Infinity is no value of JSON"),
    ],
)
def test_what_is_no_table_of_posts_is_refused(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        list(read_posts(tmp_path / name))
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    "row",
    [
        b"1," + b"a" * 10_000_001,
        b"1," + b"a" * 131_073,
        b"1,Rome" + b"," * 1_000_000,
        b"1,Par\0is",
        b"1," + b'"' * 400_004,
        b'1,"' + b"a\n" * 131_073,
        b"1,\xff",
    ],
)
def test_a_row_that_is_none_is_skipped_and_the_others_are_read(tmp_path: Path, row: bytes) -> None:
    (tmp_path / "t.csv").write_bytes(b"id,text\n0,Oslo\n" + row + b"\n2,Rome\n")
    errors: list[InputError] = []
    posts = list(read_posts(tmp_path / "t.csv", on_error=errors.append))
    assert [(post.id, post.text) for post in posts] == [("0", "Oslo"), ("2", "Rome")]
    assert errors
    assert all(len(str(error)) < 600 for error in errors)


@pytest.mark.parametrize(
    "end",
    [
        struct.pack("<I", 0x7FFFFFFF) + b"PAR1",
        struct.pack("<I", 0) + b"PAR1",
        struct.pack("<I", 5) + b"PAR1",
        struct.pack("<I", 200) + b"PARE",
        b"PAR1PAR1",
    ],
)
def test_a_wrong_end_of_parquet_is_one_line(tmp_path: Path, end: bytes) -> None:
    pytest.importorskip("pyarrow")
    path = tmp_path / "posts.parquet"
    write_table(POSTS, path, kind="parquet")
    path.write_bytes(path.read_bytes()[:-8] + end)
    with pytest.raises(InputError, match=r"posts\.parquet: cannot be read as Parquet: ") as caught:
        list(read_posts(path))
    assert "\n" not in str(caught.value)
