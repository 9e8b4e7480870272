"""Lines of a user's file: numbered, decoded strictly, and split at the newline character alone."""

import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any, BinaryIO, TypeAlias, cast

from mner.errors import InputError
from mner.files.regular import require_source
from mner.posts.bounds import MOST_LINE
from mner.posts.characters import BYTE_ORDER_MARK

__all__ = ["Source", "numbered_lines", "require_readable", "rewindable", "source_name"]

Source: TypeAlias = str | Path | IO[str] | IO[bytes]
"""A path, an open stream, or `-` for standard input."""

_BEGIN = 100
"""Bytes that are kept of a line that is too long: enough to recognise a format by."""
_CUT = "\n"
"""Follows what is kept of a line that is too long; no other line has it."""
_GZIP = b"\x1f\x8b"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_TOO_LONG = f"the line has more than {MOST_LINE} bytes: expected one post a line"


def numbered_lines(source: Source, *, keep_undecodable: bool = False) -> Iterator[tuple[int, str]]:
    """Yield each line of a UTF-8 file with its number, counted from 1.

    The lines have no newline, and a byte-order mark is removed. `str.splitlines` would also split
    at U+2028, U+0085 and other characters that occur inside the tokens of tweets. In a file without
    a newline character, a carriage return ends a line. No more than `MOST_LINE` bytes of a line are
    held in memory.

    Args:
        source: the file. A text stream that has a `buffer` is read through it, so that no carriage
            return is translated.
        keep_undecodable: whether to yield lines that are not UTF-8, and the begin of lines that are
            too long, too; `require_readable` refuses them.

    Raises:
        InputError: the file cannot be opened or read, or a line is not UTF-8 or too long.
    """
    name = source_name(source)
    errors = "surrogateescape" if keep_undecodable else "strict"
    try:
        with _opened(source) as stream:
            for number, raw in enumerate(_bounded_lines(stream), start=1):
                if number == 1:
                    _require_text(raw, name)
                if len(raw) > MOST_LINE:
                    if not keep_undecodable:
                        raise InputError(f"{name}:{number}: {_TOO_LONG}")
                    yield number, _decoded(raw[:_BEGIN], name, number, errors=errors) + _CUT
                    continue
                line = _decoded(raw, name, number, errors=errors)
                if number == 1:
                    line = line.removeprefix(BYTE_ORDER_MARK)
                    if "\r" in line and not line.endswith("\n"):
                        yield from enumerate(line.split("\r"), start=1)
                        continue
                yield number, line.removesuffix("\n")
    except IsADirectoryError as exc:
        raise InputError(f"{name}: is a folder, expected a file of posts") from exc
    except FileNotFoundError as exc:
        advice = "; a URL is not read: download the file first" if "://" in name else ""
        raise InputError(f"{name}: cannot be read: {exc.strerror}{advice}") from exc
    except OSError as exc:
        raise InputError(f"{name}: cannot be read: {exc.strerror or exc}") from exc


def rewindable(source: Source) -> Callable[[], AbstractContextManager[BinaryIO | None]]:
    """Return a function that opens a source once more, from where it is now.

    What it gives is a context manager of a binary stream; of None for a source that can be read
    once only, such as a pipe. A stream stands afterwards where it stood before.
    """
    if isinstance(source, str | Path):
        path = Path(source)
        if str(source) == "-" or not path.is_file():
            return nullcontext
        return lambda: _reopened(path)
    stream = source.buffer if isinstance(source, io.TextIOWrapper) else source
    if isinstance(stream, io.TextIOBase) or not _is_seekable(stream):
        return nullcontext
    start = stream.tell()
    return lambda: _moved(cast(BinaryIO, stream), start)


def require_readable(line: str) -> None:
    """Refuse a line that `numbered_lines` kept although it is not UTF-8 or too long.

    Raises:
        InputError: the line is not UTF-8 or too long; the message does not name the file.
    """
    if line.endswith(_CUT):
        raise InputError(_TOO_LONG)
    try:
        line.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeDecodeError as exc:
        raise InputError(_not_utf8(exc)) from exc


def source_name(source: Source) -> str:
    """Return what errors call a source: its path, or a name such as `<stdin>`."""
    if isinstance(source, str | Path):
        return "<stdin>" if str(source) == "-" else str(source)
    return str(getattr(source, "name", "<stream>"))


@contextmanager
def _opened(source: Source) -> Iterator[Iterable[str | bytes]]:
    """Yield the stream of a source; it is closed afterwards only if it was opened here."""
    if isinstance(source, str | Path):
        with (
            _standard_input()
            if str(source) == "-"
            else require_source(Path(source)).open("rb") as stream
        ):
            yield stream
    elif isinstance(source, io.TextIOWrapper):
        yield source.buffer
    else:
        yield source


@contextmanager
def _reopened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as stream:
            yield stream
    except OSError as exc:
        raise InputError(f"{path}: cannot be read: {exc.strerror or exc}") from exc


def _is_seekable(stream: Any) -> bool:
    try:
        return bool(stream.seekable())
    except AttributeError:
        return False


@contextmanager
def _moved(stream: BinaryIO, start: int) -> Iterator[BinaryIO]:
    """Move a stream to a position, and back afterwards."""
    position = stream.tell()
    stream.seek(start)
    try:
        yield stream
    finally:
        if not stream.closed:  # as when a reader is given up
            stream.seek(position)


def _bounded_lines(stream: Any) -> Iterator[str | bytes]:
    """Yield the lines of a stream; of one that is too long, the begin alone."""
    if not hasattr(stream, "readline"):
        yield from stream
        return
    while line := stream.readline(MOST_LINE + 1):
        yield line
        newline = "\n" if isinstance(line, str) else b"\n"
        rest = line
        while len(rest) > MOST_LINE and not rest.endswith(newline):
            rest = stream.readline(MOST_LINE + 1)


def _require_text(start: str | bytes, name: str) -> None:
    """Refuse a file whose first bytes are those of a packed file, or of UTF-16."""
    if not isinstance(start, bytes):
        return
    if start.startswith(_GZIP):
        raise InputError(f"{name}: is packed by gzip: unpack it first, by `gunzip`")
    if start.startswith(_UTF16):
        raise InputError(f"{name}: is in UTF-16: save it in UTF-8, in Excel as CSV UTF-8")


def _standard_input() -> AbstractContextManager[Iterable[bytes]]:
    """Open a separate stream on standard input.

    A thread that waits in `sys.stdin.buffer` would keep the interpreter from ending.
    """
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
    return (
        f"not UTF-8: byte {exc.start + 1} of the line is 0x{exc.object[exc.start]:02x}; "
        "convert the file to UTF-8"
    )
