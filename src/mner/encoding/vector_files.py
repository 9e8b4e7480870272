"""Files of word vectors, read block by block: GloVe's and word2vec's text, word2vec's binary, each also as `.gz`, and gensim's own.

The format is recognised from the content. A word2vec file starts with a line `count dimension`; in the binary form each word is followed by a blank
and little-endian 32-bit floats, with or without a newline behind them.
"""

import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice, takewhile
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple, cast

import numpy as np

from mner.errors import InputError, MissingExtraError
from mner.types import Floats

__all__ = ["VectorBlock", "VectorFile", "open_vectors"]

_HEAD = 1 << 17
"""Bytes that the format is recognised from: some lines of any real file."""
_BLOCK = 1024
"""Vectors in a block: enough to keep numpy busy, nothing beside a matrix."""
_CHUNK = 1 << 20
_LONGEST_WORD = 1 << 14
_GZIP, _BOM = b"\x1f\x8b", b"\xef\xbb\xbf"
_PICKLES = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
_COUNT_LINE = re.compile(rb"(\d+) (\d+)[ \t\r]*\n")
_NumberedLines = list[tuple[int, bytes]]


class VectorBlock(NamedTuple):
    """Some words and their vectors, in the order of the file."""

    words: list[bytes]
    """n words as they stand in the file."""
    values: Floats
    """(n, K)"""
    places: list[int]
    """Where each vector stands, counted in `VectorFile.unit`."""


@dataclass(frozen=True)
class VectorFile:
    """A file of word vectors whose format has been recognised."""

    path: Path
    dimension: int
    """Numbers in a vector (K)."""
    count: int | None
    """How many vectors the file says it holds, where it does."""
    unit: Literal["line", "byte", "word"]
    """What places count: lines and words from 1, bytes from 0 (in a .gz, of its content)."""
    blocks: Iterator[VectorBlock]
    """All vectors, to be read once; raises InputError at the line or byte that is wrong."""

    def where(self, place: int) -> str:
        """A place as messages name it."""
        return _where(self.path, self.unit, place)


def open_vectors(path: Path) -> VectorFile:
    """Recognise the format of a file of word vectors.

    Raises:
        InputError: the file is empty, damaged, or of no known format.
        MissingExtraError: a file of gensim's own, and gensim is not installed.
    """
    with _reading(path) as stream:
        head = stream.read(_HEAD).removeprefix(_BOM)
    if head.startswith(_PICKLES):
        return _open_gensim(path)
    if counts := _COUNT_LINE.match(head):
        count, dimension = int(counts[1]), int(counts[2])
        if dimension < 1:
            raise InputError(
                f"{path}:1: expected a count and a dimension of at least 1, got {head[: counts.end()].strip().decode()!r}"
            )
        if _is_binary(head[counts.end() :], dimension):
            return VectorFile(
                path,
                dimension,
                count,
                "byte",
                _binary_blocks(path, count, dimension=dimension, start=counts.end()),
            )
        return VectorFile(
            path, dimension, count, "line", _text_blocks(path, dimension, count=count)
        )
    dimension = _text_dimension(path, head)
    return VectorFile(path, dimension, None, "line", _text_blocks(path, dimension))


@contextmanager
def _reading(path: Path) -> Iterator[BinaryIO]:
    """The content of a file, unpacked where it is a .gz."""
    with path.open("rb") as file:
        is_packed = file.peek(2).startswith(_GZIP)
        content = (
            cast(
                "BinaryIO",
                io.BufferedReader(cast("io.RawIOBase", gzip.GzipFile(fileobj=file)), _CHUNK),
            )
            if is_packed
            else file
        )
        try:
            yield content
        except (EOFError, gzip.BadGzipFile, zlib.error) as exc:
            raise InputError(
                f"{path}: the .gz is damaged or cut off after byte {content.tell()} of its content ({exc}): download or copy it again"
            ) from exc


def _is_binary(after: bytes, dimension: int) -> bool:
    """Whether what follows the count line is not mostly numbers in text."""
    fields = after.partition(b"\n")[0].rstrip(b"\r ").rsplit(b" ", dimension)[1:]
    return bool(fields) and sum(map(_is_number, fields)) * 2 < len(fields)


def _text_dimension(path: Path, head: bytes) -> int:
    """How many numbers most of the first lines hold, since a word may have blanks and a line may be wrong."""
    if not head.strip():
        raise InputError(f"{path}: holds no word vectors")
    lines = head.splitlines(keepends=True) if len(head) < _HEAD else head.split(b"\n")[:-1]
    if b"\0" in head or not lines:
        known = "GloVe text, word2vec text or binary, each also as .gz, or gensim's KeyedVectors (not its .npy beside)"
        raise InputError(f"{path}: not a file of word vectors in a known format: expected {known}")
    contents = [content for line in lines if (content := line.rstrip(b"\r\n "))]
    dimension = Counter(content.count(b" ") for content in contents).most_common(1)[0][0]
    if dimension < 1:
        raise InputError(f"{path}:1: expected a word and its numbers, got {contents[0][:60]!r}")
    return dimension


def _text_blocks(path: Path, dimension: int, *, count: int | None = None) -> Iterator[VectorBlock]:
    """The vectors of a text file, whose first line is skipped where it holds their count."""
    found = 0
    with _reading(path) as stream:
        lines = _content_lines(stream, skip=0 if count is None else 1)
        while block := list(islice(lines, _BLOCK)):
            found += len(block)
            yield _text_block(path, block, dimension=dimension)
    if count is not None and found != count:
        raise InputError(
            f"{path}:1: announces {count} vectors, but {found} follow: the file is cut off or damaged; download or copy it again"
        )


