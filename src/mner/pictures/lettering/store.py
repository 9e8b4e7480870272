"""What is written in pictures, kept in a file: each picture is read once.

The first line of the file says which engine read the pictures; each further line is a picture. A
line is written when its picture has been read, so a process that is killed loses at most one, and
the next run adds what is missing. The file is the same as that of a run that was not interrupted.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from mner.errors import InputError, quoted
from mner.files.locks import held
from mner.pictures.lettering.lines import Box, Lettering, LetteringState, Line

__all__ = ["LetteringStore", "open_store"]

_Kind = TypeVar("_Kind")

_FORMAT = 1
_ADVICE = "it is no file of lettering: name another, or remove it"


@dataclass(frozen=True, slots=True)
class _Head:
    """The first line of the file."""

    format: int
    engine: str


@dataclass(frozen=True, slots=True)
class _Entry:
    """The line of a picture."""

    picture: str
    state: LetteringState
    lines: tuple[tuple[str, float, tuple[float, float, float, float]], ...]
    aspect: float
    reason: str | None = None


class LetteringStore:
    """The file while it is open; only where each picture stands in it is in memory."""

    def __init__(self, path: Path, file: BinaryIO, positions: dict[str, int]) -> None:
        self._path = path
        self._file = file
        self._positions = positions

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self._positions)

    def find(self, picture: str) -> Lettering | None:
        """Return what is written in a picture, or None if it has not been read."""
        if picture not in self._positions:
            return None
        self._file.seek(self._positions[picture])
        return _lettering(_decoded(self._path, self._file.readline(), _Entry))

    def add(self, picture: str, lettering: Lettering) -> None:
        """Write down what was read in a picture that is not in the file yet.

        Raises:
            InputError: the file cannot be written.
        """
        lines = [(line.text, line.confidence, tuple(line.box)) for line in lettering.lines]
        record = {
            "picture": picture,
            "state": lettering.state,
            "lines": lines,
            "aspect": lettering.aspect,
        }
        if lettering.reason is not None:
            record["reason"] = lettering.reason
        try:
            end = self._file.seek(0, 2)
            self._file.write(json.dumps(record).encode() + b"\n")
            self._file.flush()
        except OSError as exc:
            raise InputError(f"{self._path}: cannot be written: {exc.strerror or exc}") from exc
        self._positions[picture] = end


@contextmanager
def open_store(path: Path, *, engine: str) -> Iterator[LetteringStore]:
    """Open a file of lettering for one process, to read it and to add to it.

    A file that is not there is made. A last line that is not whole is removed.

    Args:
        path: the file.
        engine: the description of the engine, see `TextReader`.

    Raises:
        InputError: the file is of another engine or of something else, another process has it
            open, or it cannot be read or written.
    """
    busy = InputError(f"{path}: another process has this file of lettering open: wait for it")
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{path}: {_ADVICE}")
        with held(path, error=busy), path.open("r+b") as file:
            yield LetteringStore(path, file, _positions(path, file, engine))
    except OSError as exc:
        raise InputError(f"{path}: cannot be opened: {exc.strerror or exc}") from exc


def _positions(path: Path, file: BinaryIO, engine: str) -> dict[str, int]:
    """Return where the line of each picture begins, in a file that now ends after a whole line."""
    head = file.readline()
    if not head.endswith(b"\n"):
        if not b'{"format": 1, "engine": '.startswith(head[:24]):
            raise InputError(f"{path}: {_ADVICE}")
        file.seek(0)
        file.truncate()
        file.write(json.dumps({"format": _FORMAT, "engine": engine}).encode() + b"\n")
        file.flush()
        return {}
    found = _decoded(path, head, _Head)
    if (found.format, found.engine) != (_FORMAT, engine):
        raise InputError(
            f"{path}: was read by {quoted(found.engine)} in format {found.format}, expected"
            f" {quoted(engine)} in format {_FORMAT}: name another file, or remove it"
        )
    positions: dict[str, int] = {}
    start = file.tell()
    for line in file:
        if not line.endswith(b"\n"):
            break
        positions[_decoded(path, line, _Entry).picture] = start
        start += len(line)
    file.seek(start)
    file.truncate()
    return positions


def _decoded(path: Path, line: bytes, kind: type[_Kind]) -> _Kind:
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InputError(f"{path}: {_ADVICE}") from None


def _lettering(entry: _Entry) -> Lettering:
    lines = tuple(Line(text, confidence, Box(*box)) for text, confidence, box in entry.lines)
    return Lettering(entry.state, lines, aspect=entry.aspect, reason=entry.reason)
