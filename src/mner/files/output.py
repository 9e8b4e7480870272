"""Where writers write: files that appear when they are complete, and streams of whole pieces."""

import io
import os
import signal
import stat
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TextIO

from mner.errors import InputError

__all__ = ["replacing", "standard_output", "write_pieces"]


def write_pieces(pieces: Iterable[tuple[str, str]], path: str | Path | TextIO) -> None:
    """Write pieces of text as they come, each of them whole even if the user interrupts the program.

    Args:
        pieces: what a piece is, for errors, and its text.
        path: a file, which appears (or is replaced) when all pieces are written and stays as it was when that fails; or a text stream, which is flushed
            after each piece.

    Raises:
        InputError: the file or the stream cannot be written, or the stream's encoding cannot hold a character.
        BrokenPipeError: whoever read the stream has stopped.
    """
    if not isinstance(path, str | Path):
        _write(pieces, partial(_put_named, path))
        return
    try:
        with replacing(Path(path)) as stream:
            _write(pieces, stream.write)
    except OSError as exc:
        raise InputError(f"{path}: cannot be written: {exc.strerror or exc}") from exc


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A stream whose content becomes the file, with the permissions of one it replaces, when nothing fails; a device or a pipe is written directly."""
    if path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8", newline="\n") as stream:
            yield stream
        return
    target = path.resolve()
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as stream:
            if target.exists():
                temporary.chmod(stat.S_IMODE(target.stat().st_mode))
            yield stream
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def standard_output() -> TextIO:
    """The stream of this name.

    Raises:
        InputError: the program was started without one.
    """
    if sys.stdout is None:
        raise InputError(
            "standard output is closed: expected a place to write to; name a file by --output"
        )
    return sys.stdout


def _put_named(stream: TextIO, text: str) -> None:
    """As `_put`, with the stream's name in the error where it takes no more."""
    try:
        _put(stream, text)
    except BrokenPipeError:
        raise
    except OSError as exc:
        raise InputError(
            f"{getattr(stream, 'name', '<stream>')}: cannot be written: {exc.strerror or exc}"
        ) from exc


def _write(pieces: Iterable[tuple[str, str]], put: Callable[[str], object]) -> None:
    for what, text in pieces:
        try:
            put(text)
        except UnicodeEncodeError as exc:
            raise InputError(
                f"{what} holds {exc.object[exc.start]!r}, which cannot be written as {exc.encoding}"
            ) from exc


def _put(stream: TextIO, text: str) -> None:
    with _late_interrupt():
        stream.flush()
        try:
            descriptor = stream.fileno()
        except (AttributeError, io.UnsupportedOperation):
            stream.write(text)
            stream.flush()
            return
        # Python's buffered streams lose the end of a long text when a signal interrupts the system's write (seen with 3.11 to 3.13).
        data = memoryview(text.encode(stream.encoding, stream.errors or "strict"))
        while data:
            data = data[os.write(descriptor, data) :]


@contextmanager
def _late_interrupt() -> Iterator[None]:
    """Hold back Ctrl-C until the block is done; a second one, where the block waits for a reader that has stopped reading, gets through."""
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    caught = False

    def note(_number: int, _frame: object) -> None:
        nonlocal caught
        if caught:
            raise KeyboardInterrupt
        caught = True

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if caught:
        raise KeyboardInterrupt