def _content_lines(stream: Iterable[bytes], *, skip: int) -> Iterator[tuple[int, bytes]]:
    """Numbered lines that are not blank."""
    for number, line in enumerate(stream, start=1):
        content = (line.removeprefix(_BOM) if number == 1 else line).rstrip(b"\r\n ")
        if content and number > skip:
            yield number, content


def _text_block(path: Path, lines: _NumberedLines, *, dimension: int) -> VectorBlock:
    words, numbers = [], []
    for place, line in lines:
        word, _, rest = line.partition(b" ")
        if rest.count(b" ") != dimension - 1:
            word, rest = _split_from_right(line, dimension, where=_where(path, "line", place))
        words.append(word)
        numbers.append(rest)
    places = [place for place, _ in lines]
    return VectorBlock(words, _parse(path, numbers, places=places, dimension=dimension), places)


def _split_from_right(line: bytes, dimension: int, *, where: str) -> tuple[bytes, bytes]:
    """Word and numbers of a line whose word has blanks, as in GloVe 840B; a number before the last K is one too many."""
    fields = line.rsplit(b" ", dimension)
    if len(fields) == dimension + 1 and not _is_number(fields[0].rpartition(b" ")[2]):
        return fields[0], b" ".join(fields[1:])
    got = len(list(takewhile(_is_number, reversed(line.split(b" ")[1:]))))
    raise InputError(f"{where}: expected a word and {dimension} numbers, got {got} numbers")


def _parse(
    path: Path, numbers: Sequence[bytes], *, places: Sequence[int], dimension: int
) -> Floats:
    """The values of lines, (n, K)."""
    try:
        values = np.loadtxt(
            [line.decode("ascii") for line in numbers],
            dtype=np.float32,
            delimiter=" ",
            comments=None,
            ndmin=2,
        )
    except ValueError as exc:
        if len(numbers) > 1:
            for place, line in zip(places, numbers, strict=True):
                _parse(path, [line], places=[place], dimension=dimension)
        reason = str(exc).partition(" at row")[0]
        raise InputError(
            f"{_where(path, 'line', places[0])}: expected {dimension} numbers after the word: {reason}"
        ) from exc
    return values


def _binary_blocks(path: Path, count: int, *, dimension: int, start: int) -> Iterator[VectorBlock]:
    """The vectors of a word2vec binary file, whose records begin at byte `start`."""
    with _reading(path) as stream:
        stream.read(start)
        records = _binary_records(path, stream, count=count, width=4 * dimension, start=start)
        while block := list(islice(records, _BLOCK)):
            words, vectors, places = zip(*block, strict=True)
            values = np.frombuffer(b"".join(vectors), dtype="<f4").reshape(-1, dimension)
            yield VectorBlock(list(words), cast("Floats", values), list(places))


def _binary_records(
    path: Path, stream: BinaryIO, *, count: int, width: int, start: int
) -> Iterator[tuple[bytes, bytes, int]]:
    """The word, the bytes of its vector, and the byte where the word begins, for each of `count` records."""
    data, at = b"", 0
    for number in range(1, count + 1):
        while (blank := data.find(b" ", at)) < 0 or len(data) <= blank + width:
            if blank < 0 and len(data) - at > _LONGEST_WORD:
                raise InputError(
                    f"{path}: byte {start + at}: expected word {number} of {count} and a blank behind it: the file is damaged; copy it again"
                )
            chunk = stream.read(_CHUNK)
            if not chunk:
                end = start + len(data)
                raise InputError(
                    f"{path}: byte {end}: the file ends inside vector {number} of {count}: it is cut off; download or copy it again"
                )
            data, at, start = data[at:] + chunk, 0, start + at
        word = data[at:blank].lstrip(b"\n")
        yield word, data[blank + 1 : blank + 1 + width], start + blank - len(word)
        at = blank + 1 + width
    if (data[at:] + stream.read(_CHUNK)).strip(b"\r\n"):
        raise InputError(
            f"{path}: byte {start + at}: more follows after the {count} vectors that the first line announces: the file is damaged"
        )


def _open_gensim(path: Path) -> VectorFile:
    """A file that `KeyedVectors.save` or `Word2Vec.save` wrote: a pickle, and so gensim's to read."""
    if find_spec("gensim") is None:
        raise MissingExtraError(f"{path}: reading a file of gensim's own", "gensim")
    from gensim.models import KeyedVectors

    try:
        saved = KeyedVectors.load(str(path), mmap="r")
    except Exception as exc:  # a pickle can fail with any error at all
        raise InputError(
            f"{path}: gensim cannot read it ({type(exc).__name__}: {exc}): are the .npy files that belong to it beside it?"
        ) from exc
    keyed = getattr(saved, "wv", saved)
    if not isinstance(keyed, KeyedVectors):
        raise InputError(
            f"{path}: expected word vectors of gensim (KeyedVectors, or a model that has them), got {type(saved).__name__}"
        )
    return VectorFile(path, int(keyed.vector_size), len(keyed), "word", _gensim_blocks(keyed))


def _gensim_blocks(keyed: Any) -> Iterator[VectorBlock]:
    for start in range(0, len(keyed), _BLOCK):
        words = [
            str(word).encode("utf-8", "surrogatepass")
            for word in keyed.index_to_key[start : start + _BLOCK]
        ]
        values = np.asarray(keyed.vectors[start : start + _BLOCK], dtype=np.float32)
        yield VectorBlock(words, values, list(range(start + 1, start + 1 + len(words))))


def _is_number(field: bytes) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _where(path: Path, unit: str, place: int) -> str:
    return f"{path}:{place}" if unit == "line" else f"{path}: {unit} {place}"
