"""Posts read from tables: CSV, TSV, XLSX and Parquet, a post a row."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import BinaryIO, TypeAlias

from mner.errors import InputError, quoted
from mner.posts.characters import mend
from mner.posts.delimited import DELIMITERS, delimited_rows
from mner.posts.entity_rows import is_entity_table, read_entity_rows
from mner.posts.exchange.forms import read_objects
from mner.posts.exchange.hugging_face import HUGGING_FACE
from mner.posts.parquet import parquet_rows
from mner.posts.pictures import pictures_of_cell
from mner.posts.raw import raw_post
from mner.posts.reading import Lines, NumberedPosts, Reading
from mner.posts.table_cells import has_lost_digits, id_of_cell, kept_value, text_of_cell
from mner.posts.table_fields import TableFields, table_fields
from mner.posts.xlsx import xlsx_rows
from mner.types import Post

__all__ = ["read_csv", "read_parquet", "read_rows", "read_tsv", "read_xlsx"]

_LOG = logging.getLogger(__name__)

_NumberedRows: TypeAlias = Iterator[tuple[int, list[object]]]


def read_csv(lines: Lines, reading: Reading) -> NumberedPosts:
    """Yield the post of each row, with the number of the line where the row starts.

    The first row names the columns, unless the user gives their numbers. What parts two cells is
    recognised: `,` `;` or TAB.

    Raises:
        InputError: it is not clear which column holds the text; or a row is ill-formed or not
            UTF-8, and the log refuses it.
    """
    return _posts(delimited_rows(lines, reading, DELIMITERS), reading)


def read_tsv(lines: Lines, reading: Reading) -> NumberedPosts:
    """Yield the post of each row of cells that are parted by TAB; see `read_csv`."""
    return _posts(delimited_rows(lines, reading, "\t"), reading)


def _read_file(
    _lines: Lines,
    reading: Reading,
    *,
    rows_of: Callable[[BinaryIO, str], Iterator[list[object]]],
    kind: str,
) -> NumberedPosts:
    name = reading.log.name
    with reading.again() as stream:
        if stream is None:
            raise InputError(
                f"{name}: {kind} cannot be read from a stream: save it to a file and name the file"
            )
        yield from _posts(_numbered(rows_of(stream, name)), reading)


read_xlsx = partial(_read_file, rows_of=xlsx_rows, kind="XLSX")
"""Yields the post of each row of the first sheet, with its number; see `read_csv`."""
read_parquet = partial(_read_file, rows_of=parquet_rows, kind="Parquet")
"""Yields the post of each row, with its number; see `read_csv`. The row of names is the first."""


def read_rows(rows: _NumberedRows, reading: Reading) -> NumberedPosts:
    """Yield the post of each row, with its number; the first row holds the names of the columns.

    Raises:
        InputError: see `read_csv`.
    """
    return _posts(rows, reading)


def _numbered(rows: Iterator[list[object]]) -> _NumberedRows:
    """Yield rows with their numbers, without the empty rows of a sheet."""
    for number, row in enumerate(rows, start=1):
        if any(text_of_cell(cell) for cell in row):
            yield number, row


def _posts(rows: _NumberedRows, reading: Reading) -> NumberedPosts:
    first = next(rows, None)
    if first is None:
        return
    number, row = first
    while row and row[-1] is None:  # a sheet is as wide as its widest row
        row.pop()
    names = [text_of_cell(cell) for cell in row]
    if is_entity_table(names):
        _LOG.info("%s: read as: a table with a row for each entity", reading.log.name)
        yield from read_entity_rows(names, rows, reading)
        return
    if "tokens" in names:
        second = next(rows, None)
        rows = rows if second is None else chain([second], rows)
        if second is not None and HUGGING_FACE.fits(_record(names, second[1])):
            yield from _tokens(names, rows, reading)
            return
    try:
        fields = table_fields(names, reading.options.fields)
    except InputError as exc:
        raise reading.log.located(number, exc) from exc
    _LOG.info("%s: read as: a table, %s", reading.log.name, fields)
    if not fields.has_header:
        rows = chain([first], rows)
    for count, (number, row) in enumerate(rows, start=reading.before + 1):
        try:
            yield number, _post(row, number, count, fields=fields, reading=reading)
        except InputError as exc:
            reading.log.refuse(reading.log.located(number, exc))


def _tokens(names: Sequence[str], rows: _NumberedRows, reading: Reading) -> NumberedPosts:
    """Yield the posts of rows whose cells hold lists of tokens and of tags, as in Parquet."""
    objects = ((number, _record(names, row)) for number, row in rows)
    # The file holds no lines that could be read once more: the first row shows the scheme.
    yield from read_objects(objects, replace(reading, again=nullcontext), form=HUGGING_FACE)


def _record(names: Sequence[str], row: Sequence[object]) -> dict[str, object]:
    return dict(zip(names, row, strict=False))


def _post(
    row: Sequence[object], number: int, count: int, *, fields: TableFields, reading: Reading
) -> Post:
    width = len(fields.names)
    if any(text_of_cell(cell) for cell in row[width:]):
        raise InputError(f"the row has more cells than the first, which has {width}")
    cells = [*row, *[None] * (width - len(row))]
    identity = _identity(cells, number, count, fields=fields, reading=reading)
    pictures = () if fields.picture is None else pictures_of_cell(cells[fields.picture])
    caption = None if fields.caption is None else text_of_cell(cells[fields.caption])
    text = text_of_cell(cells[fields.text])
    if mend(text)[1]:
        message = f"post {quoted(identity)} holds half of a character: replaced by U+FFFD"
        reading.log.report("lone-surrogate", number, message)
    post = raw_post(identity, text, caption=caption or None)
    extra = {fields.names[column]: kept_value(cells[column]) for column in fields.others}
    return replace(post.with_pictures(pictures) if pictures else post, extra=extra or None)


def _identity(
    cells: Sequence[object], number: int, count: int, *, fields: TableFields, reading: Reading
) -> str:
    value = None if fields.id is None else cells[fields.id]
    identity = id_of_cell(value)
    if has_lost_digits(value):
        message = (
            f"id {quoted(identity)} is a number that has lost digits in a spreadsheet or a frame: "
            "kept as it is; read and write ids as text there"
        )
        reading.log.report("lost-digits", number, message)
    if not identity and fields.id is not None:
        message = f"the row has no id: it becomes {quoted(str(count))}, its number"
        reading.log.report("missing-id", number, message)
    return identity or str(count)
