"""Word vectors in word2vec's binary format.

After the first line, a record is a word, a blank, and little-endian 32-bit floats, with or without
a newline after them.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import numpy as np

from mner.encoding.vector_blocks import BLOCK, CHUNK, VectorBlock, location, reading
from mner.errors import InputError
from mner.types import Floats

__all__ = ["binary_blocks"]

_LONGEST_WORD = 1 << 14


def binary_blocks(path: Path, count: int, *, dimension: int, start: int) -> Iterator[VectorBlock]:
    """Yield the vectors of a word2vec binary file.

    Args:
        path: the file.
        count: the number of vectors that the first line announces.
        dimension: numbers in a vector (K).
        start: the byte at which the records begin.

    Raises:
        InputError: the file is damaged, or holds fewer or more vectors than announced.
    """
    with reading(path) as stream:
        stream.read(start)
        records = _records(path, stream, count=count, width=4 * dimension, start=start)
        while block := list(islice(records, BLOCK)):
            words, vectors, positions = zip(*block, strict=True)
            values = np.frombuffer(b"".join(vectors), dtype="<f4").reshape(-1, dimension)
            yield VectorBlock(list(words), cast("Floats", values), list(positions))


class _Record(NamedTuple):
    """A word, the bytes of its vector, and the byte at which the word begins."""

    word: bytes
    vector: bytes
    position: int


def _records(
    path: Path, stream: BinaryIO, *, count: int, width: int, start: int
) -> Iterator[_Record]:
    """Yield each of `count` records; `start` is the byte of the file at which `data` begins."""
    data, at = b"", 0
    for number in range(1, count + 1):
        while (blank := data.find(b" ", at)) < 0 or len(data) <= blank + width:
            if blank < 0 and len(data) - at > _LONGEST_WORD:
                raise InputError(
                    f"{location(path, 'byte', start + at)}: expected word {number} of {count} and "
                    "a blank after it: the file is damaged; copy it again"
                )
            chunk = stream.read(CHUNK)
            if not chunk:
                raise InputError(
                    f"{location(path, 'byte', start + len(data))}: the file ends inside vector "
                    f"{number} of {count}: it is cut off; download or copy it again"
                )
            data, at, start = data[at:] + chunk, 0, start + at
        word = data[at:blank].lstrip(b"\n")
        end = blank + 1 + width
        yield _Record(word, data[blank + 1 : end], start + blank - len(word))
        at = end
    if (data[at:] + stream.read(CHUNK)).strip(b"\r\n"):
        raise InputError(
            f"{location(path, 'byte', start + at)}: more follows after the {count} vectors that "
            "the first line announces: the file is damaged"
        )
