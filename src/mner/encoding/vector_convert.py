"""From a file of word vectors to the arrays of a table, block by block.

The matrix is written in the order of the file, so that it is never in memory as a whole, nor twice
on disk. The file of rows says in which row of the matrix the vector of each hash is.
"""

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from mner.encoding.vector_blocks import VectorBlock, VectorFile
from mner.encoding.vector_files import open_vectors
from mner.encoding.vectors import HASHES, MATRIX, ROWS, word_hash
from mner.errors import DataWarning, InputError, quoted
from mner.files.terminal import shown
from mner.types import Ints

__all__ = ["convert_vectors"]

_LARGEST = float(np.finfo(np.float16).max)
_UNREADABLE_SHARE = 0.01
"""The largest share of words that may not be UTF-8. word2vec cuts long words within a character, so
good files have a few; a larger share means another encoding."""


def convert_vectors(path: Path, folder: Path, *, allow_pickle: bool = False) -> None:
    """Write the arrays of a table into an empty folder.

    Args:
        path: the file of word vectors.
        folder: the folder.
        allow_pickle: see `open_vectors`.

    Raises:
        InputError: something in the file is wrong (names the line or byte).
        MissingExtraError: see `open_vectors`.
    """
    file = open_vectors(path, allow_pickle=allow_pickle)
    hashes: list[NDArray[np.uint64]] = []
    positions: list[Ints] = []
    unreadable: list[int] = []
    progress = tqdm(
        desc=shown(f"converting {file.path.name}"), unit=" words", total=file.count, leave=False
    )
    with (folder / MATRIX).open("wb") as matrix, progress:
        _write_head(matrix, rows=0, dimension=file.dimension)
        for block in _readable(file.blocks, unreadable):
            matrix.write(_halves(file, block).tobytes())
            hashes.append(np.array([word_hash(word) for word in block.words], dtype=np.uint64))
            positions.append(np.array(block.positions, dtype=np.int64))
            progress.update(len(block.words))
        count = sum(map(len, hashes))
        if not count:
            raise InputError(f"{file.path}: holds no word vectors")
        matrix.seek(0)
        _write_head(matrix, rows=count, dimension=file.dimension)
    _report_unreadable(file, unreadable, count)
    _write_index(file, folder, hashes=np.concatenate(hashes), positions=np.concatenate(positions))


def _write_head(file: BinaryIO, *, rows: int, dimension: int) -> None:
    """Write the head of an array file; numpy pads it to the same length for any number of rows."""
    np.lib.format.write_array_header_1_0(
        file, {"descr": "<f2", "fortran_order": False, "shape": (rows, dimension)}
    )


def _readable(blocks: Iterator[VectorBlock], unreadable: list[int]) -> Iterator[VectorBlock]:
    """Yield the blocks without words that are empty or not in UTF-8, which no token can be.

    The positions of these words are added to `unreadable`.
    """
    for block in blocks:
        if all(block.words) and _is_utf8(b"\n".join(block.words)):
            yield block
            continue
        kept = [number for number, word in enumerate(block.words) if word and _is_utf8(word)]
        positions = [block.positions[number] for number in kept]
        unreadable += sorted(set(block.positions) - set(positions))
        yield VectorBlock([block.words[number] for number in kept], block.values[kept], positions)


def _halves(file: VectorFile, block: VectorBlock) -> NDArray[np.float16]:
    """Return the values in half precision, (n, K)."""
    wrong = np.flatnonzero(~np.all(np.abs(block.values) <= _LARGEST, axis=1))
    if len(wrong):
        where = file.location(block.positions[wrong[0]])
        word = block.words[wrong[0]].decode()
        raise InputError(
            f"{where}: the vector of {quoted(word)} has numbers that are not finite or above "
            f"{_LARGEST:.0f}"
        )
    return block.values.astype(np.float16)


def _report_unreadable(file: VectorFile, unreadable: Sequence[int], count: int) -> None:
    """Warn of words that are not UTF-8 or missing, or raise an error if they are many."""
    if not unreadable:
        return
    total = count + len(unreadable)
    where = file.location(unreadable[0])
    report = f"{where}: the word is missing or not in UTF-8, as are {len(unreadable)} of {total}"
    if len(unreadable) > _UNREADABLE_SHARE * total:
        raise InputError(f"{report}: save the file in UTF-8, with a word on each line")
    warnings.warn(f"{report}; they are left out", DataWarning, stacklevel=5)


def _write_index(
    file: VectorFile, folder: Path, *, hashes: NDArray[np.uint64], positions: Ints
) -> None:
    """Sort the hashes; the first vector of a word that occurs several times is kept."""
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    is_repeated = np.concatenate([[False], ordered[1:] == ordered[:-1]])
    _report_repeated(file, order, is_repeated, positions=positions)
    np.save(folder / HASHES, ordered[~is_repeated])
    np.save(folder / ROWS, order[~is_repeated].astype(np.int64))


def _report_repeated(
    file: VectorFile, order: Ints, is_repeated: NDArray[np.bool_], *, positions: Ints
) -> None:
    """Warn of words that occur several times, and name the first repetition in the file.

    Args:
        file: the file.
        order: (N,), the vectors of the file by ascending hashes.
        is_repeated: (N,), in that order, which are not the first of their word.
        positions: (N,), of the vectors in the order of the file.
    """
    repetitions = np.flatnonzero(is_repeated)
    if not len(repetitions):
        return
    first = repetitions[np.argmin(order[repetitions])]
    warnings.warn(
        f"{file.location(positions[order[first]])}: the word stands at {file.unit} "
        f"{positions[order[first - 1]]} already; the first vector of each word is kept, and "
        f"{len(repetitions)} of {len(order)} are left out",
        DataWarning,
        stacklevel=5,
    )


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
