"""The posts of a part, with the columns that are passed through."""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import PurePosixPath
from typing import Any

from mner.batch.plan import Part, Plan, picture_names
from mner.batch.storage import Storage
from mner.errors import InputError, clipped
from mner.posts.lines import numbered_lines
from mner.posts.problems import ProblemLog
from mner.posts.reading import Fields, Lines, Reading, ReadingOptions
from mner.posts.records import read_records
from mner.posts.tables import read_csv, read_rows, read_tsv
from mner.types import Post, UntrustedReference

__all__ = ["Failure", "PartPosts", "read_part"]

_TABLES = {"csv": read_csv, "tsv": read_tsv}


@dataclass(frozen=True, slots=True)
class Failure:
    """A post that could not be tagged."""

    file: str
    line: int | None
    """Its line, in Parquet its row; None where that is not known."""
    reason: str


@dataclass
class PartPosts:
    """The posts of a part that could be read."""

    posts: list[Post] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    """The line of each post, in Parquet its row."""
    failures: list[Failure] = field(default_factory=list)
    columns: Any = None
    """The Parquet rows of the posts as a table of pyarrow, for their other columns; None for files
    of other kinds, whose posts hold them in `extra`."""


def read_part(source: Storage, plan: Plan, part: Part, *, fields: Fields) -> PartPosts:
    """Read the posts of a part.

    Raises:
        InputError: the file cannot be read, or it is not clear which column holds the text.
    """
    if plan.kind == "pictures":
        return _pictures(source, part)
    result = PartPosts()

    def fail(error: InputError) -> None:
        result.failures.append(_failure(part.file, error))

    log = ProblemLog(part.file, on_problem=lambda _: None, on_error=fail)
    options = ReadingOptions(fields=fields, keep=True)
    reading = Reading(log, options, before=part.before)
    try:
        if plan.kind == "parquet":
            table = _rows(source, part)
            numbered = read_rows(_listed(table, part), reading)
        else:
            content = source.read(part.file, part.start, part.stop)
            lines = _lines(content, plan, part)
            numbered = _TABLES.get(plan.kind, read_records)(lines, reading)
        for line, post in numbered:
            result.posts.append(post)
            result.lines.append(line)
    except OSError as exc:
        raise InputError(f"{part.file}: cannot be read: {clipped(exc)}") from exc
    if plan.kind == "parquet":
        result.columns = table.take([line - part.line for line in result.lines])
    return result


def _lines(content: bytes, plan: Plan, part: Part) -> Lines:
    """Yield the lines of a part with their numbers in the file, after the line of names."""
    lines = numbered_lines(io.BytesIO(content), keep_undecodable=True)
    moved = ((number + part.line - 1, line) for number, line in lines)
    return chain([(1, plan.header)], moved) if plan.header else moved


def _rows(source: Storage, part: Part) -> Any:
    """Return the rows of a part as a table of pyarrow."""
    from pyarrow.parquet import ParquetFile

    with source.open(part.file) as stream:
        file = ParquetFile(stream)
        groups: list[int] = []
        first = end = 0
        for number in range(file.num_row_groups):
            start, end = end, end + file.metadata.row_group(number).num_rows
            if start < part.stop and part.start < end:
                first = first if groups else start
                groups.append(number)
        table = file.read_row_groups(groups)
    return table.slice(part.start - first, part.stop - part.start)


def _listed(table: Any, part: Part) -> Iterator[tuple[int, list[object]]]:
    yield 0, list(table.schema.names)
    columns = [column.to_pylist() for column in table.columns]
    for number, row in enumerate(zip(*columns, strict=True), start=part.line):
        yield number, list(row)


def _pictures(source: Storage, part: Part) -> PartPosts:
    """Return posts that have a picture and no words."""
    names: Sequence[str] = picture_names(source.files())[part.start : part.stop]
    posts = []
    for name in names:
        relative = PurePosixPath(name).relative_to(source.root).as_posix()
        posts.append(Post(relative, (), picture=UntrustedReference(relative), text=""))
    return PartPosts(posts, list(range(part.line, part.line + len(posts))))


def _failure(file: str, error: InputError) -> Failure:
    """Take the place out of the message of an error."""
    match = re.fullmatch(rf"{re.escape(file)}:(\d+): (.*)", str(error), re.DOTALL)
    if match is None:
        return Failure(file, None, str(error))
    return Failure(file, int(match[1]), match[2])
