"""Files of word vectors: the format is recognised from the content, then read block by block.

Known formats are GloVe's and word2vec's text, word2vec's binary (each also as `.gz`), and gensim's
own. A word2vec file starts with a line `count dimension`.
"""

import re
from collections import Counter
from pathlib import Path

from mner.encoding.vector_binary import binary_blocks
from mner.encoding.vector_blocks import BOM, VectorFile, reading
from mner.encoding.vector_gensim import open_gensim
from mner.encoding.vector_text import count_numbers, is_number, text_blocks
from mner.errors import InputError, quoted
from mner.recipe.advice import by_change

__all__ = ["open_vectors"]

_HEAD = 1 << 17
"""Bytes that the format is recognised from: some lines of any real file."""
_PICKLES = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
_DECIMAL_COMMA = re.compile(rb"\s[-+]?\d+,\d+(?=\s|$)")
_COUNT_LINE = re.compile(rb"(\d+)[ \t]+(\d+)[ \t\r]*\n")


def open_vectors(path: Path, *, allow_pickle: bool = False) -> VectorFile:
    """Recognise the format of a file of word vectors.

    Args:
        path: the file.
        allow_pickle: whether gensim may open its own files, which are pickles and can run programs.

    Raises:
        InputError: the file is empty, damaged, of no known format, or a pickle that is not allowed.
        MissingExtraError: it is a file of gensim's own, and gensim is not installed.
    """
    with reading(path) as stream:
        head = stream.read(_HEAD).removeprefix(BOM)
    if head.startswith(_PICKLES):
        _require_trust(path, allow_pickle=allow_pickle)
        return open_gensim(path)
    count_line = _COUNT_LINE.match(head)
    if count_line is None:
        dimension = _text_dimension(path, head)
        return VectorFile(path, dimension, None, "line", text_blocks(path, dimension, count=None))
    count, dimension = int(count_line[1]), int(count_line[2])
    if dimension < 1:
        line = head[: count_line.end()].strip().decode()
        raise InputError(
            f"{path}:1: expected a count and a dimension of at least 1, got {quoted(line)}"
        )
    if _is_binary(head[count_line.end() :], dimension):
        blocks = binary_blocks(path, count, dimension=dimension, start=count_line.end())
        return VectorFile(path, dimension, count, "byte", blocks)
    return VectorFile(path, dimension, count, "line", text_blocks(path, dimension, count=count))


def _require_trust(path: Path, *, allow_pickle: bool) -> None:
    if not allow_pickle:
        raise InputError(
            f"{path}: a pickle (gensim's own format), which can run any program when it is opened: "
            "expected word vectors in GloVe's or word2vec's format; if you trust its maker, allow "
            f"it by {by_change('text.allow_pickle=true')}"
        )


def _is_binary(records: bytes, dimension: int) -> bool:
    """Return whether what follows the count line is not mostly numbers in text."""
    fields = records.partition(b"\n")[0].rstrip(b"\r ").rsplit(b" ", dimension)[1:]
    return bool(fields) and sum(map(is_number, fields)) * 2 < len(fields)


def _text_dimension(path: Path, head: bytes) -> int:
    """Return how many numbers most of the first lines hold.

    A single line is not enough: a word may have blanks, and a line may be wrong.
    """
    if not head.strip():
        raise InputError(f"{path}: holds no word vectors")
    is_whole = len(head) < _HEAD
    lines = head.splitlines(keepends=True) if is_whole else head.split(b"\n")[:-1]
    if b"\0" in head or not lines:
        raise InputError(
            f"{path}: not a file of word vectors in a known format: expected GloVe text, word2vec "
            "text or binary, each also as .gz, or gensim's KeyedVectors (not the .npy beside it)"
        )
    contents = [line.rstrip(b"\r\n\t ") for line in lines if line.strip(b"\r\n\t ")]
    dimension = Counter(map(count_numbers, contents)).most_common(1)[0][0]
    if _DECIMAL_COMMA.search(contents[0]):
        raise InputError(
            f"{path}:1: the numbers have decimal commas, got {quoted(contents[0])}: expected "
            "decimal points; replace the commas between digits"
        )
    if dimension < 1:
        raise InputError(
            f"{path}:1: expected a word and its numbers, parted by blanks or TABs, got "
            f"{quoted(contents[0])}"
        )
    return dimension
