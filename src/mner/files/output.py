"""Text that is written piece by piece, to a file or to a stream."""

import io
import os
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TextIO

from mner.errors import InputError, quoted
from mner.files.interrupts import uninterrupted
from mner.files.write import new_text

__all__ = ["standard_output", "write_pieces"]


def write_pieces(pieces: Iterable[tuple[str, str]], path: str | Path | TextIO) -> None:
    """Write pieces of text as they come.

    Args:
        pieces: pairs of what a piece is, for errors, and its text.
        path: a file, which appears (or is replaced) when all pieces are written and stays as it was
            when that fails; or a text stream, which is flushed after each piece. A piece in a
            stream is whole even if the user interrupts the program (see `late_interrupts`).

    Raises:
        InputError: the file or the stream cannot be written, or the stream's encoding cannot hold a
            character.
        BrokenPipeError: the reader of the stream has stopped.
    """
    if not isinstance(path, str | Path):
        _write(pieces, partial(_put_named, path))
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
