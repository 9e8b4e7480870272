"""Text that is written piece by piece, to a file or to a stream."""

import io
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Literal, TextIO, TypeAlias

from mner.errors import InputError, quoted
from mner.files.interrupts import uninterrupted
from mner.files.write import new_text

__all__ = ["Flushing", "standard_output", "write_pieces"]


Flushing: TypeAlias = Literal["each", "gathered", "never"]
"""When a stream is flushed: after each piece, after pieces that have followed one another quickly
(which is faster), or never, since the caller does it."""

_GATHERED = 1 << 16
"""Characters after which gathered pieces are written."""
_LONGEST_GATHERING = 0.1
"""Seconds after which the next piece is written with those before it."""


def write_pieces(
    pieces: Iterable[tuple[str, str]], path: str | Path | TextIO, *, flushing: Flushing = "each"
) -> None:
    """Write pieces of text as they come.

    Args:
        pieces: pairs of what a piece is, for errors, and its text.
        path: a file, which appears (or is replaced) when all pieces are written and stays as it was
            when that fails; or a text stream. A piece in a stream that is flushed is whole even if
            the user interrupts the program (see `late_interrupts`).
        flushing: when a stream is flushed.

    Raises:
        InputError: the file or the stream cannot be written, or the stream's encoding cannot hold a
            character.
        BrokenPipeError: the reader of the stream has stopped.
    """
    if not isinstance(path, str | Path):
        if flushing == "gathered":
            _write_gathered(pieces, partial(_put_named, path))
        elif flushing == "each":
            _write(pieces, partial(_put_named, path))
        else:
            _write(pieces, path.write)
        return
    try:
        with new_text(Path(path)) as stream:
            _write(pieces, stream.write)
    except OSError as exc:
        raise InputError(f"{path}: cannot be written: {exc.strerror or exc}") from exc


def standard_output() -> TextIO:
    """Return the stream of this name.

    Raises:
        InputError: the program was started without one.
    """
    if sys.stdout is None:
        raise InputError(
            "standard output is closed: expected a place to write to; name a file by --output"
        )
    return sys.stdout


def _write(pieces: Iterable[tuple[str, str]], put: Callable[[str], object]) -> None:
    for what, text in pieces:
        try:
            put(text)
        except UnicodeEncodeError as exc:
            raise InputError(
                f"{what} holds {quoted(exc.object[exc.start])}, which cannot be written as "
                f"{exc.encoding}"
            ) from exc


def _write_gathered(pieces: Iterable[tuple[str, str]], put: Callable[[str], object]) -> None:
    """Write pieces in groups; what has come before an error is written."""
    gathered: list[tuple[str, str]] = []
    length, started = 0, 0.0
    try:
        for piece in pieces:
            gathered.append(piece)
            length += len(piece[1])
            started = started or monotonic()
            if length > _GATHERED or monotonic() - started > _LONGEST_GATHERING:
                group, gathered = gathered, []
                length, started = 0, 0.0
                _write_group(group, put)
    finally:
        _write_group(gathered, put)


def _write_group(pieces: Sequence[tuple[str, str]], put: Callable[[str], object]) -> None:
    if not pieces:
        return
    try:
        put("".join(text for _, text in pieces))
    except UnicodeEncodeError:
        _write(pieces, put)  # nothing has been written; the error names the piece


def _put_named(stream: TextIO, text: str) -> None:
    """Write a piece to a stream; an error names the stream."""
    try:
        with uninterrupted():
            _put(stream, text)
    except BrokenPipeError:
        raise
    except OSError as exc:
        name = getattr(stream, "name", "<stream>")
        raise InputError(f"{name}: cannot be written: {exc.strerror or exc}") from exc


def _put(stream: TextIO, text: str) -> None:
    stream.flush()
    try:
        descriptor = stream.fileno()
    except (AttributeError, io.UnsupportedOperation):
        stream.write(text)
        stream.flush()
        return
    # Python's buffered streams lose the end of a long text when a signal interrupts the system's
    # write (seen with 3.11 to 3.13), so the bytes are given to the system directly.
    data = memoryview(text.encode(stream.encoding, stream.errors or "strict"))
    while data:
        data = data[os.write(descriptor, data) :]
