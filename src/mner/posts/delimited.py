"""CSV and TSV: rows of cells, streamed; a cell in quotes may hold newlines."""

import csv
from collections.abc import Iterator, Sequence
from itertools import chain

from mner.errors import InputError
from mner.posts.lines import require_readable
from mner.posts.reading import Fields, Lines, Reading
from mner.posts.table_fields import has_text_column

__all__ = ["DELIMITERS", "cells_of", "delimited_rows", "delimiter_of"]

DELIMITERS = (",", ";", "\t")
"""What may part two cells, the most common first."""
_NAMES = {",": "','", ";": "';'", "\t": "TAB"}


def cells_of(line: str, delimiter: str) -> list[str]:
    """Return the cells of a line by itself."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return [line]


def delimited_rows(
    lines: Lines, reading: Reading, delimiters: Sequence[str] = DELIMITERS
) -> Iterator[tuple[int, list[object]]]:
    """Yield the rows of a file, each with the number of the line where it starts.

    A row that has more or fewer cells than the first is refused, as is one that is not UTF-8 or has
    a quote that is not closed. Blank lines are no rows.

    Args:
        lines: of the file.
        reading: how it is read.
        delimiters: what may part two cells; the first line shows which of them does.
    """
    first = next((item for item in lines if item[1].strip()), None)
    if first is None:
        return
    delimiter = delimiter_of(first[1], reading.options.fields, delimiters)
    cut = _CutLines(chain([first], lines))
    rows = csv.reader(cut, delimiter=delimiter, strict=True)
    width = 0
    while True:
        cut.start()
        try:
            row = next(rows, None)
            if row is None:
                return
            cut.require_readable()
            if row:
                width = width or len(row)
                _require_width(row, width, delimiter)
        except (csv.Error, InputError) as exc:
            error = reading.log.located(cut.first, _message(exc, cut))
            if not width:
                raise error from exc
            reading.log.refuse(error)
            continue
        if row:
            yield cut.first, list(row)


class _CutLines:
    """The lines of a file, and those of them that the row at hand has taken."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._taken: list[str] = []
        self.first = self.last = 0

    def __iter__(self) -> "_CutLines":
        return self

    def __next__(self) -> str:
        number, line = next(self._lines)
        self.first, self.last = self.first or number, number
        self._taken.append(line)
        return line + "\n"

    def start(self) -> None:
        """Begin a row."""
        self._taken.clear()
        self.first = 0

    def require_readable(self) -> None:
        for line in self._taken:
            require_readable(line)
            if "\0" in line:
                raise InputError(
                    "the line has a NUL character, which no text has: the file is damaged, or not "
                    "UTF-8; save it as CSV UTF-8"
                )


def delimiter_of(line: str, fields: Fields | None, delimiters: Sequence[str]) -> str:
    """Return what parts the cells of a first line.

    It is the delimiter by which a column of texts is found, or else that of most cells.

    Args:
        line: the first line.
        fields: how the user names the columns.
        delimiters: what may part two cells.
    """
    rows = {delimiter: cells_of(line, delimiter) for delimiter in delimiters}
    return max(
        delimiters,
        key=lambda delimiter: (
            has_text_column(rows[delimiter], fields),
            len(rows[delimiter]),
        ),
    )


def _require_width(row: Sequence[str], width: int, delimiter: str) -> None:
    if len(row) != width:
        cells = "cell" if len(row) == 1 else "cells"
        raise InputError(
            f"the row has {len(row)} {cells} parted by {_NAMES[delimiter]}, the first row has "
            f'{width}: put a cell that holds {_NAMES[delimiter]} or a newline in quotes (")'
        )


def _message(exc: Exception, cut: _CutLines) -> str:
    if isinstance(exc, InputError):
        return str(exc)
    if "field limit" in str(exc):
        return (
            f"a cell of the row has more than {csv.field_size_limit()} characters, up to line "
            f'{cut.last}: expected a post; a quote (") may not be closed'
        )
    return (
        f'the quotes (") of the row are not closed or stand inside of a cell, up to line '
        f'{cut.last}: put the whole cell in quotes and write those inside twice ("")'
    )
