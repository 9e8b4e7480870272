"""XLSX: the first sheet of a workbook read, and a workbook of one sheet written, by openpyxl."""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import ZipFile

from mner.errors import InputError, MissingExtraError, clipped, quoted
from mner.files.write import new_file
from mner.posts.table_rows import Cell, TableRows
from mner.types import Post

__all__ = ["write_xlsx", "xlsx_rows"]

_MOST_ROWS = 1_048_576
"""Rows of a sheet."""
_MOST_COLUMNS = 1_000
"""Columns that are read; a sheet may have 16,384, and a cell in the last one fills a row."""
_MOST_BYTES, _MOST_IN_MEMORY = 2_000_000_000, 200_000_000
"""Bytes of an unpacked workbook, and of its parts that are held in memory, such as the strings."""
_MOST_CHARACTERS = 32_767
"""Characters of a cell, counted in UTF-16."""


def xlsx_rows(stream: BinaryIO, name: str) -> Iterator[list[object]]:
    """Yield the rows of the first sheet, row by row; formulas count as their last values.

    Raises:
        InputError: it is no workbook, or damaged.
        MissingExtraError: openpyxl is not installed.
    """
    book_class, _ = _openpyxl(f"{name}: reading XLSX")
    from openpyxl import load_workbook

    assert book_class is not None
    try:
        _check_size(stream, name)
        with _quiet():
            book = load_workbook(stream, read_only=True, data_only=True)
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # some programs write wrong ones
            rows = sheet.iter_rows(values_only=True)
        while True:
            with _quiet():  # not while the caller has the row, who may warn
                row = next(rows, None)
            if row is None:
                return
            _check_width(len(row), name)
            yield list(row)
    except InputError:
        raise
    # Damage raises whatever it leads the readers of ZIP, of XML and of cells into.
    except Exception as exc:
        raise InputError(f"{name}: cannot be read as an XLSX workbook: {clipped(exc)}") from exc


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide openpyxl's warnings about styles and extensions, which hold no cells."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _check_size(stream: BinaryIO, name: str) -> None:
    """Raise InputError where a small file unpacks to a very large workbook."""
    with ZipFile(stream) as archive:
        members = archive.infolist()
    whole = sum(member.file_size for member in members)
    held = sum(m.file_size for m in members if not m.filename.startswith("xl/worksheets/"))
    if whole > _MOST_BYTES or held > _MOST_IN_MEMORY:
        raise InputError(
            f"{name}: unpacks to {whole} bytes, {held} of them beside the sheets: expected at most "
            f"{_MOST_BYTES} and {_MOST_IN_MEMORY}; save it as CSV"
        )
    stream.seek(0)


def _check_width(columns: int, name: str) -> None:
    if columns > _MOST_COLUMNS:
        raise InputError(
            f"{name}: has a row of {columns} columns: expected at most {_MOST_COLUMNS}; remove "
            "those that hold nothing of the posts"
        )


def write_xlsx(posts: Iterable[Post], path: Path, table: TableRows) -> None:
    """Write posts as they come; see `mner.posts.table_write.write_table`.

    Text stays text: a cell that begins with `=` is no formula.
    """
    book_class, cell_class = _openpyxl(f"{path}: writing XLSX")
    book = book_class(write_only=True)
    sheet = book.create_sheet("posts")
    try:
        for row in _rows(posts, table, path):
            sheet.append([_cell(value, cell_class, sheet) for value in row])
    finally:
        sheet.close()
    try:
        with new_file(path) as temporary:
            book.save(temporary)
    except OSError as exc:
        raise InputError(f"{path}: cannot be written: {exc.strerror or exc}") from exc


def _openpyxl(feature: str) -> tuple[Any, Any]:
    try:
        from openpyxl import Workbook
        from openpyxl.cell import WriteOnlyCell
    except ModuleNotFoundError as exc:
        raise MissingExtraError(feature, "tables") from exc
    return Workbook, WriteOnlyCell


def _rows(posts: Iterable[Post], table: TableRows, path: Path) -> Iterator[list[Cell]]:
    """Yield the header and the rows, all of which a sheet can hold."""
    posts = iter(posts)
    first = next(posts, None)
    yield [*table.header(first or Post("", ()))]
    count = 1
    for post in posts if first is None else chain([first], posts):
        for row in table.rows_of(post):
            count += 1
            if count > _MOST_ROWS:
                raise InputError(
                    f"{path}: a sheet has at most {_MOST_ROWS} rows, and post {quoted(post.id)} "
                    "is beyond: write .csv or .parquet, or a part of the posts"
                )
            _require_short(row, post)
            yield row


def _require_short(row: Sequence[Cell], post: Post) -> None:
    for value in row:
        if not isinstance(value, str) or len(value) * 2 <= _MOST_CHARACTERS:
            continue
        if len(value.encode("utf-16-le")) // 2 > _MOST_CHARACTERS:
            raise InputError(
                f"post {quoted(post.id)} has a text of {len(value)} characters: a cell of XLSX has "
                f"at most {_MOST_CHARACTERS}; write .csv or .parquet"
            )


def _cell(value: Cell, cell_class: Any, sheet: Any) -> object:
    """Return a cell that a sheet can hold; a text with control characters has U+FFFD for them."""
    if not isinstance(value, str):
        return value
    text = "".join(c if c >= " " or c in "\t\n\r" else "\ufffd" for c in value)
    if not text.startswith(("=", "#")):
        return text
    cell = cell_class(sheet, value="")
    cell.value = text
    cell.data_type = "s"
    return cell
