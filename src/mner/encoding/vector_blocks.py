"""What the readers of all formats of word vectors share: blocks of vectors, and open files."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, cast

from mner.errors import InputError, clipped
from mner.types import Floats

__all__ = ["BLOCK", "BOM", "CHUNK", "VectorBlock", "VectorFile", "location", "reading"]

BLOCK = 1024
"""Vectors in a block: enough to keep numpy busy, and little beside a whole matrix."""
CHUNK = 1 << 20
"""Bytes that are read at once."""
BOM = b"\xef\xbb\xbf"

_GZIP = b"\x1f\x8b"


class VectorBlock(NamedTuple):
    """Some words and their vectors, in the order of the file."""

    words: list[bytes]
    """n words as the file has them."""
    values: Floats
    """(n, K)"""
    positions: list[int]
    """Where each vector is in the file, in `VectorFile.unit`."""


@dataclass(frozen=True)
class VectorFile:
    """A file of word vectors whose format has been recognised."""

    path: Path
    dimension: int
    """Numbers in a vector (K)."""
    count: int | None
    """How many vectors the file says it holds, where it does."""
    unit: Literal["line", "byte", "word"]
    """What positions count: lines and words from 1, bytes from 0 (in a .gz, of its content)."""
    blocks: Iterator[VectorBlock]
    """All vectors, to be read once; raises InputError with the line or byte that is wrong."""

    def location(self, position: int) -> str:
        """Return a position as messages name it."""
        return location(self.path, self.unit, position)


def location(path: Path, unit: Literal["line", "byte", "word"], position: int) -> str:
    """Return a position in a file as messages name it."""
    if unit == "line":
        return f"{path}:{position}"
    return f"{path}: {unit} {position}"


@contextmanager
def reading(path: Path) -> Iterator[BinaryIO]:
    """Open the content of a file, unpacked if it is a .gz.

    Raises:
        InputError: the .gz is damaged.
    """
    with path.open("rb") as file:
        content: BinaryIO = file
        if file.peek(2).startswith(_GZIP):
            unpacked = cast("io.RawIOBase", gzip.GzipFile(fileobj=file))
            content = cast("BinaryIO", io.BufferedReader(unpacked, CHUNK))
        try:
            yield content
        except (EOFError, gzip.BadGzipFile, zlib.error) as exc:
            raise InputError(
                f"{path}: the .gz is damaged or cut off after byte {content.tell()} of its content "
                f"({clipped(exc)}): download or copy it again"
            ) from exc
