"""Which format a file of posts has, found out by looking at its beginning."""

import re
from itertools import chain
from pathlib import PurePath

from mner.errors import InputError
from mner.formats import Format
from mner.posts.characters import BLANKS
from mner.posts.column_lines import is_header, is_tagged_token
from mner.posts.delimited import DELIMITERS, cells_of
from mner.posts.lines import Source, source_name
from mner.posts.reading import Fields, Lines, Reading
from mner.posts.table_fields import has_text_column
from mner.posts.tag_style import is_tag
from mner.posts.webanno import WEBANNO

__all__ = ["recognise_format"]

_HEAD = 4096
"""Bytes that are looked at."""
_BINARY: tuple[tuple[bytes, Format], ...] = ((b"PK\x03\x04", "xlsx"), (b"PAR1", "parquet"))
_PACKED = b"\x78"
"""With what zlib begins."""
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ARRAY = re.compile(r'\s*(\[\s*[{\]]|\{\s*\n\s*"|\{\s*"data"\s*:\s*\[\s*\n)')
_ANSWER = re.compile(r'\s*\{\s*"data"\s*:\s*\[')
_OTHER_KEYS = re.compile('"(includes|meta)"')
"""Those of an answer of the API v2, several of which may be in a file of JSONL."""
_ENDINGS: dict[str, Format] = {".csv": "csv", ".tsv": "tsv"}


def recognise_format(source: Source, lines: Lines, reading: Reading) -> tuple[Format, Lines]:
    """Return the format of a file, and all of its lines.

    Raises:
        InputError: the file is of a kind that is known and not supported.
    """
    with reading.again() as stream:
        head = b"" if stream is None else stream.read(_HEAD)
    name = source_name(source)
    _refuse(head, name)
    for beginning, format in _BINARY:
        if head.startswith(beginning):
            return format, lines
    if head.startswith(_PACKED) and PurePath(name).suffix.lower() == ".spacy":
        return "spacy", lines
    if _ARRAY.match(head.decode("utf-8-sig", "replace")):
        return "json", lines
    for number, line in lines:
        if line.strip(BLANKS):
            start = [(number, line)]
            if line.strip() in ("[", "{"):
                start.extend(_next(lines))
            text = "\n".join(line for _, line in start)
            return _format_of(text, name, reading.options.fields), chain(start, lines)
    return "conll", lines


def _refuse(head: bytes, name: str) -> None:
    if head.startswith(_OLD_EXCEL):
        raise InputError(
            f"{name}: is a workbook of an old Excel (.xls) or a locked one, which is not "
            "supported: save it as .xlsx, without a password, or as CSV UTF-8"
        )


def _next(lines: Lines) -> Lines:
    """Yield the first of the following lines, if there is one."""
    for item in lines:
        yield item
        return


def _format_of(line: str, name: str, fields: Fields | None) -> Format:
    if line.startswith(WEBANNO):
        return "webanno"
    if is_header(line):
        return "imgid"
    if is_tagged_token(line):
        return "conll"
    if _ARRAY.match(line) or (_ANSWER.match(line) and not _OTHER_KEYS.search(line)):
        return "json"
    if line.lstrip(BLANKS).startswith("{"):
        return "jsonl"
    return _delimited(line, PurePath(name).suffix.lower(), fields) or "conll"


def _delimited(line: str, ending: str, fields: Fields | None) -> Format | None:
    """Return csv or tsv for a line that begins a table; None for one of columns of tokens."""
    rows = {delimiter: cells_of(line, delimiter) for delimiter in DELIMITERS}
    if any(len(cells) > 1 and is_tag(cells[-1].strip()) for cells in rows.values()):
        return None
    for delimiter, cells in rows.items():
        if len(cells) > 1 and has_text_column(cells, fields):
            return "tsv" if delimiter == "\t" else "csv"
    is_prose = any(" " in cell.strip() for cell in rows["\t"])
    if ending == ".csv" or (fields is not None and fields.text is not None):
        return "tsv" if ending == ".tsv" else "csv"
    if ending == ".tsv" and (is_prose or has_text_column(rows["\t"], fields)):
        return "tsv"
    return None
