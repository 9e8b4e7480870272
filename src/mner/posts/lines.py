"""Lines of a user's file: numbered, decoded strictly, and split at the newline character alone."""

import io
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any, TypeAlias

from mner.errors import InputError

__all__ = ["Source", "json_object", "numbered_lines", "require_utf8", "source_name"]

Source: TypeAlias = str | Path | IO[str] | IO[bytes]
"""A path, an open stream, or `-` for standard input."""

_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
_SURROGATE = re.compile("[\ud800-\udfff]")


def numbered_lines(source: Source, *, keep_undecodable: bool = False) -> Iterator[tuple[int, str]]:
    """Each line of a UTF-8 file with its number from 1, without its newline; a byte-order mark is left out.

    `str.splitlines` would also split at U+2028, U+0085 and other characters that occur inside the tokens of tweets.

    Args:
        source: a text stream that has a `buffer` is read through it, so that no carriage return is translated.
        keep_undecodable: give lines that are not UTF-8 too, for `require_utf8` to refuse.

    Raises:
        InputError: the file cannot be opened or read, or a line is not UTF-8.
    """
    name = source_name(source)
    try:
        with _opened(source) as stream:
            for number, raw in enumerate(stream, start=1):
                line = _decoded(
                    raw, name, number, errors="surrogateescape" if keep_undecodable else "strict"
                )
                yield number, (line.removeprefix(_BOM) if number == 1 else line).removesuffix("\n")
    except OSError as exc:
        raise InputError(f"{name}: cannot be read: {exc.strerror or exc}") from exc


def require_utf8(line: str) -> None:
    """Refuse a line that `numbered_lines` kept although it is not UTF-8.

    Raises:
        InputError: the line is not UTF-8; the message does not name the file.
    """
    try:
        line.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeDecodeError as exc:
        raise InputError(_not_utf8(exc)) from exc


def source_name(source: Source) -> str:
    """What errors call a source: its path, or `<stdin>` and the like."""
    if isinstance(source, str | Path):
        return "<stdin>" if str(source) == "-" else str(source)
    return str(getattr(source, "name", "<stream>"))


def json_object(line: str) -> tuple[dict[str, Any], bool]:
    r"""The JSON object of one line, and whether it had to be mended.

    A lone surrogate (half of a `\ud83d\ude00` pair, left where a tweet was cut) is no character and cannot be written again: it becomes U+FFFD.

    Raises:
        InputError: the line is not a JSON object; the message does not name the file.
    """
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as exc:
        raise InputError(f"expected one JSON object a line, got something else ({exc})") from exc
    if not isinstance(value, dict):
        raise InputError(
            f"expected a JSON object, got {type(value).__name__}: write each post as {{...}} on one line"
        )
    if "\\ud" not in line.lower():
        return value, False
    mended, count = _SURROGATE.subn("\ufffd", json.dumps(value, ensure_ascii=False))
    return (json.loads(mended), True) if count else (value, False)


@contextmanager
def _opened(source: Source) -> Iterator[Iterable[str | bytes]]:
    """The stream behind a source, closed afterwards only if it was opened here."""
    if isinstance(source, str | Path):
        with _standard_input() if str(source) == "-" else Path(source).open("rb") as stream:
            yield stream
    elif isinstance(source, io.TextIOWrapper):
        yield source.buffer
    else:
        yield source


def _standard_input() -> AbstractContextManager[Iterable[bytes]]:
    """A stream of its own on standard input: a thread that waits in `sys.stdin.buffer` would keep the interpreter from ending."""
    if sys.stdin is None:
        raise InputError("<stdin>: cannot be read: standard input is closed")
    try:
        return open(os.dup(sys.stdin.fileno()), "rb")  # noqa: PTH123
    except io.UnsupportedOperation:
        return nullcontext(sys.stdin.buffer)


def _decoded(raw: str | bytes, name: str, number: int, *, errors: str) -> str:
    if isinstance(raw, str):
        return raw
    try:
        return raw.decode("utf-8", errors)
    except UnicodeDecodeError as exc:
        raise InputError(f"{name}:{number}: {_not_utf8(exc)}") from exc


def _not_utf8(exc: UnicodeDecodeError) -> str:
    return f"not UTF-8: byte {exc.start + 1} of the line is 0x{exc.object[exc.start]:02x}; convert the file to UTF-8"
