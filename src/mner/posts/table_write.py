"""Posts to tables: CSV and TSV line by line, XLSX and Parquet as files."""

import csv
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Literal, TypeAlias

from mner.errors import InputError, MissingExtraError, quoted
from mner.files.csv_lines import CELLS_END, CsvLines
from mner.posts.table_rows import Rows, TableRows
from mner.types import Post

__all__ = ["TableKind", "TableLines", "require_tables", "write_table"]

TableKind: TypeAlias = Literal["xlsx", "parquet"]


class TableLines:
    """Turns posts into lines of CSV or TSV, of which the first begins with the header.

    Cells are written as they are, also those that begin with `=`, `+`, `-` or `@`, which a
    spreadsheet takes for formulas. In XLSX they are text.

    Args:
        delimiter: what parts two cells.
        rows: what has a row of its own.
        model: the fingerprint of the model, for a column of its own.
        first: the first post of the table, where its lines are written already.
    """

    def __init__(
        self,
        delimiter: str,
        *,
        rows: Rows = "entities",
        model: str | None = None,
        first: Post | None = None,
    ) -> None:
        self._buffer = CsvLines()
        self._writer = csv.writer(self._buffer, delimiter=delimiter, lineterminator=CELLS_END)
        self._rows = TableRows(rows=rows, model=model, first=first)
        self.warn_of_left_out = self._rows.warn_of_left_out

    def __call__(self, post: Post, position: int) -> str:
        """Return the lines of a post; those of position 0 begin with the header."""
        if position == 0:
            self._writer.writerow(self._rows.header(post))
        self._writer.writerows(self._rows.rows_of(post))
        lines = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return lines


def require_tables(kind: TableKind) -> None:
    """Make sure that the packages for a format of tables are there.

    Raises:
        MissingExtraError: they are not installed.
    """
    package = {"xlsx": "openpyxl", "parquet": "pyarrow"}[kind]
    try:
        import_module(package)
    except ModuleNotFoundError as exc:
        raise MissingExtraError(f"writing {kind}", "tables") from exc


def write_table(
    posts: Iterable[Post],
    path: Path,
    *,
    kind: TableKind,
    rows: Rows = "entities",
    model: str | None = None,
) -> None:
    """Write posts as they come to an XLSX or a Parquet file; the extra `tables` brings both.

    Args:
        posts: any number of them; none makes a table without rows.
        path: the file, which appears (or is replaced) when it is complete.
        kind: the format.
        rows: what has a row of its own.
        model: the fingerprint of the model, for a column of its own.

    Raises:
        InputError: the file cannot be written, or the format cannot hold a post.
        MissingExtraError: the packages are not installed.
    """
    from mner.posts.parquet import write_parquet
    from mner.posts.xlsx import write_xlsx

    writers: dict[str, Callable[[Iterable[Post], Path, TableRows], None]] = {
        "xlsx": write_xlsx,
        "parquet": write_parquet,
    }
    if kind not in writers:
        raise InputError(f"format {quoted(kind)} is not known: expected one of {list(writers)}")
    table = TableRows(rows=rows, model=model)
    writers[kind](posts, path, table)
    table.warn_of_left_out()
