"""Word vectors as text: on each line a word and its numbers, as GloVe and word2vec write them.

Blanks or TABs part them. A word may hold blanks, so a line is read from its end.
"""

from collections.abc import Iterator, Sequence
from itertools import islice, takewhile
from pathlib import Path
from typing import BinaryIO

import numpy as np

from mner.encoding.vector_blocks import BLOCK, BOM, VectorBlock, location, reading
from mner.errors import InputError, clipped
from mner.types import Floats

__all__ = ["count_numbers", "is_number", "text_blocks"]

_NumberedLines = list[tuple[int, bytes]]

_MOST_LINE = 1_000_000
"""Bytes of a line: a word and thousands of numbers."""
_MOST_BLANK = 10_000
"""Blank lines in a row. A small .gz can hold so many that reading them has no end."""


def text_blocks(path: Path, dimension: int, *, count: int | None) -> Iterator[VectorBlock]:
    """Yield the vectors of a text file.

    Args:
        path: the file.
        dimension: numbers in a vector (K).
        count: the number of vectors that the first line announces; None where the first line is a
            vector like the others.

    Raises:
        InputError: a line is wrong, or there are not as many vectors as announced.
    """
    read = 0
    with reading(path) as stream:
        lines = _content_lines(path, stream, skip=0 if count is None else 1)
        while block := list(islice(lines, BLOCK)):
            read += len(block)
            yield _text_block(path, block, dimension=dimension)
    if count is not None and read != count:
        raise InputError(
            f"{path}:1: announces {count} vectors, but {read} follow: the file is cut off or "
            "damaged; download or copy it again"
        )


def is_number(field: bytes) -> bool:
    """Return whether a field of a line is a number."""
    try:
        float(field)
    except ValueError:
        return False
    return True


def count_numbers(line: bytes) -> int:
    """Return how many fields at the end of a line are numbers; the first field never counts."""
    return len(list(takewhile(is_number, reversed(line.split()[1:]))))


def _content_lines(path: Path, stream: BinaryIO, *, skip: int) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not blank, each with its number."""
    last = 0
    lines = iter(lambda: stream.readline(_MOST_LINE), b"")
    for number, line in enumerate(lines, start=1):
        if len(line) == _MOST_LINE or number - last > _MOST_BLANK:
            fault = "too long" if len(line) == _MOST_LINE else "after too many blank lines"
            raise InputError(
                f"{location(path, 'line', number)}: the line is {fault}: expected a word and its"
                f" numbers, at most {_MOST_LINE} bytes and {_MOST_BLANK} blank lines before them"
            )
        content = line.removeprefix(BOM) if number == 1 else line
        content = content.rstrip(b"\r\n\t ")
        if not content:
            continue
        last = number
        if number > skip:
            yield number, content


def _text_block(path: Path, lines: _NumberedLines, *, dimension: int) -> VectorBlock:
    words, numbers, positions = [], [], []
    for position, line in lines:
        word, _, rest = line.partition(b" ")
        # Nearly all lines of most files have one blank after the word and between the numbers.
        if rest.count(b" ") != dimension - 1 or b"\t" in line or rest.startswith(b" "):
            where = location(path, "line", position)
            word, rest = _split_from_right(line, dimension, where=where)
        words.append(word)
        numbers.append(rest)
        positions.append(position)
    values = _parse(path, numbers, positions=positions, dimension=dimension)
    return VectorBlock(words, values, positions)


def _split_from_right(line: bytes, dimension: int, *, where: str) -> tuple[bytes, bytes]:
    """Return word and numbers of a line whose word has blanks, as in GloVe 840B, or with TABs.

    The word is empty where it is missing. If the word has blanks and ends with a number, the line
    has too many numbers.
    """
    fields = line.rsplit(None, dimension)
    if line.startswith((b" ", b"\t")) and len(fields) == dimension:
        return b"", b" ".join(fields)
    if len(fields) == dimension + 1:
        *before, last = fields[0].split()
        if not (before and is_number(last)):
            return fields[0], b" ".join(fields[1:])
    got = count_numbers(line)
    raise InputError(
        f"{where}: expected a word and {dimension} numbers, got {got} numbers: correct or remove "
        "the line"
    )


def _parse(
    path: Path, numbers: Sequence[bytes], *, positions: Sequence[int], dimension: int
) -> Floats:
    """Return the values of n lines, (n, K)."""
    try:
        values = np.loadtxt(
            [line.decode("ascii") for line in numbers],
            dtype=np.float32,
            delimiter=" ",
            comments=None,
            ndmin=2,
        )
    except ValueError as exc:
        if len(numbers) > 1:  # read line by line, to find the one that is wrong
            for position, line in zip(positions, numbers, strict=True):
                _parse(path, [line], positions=[position], dimension=dimension)
        where = location(path, "line", positions[0])
        reason = str(exc).partition(" at row")[0]
        raise InputError(
            f"{where}: expected {dimension} numbers after the word: {clipped(reason)}"
        ) from exc
    return values
