"""Parquet: tables read and written a group of rows at a time, through pyarrow."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

from mner.errors import InputError, MissingExtraError, clipped
from mner.files.write import new_file
from mner.posts.table_rows import COLUMN_TYPES, Cell, TableRows
from mner.types import Post

__all__ = ["parquet_rows", "write_parquet"]

_GROUP = 4096
"""Rows that are held in memory."""


def parquet_rows(stream: BinaryIO, name: str) -> Iterator[list[object]]:
    """Yield the header of a Parquet file and its rows.

    Raises:
        InputError: it is no such file, or damaged.
        MissingExtraError: pyarrow is not installed.
    """
    arrow = _arrow(f"{name}: reading Parquet")
    from pyarrow.parquet import ParquetFile

    try:
        file = ParquetFile(stream)
        yield list(file.schema_arrow.names)
        for batch in file.iter_batches(batch_size=_GROUP):
            yield from map(list, zip(*(column.to_pylist() for column in batch), strict=True))
    except (arrow.ArrowException, OSError) as exc:
        raise InputError(f"{name}: cannot be read as Parquet: {clipped(exc)}") from exc


def write_parquet(posts: Iterable[Post], path: Path, table: TableRows) -> None:
    """Write posts as they come; see `mner.posts.table_write.write_table`."""
    arrow = _arrow(f"{path}: writing Parquet")
    from pyarrow.parquet import ParquetWriter

    posts = iter(posts)
    first = next(posts, None)
    header = table.header(first or Post("", ()))
    rows = _rows(posts if first is None else chain([first], posts), table)
    group = list(islice(rows, _GROUP))
    schema = arrow.schema([(name, _type(arrow, name)) for name in header])
    try:
        with new_file(path) as temporary, ParquetWriter(temporary, schema) as writer:
            while group:
                writer.write_table(_as_table(arrow, schema, group))
                group = list(islice(rows, _GROUP))
    except OSError as exc:
        raise InputError(f"{path}: cannot be written: {exc.strerror or exc}") from exc


def _arrow(feature: str) -> Any:
    try:
        import pyarrow
    except ModuleNotFoundError as exc:
        raise MissingExtraError(feature, "tables") from exc
    return pyarrow


def _rows(posts: Iterable[Post], table: TableRows) -> Iterator[list[Cell]]:
    for post in posts:
        yield from table.rows_of(post)


def _type(arrow: Any, name: str) -> Any:
    types = {int: arrow.int64(), float: arrow.float64()}
    return types.get(COLUMN_TYPES.get(name, str), arrow.string())


def _as_table(arrow: Any, schema: Any, rows: Sequence[list[Cell]]) -> Any:
    columns = []
    for field, cells in zip(schema, zip(*rows, strict=True), strict=True):
        is_text = field.type == arrow.string()
        values = [str(cell) if is_text and cell is not None else cell for cell in cells]
        columns.append(arrow.array(values, field.type))
    return arrow.table(columns, schema=schema)
