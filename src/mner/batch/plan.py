"""How an archive is cut into parts: the same archive is always cut in the same way."""

import csv
import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, Literal, TypeAlias

import msgspec

from mner.batch.storage import Storage, StoredFile, arrow
from mner.errors import InputError, clipped, quoted
from mner.posts.delimited import DELIMITERS, delimiter_of
from mner.posts.reading import Fields

__all__ = ["FORMATS", "Kind", "Part", "Plan", "make_plan", "picture_names"]

Kind: TypeAlias = Literal["jsonl", "csv", "tsv", "parquet", "pictures"]
FORMATS: dict[str, Kind] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
}
"""Kinds of files by their endings."""
_PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of one file. Of a folder of pictures, a piece of the list of their names."""

    number: int
    file: str
    start: int
    """The first byte; in Parquet the first row, counted from 0; of pictures the first name."""
    stop: int
    """Where the piece ends, which is not in it any more."""
    rows: int
    before: int
    """Posts of the file that come before."""
    line: int
    """The number of the first line; in Parquet of the first row, counted from 1."""

    @property
    def name(self) -> str:
        """The name of its file of results, without ending."""
        return f"part-{self.number:06d}"


@dataclass(frozen=True)
class Plan:
    """The parts of an archive."""

    kind: Kind
    files: tuple[StoredFile, ...]
    header: str
    """The first line of each CSV or TSV file; else empty."""
    parts: tuple[Part, ...]

    @property
    def rows(self) -> int:
        """How many posts there are."""
        return sum(part.rows for part in self.parts)

    @property
    def fingerprint(self) -> str:
        """Twelve signs that differ where files or parts do."""
        return hashlib.sha256(msgspec.json.encode(asdict(self))).hexdigest()[:12]


def make_plan(source: Storage, *, rows: int, fields: Fields | None = None) -> Plan:
    """Cut a file, or the files of a folder, into parts.

    Args:
        source: a file or a folder of files of one kind.
        rows: the most posts of a part.
        fields: how the user names the columns.

    Raises:
        InputError: there are no files, or files of several kinds; the tables of several files have
            different columns; or a file cannot be read.
    """
    files = source.files()
    kind = _kind_of(source, files)
    if kind == "pictures":
        files = [file for file in files if file.ending in _PICTURES]
        parts = list(_numbered(_cuts_of_pictures(source, files, rows)))
        return Plan(kind, tuple(files), "", tuple(parts))
    files = [file for file in files if FORMATS.get(file.ending) == kind]
    header = _common_header(source, files, kind)
    cuts: list[Part] = []
    for file in files:
        try:
            if kind == "parquet":
                cuts += _cuts_of_parquet(source, file, rows)
            else:
                cuts += _cuts_of_lines(source, file, rows, _ends_of(kind, header, fields))
        except OSError as exc:
            raise InputError(f"{file.path}: cannot be read: {clipped(exc)}") from exc
    if not cuts:
        raise InputError(f"{source.name}: holds no posts")
    return Plan(kind, tuple(files), header, tuple(_numbered(iter(cuts))))


def picture_names(files: Sequence[StoredFile]) -> list[str]:
    """Return the files that are pictures, in order."""
    return [file.path for file in files if file.ending in _PICTURES]


def _kind_of(source: Storage, files: Sequence[StoredFile]) -> Kind:
    kinds = sorted({FORMATS[file.ending] for file in files if file.ending in FORMATS})
    if len(kinds) > 1:
        raise InputError(
            f"{source.name}: holds files of several kinds, {', '.join(kinds)}: name a folder or a "
            "file of one"
        )
    if kinds:
        return kinds[0]
    if picture_names(files):
        return "pictures"
    endings = ", ".join(FORMATS)
    raise InputError(
        f"{source.name}: expected files that end in {endings}, or pictures; found none. Other "
        "formats are converted by `mner data convert`"
    )


def _common_header(source: Storage, files: Sequence[StoredFile], kind: Kind) -> str:
    """Return the first line of tables, which has to be the same in all of them."""
    headers = []
    for file in files:
        if kind == "parquet":
            headers.append(str(_parquet(source, file).schema_arrow.remove_metadata()))
        elif kind in ("csv", "tsv"):
            with source.stream(file.path) as stream:
                headers.append(_line_of_names(file, stream))
    for file, header in zip(files, headers, strict=False):
        if header != headers[0]:
            raise InputError(
                f"{file.path}: has other columns than {files[0].path}: tag them apart, each into "
                "a folder of its own"
            )
    return headers[0] if headers and kind != "parquet" else ""


def _line_of_names(file: StoredFile, stream: io.BufferedReader) -> str:
    raw = stream.readline(1 << 20)
    try:
        return raw.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as exc:
        raise InputError(f"{file.path}:1: is not UTF-8: save it as CSV UTF-8") from exc


class _CountedLines:
    """Lines of a file as text, and how much of the file they have taken."""

    def __init__(self, stream: Iterator[bytes]) -> None:
        self._stream = stream
        self.bytes = 0
        self.number = 0

    def __iter__(self) -> "_CountedLines":
        return self

    def __next__(self) -> str:
        raw = next(self._stream)
        self.bytes += len(raw)
        self.number += 1
        return raw.decode("utf-8", "surrogateescape")


_Ends: TypeAlias = Callable[[_CountedLines], Iterator[bool]]
"""Takes lines record by record; gives whether each of them is one, or blank."""


def _ends_of(kind: Kind, header: str, fields: Fields | None) -> _Ends:
    """Return what finds the ends of records, as the reader of such files finds them."""
    if kind == "jsonl":
        return lambda lines: (bool(line.strip()) for line in lines)
    delimiters = DELIMITERS if kind == "csv" else ("\t",)
    return partial(_ends_of_rows, delimiter=delimiter_of(header, fields, delimiters))


def _ends_of_rows(lines: _CountedLines, *, delimiter: str) -> Iterator[bool]:
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        try:
            row = next(rows, None)
        except csv.Error:
            yield True
            continue
        if row is None:
            return
        yield bool(row)


def _cuts_of_lines(source: Storage, file: StoredFile, rows: int, ends: _Ends) -> list[Part]:
    """Cut a file of lines after every so many records."""
    cuts = []
    with source.stream(file.path) as stream:
        lines = _CountedLines(stream)
        if FORMATS[file.ending] != "jsonl":
            next(lines)
        start, first, count, before = lines.bytes, lines.number + 1, 0, 0
        for is_record in ends(lines):
            count += is_record
            if count == rows:
                cuts.append(Part(0, file.path, start, lines.bytes, count, before, first))
                before += count
                start, first, count = lines.bytes, lines.number + 1, 0
        if count:
            cuts.append(Part(0, file.path, start, lines.bytes, count, before, first))
    return cuts


def _cuts_of_parquet(source: Storage, file: StoredFile, rows: int) -> Iterator[Part]:
    count = _parquet(source, file).metadata.num_rows
    for start in range(0, count, rows):
        stop = min(start + rows, count)
        yield Part(0, file.path, start, stop, stop - start, start, start + 1)


def _cuts_of_pictures(source: Storage, files: Sequence[StoredFile], rows: int) -> Iterator[Part]:
    count = len(picture_names(files))
    for start in range(0, count, rows):
        stop = min(start + rows, count)
        yield Part(0, source.name, start, stop, stop - start, start, start + 1)


def _numbered(parts: Iterator[Part]) -> Iterator[Part]:
    for number, part in enumerate(parts):
        yield replace(part, number=number)


def _parquet(source: Storage, file: StoredFile) -> Any:
    from pyarrow.parquet import ParquetFile

    try:
        return ParquetFile(source.open(file.path))
    except (arrow().ArrowException, OSError) as exc:
        raise InputError(f"{file.path}: cannot be read as Parquet: {quoted(exc)}") from exc
