"""From a file of word vectors to the arrays of a table, block by block.

The matrix is written in the order of the file, so that it is never in memory, nor twice on disk: `rows.npy` tells in which row each hash has its vector.
"""

import hashlib
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from mner.encoding.vector_files import VectorBlock, VectorFile, open_vectors
from mner.errors import DataWarning, InputError
from mner.types import Ints

__all__ = ["HASHES", "MATRIX", "ROWS", "convert_vectors", "word_hash"]

HASHES, ROWS, MATRIX = "hashes.npy", "rows.npy", "matrix.npy"
_LARGEST = float(np.finfo(np.float16).max)
_UNREADABLE_SHARE = 0.01
"""word2vec cuts long words within a character, so good files have a few words that are not UTF-8; more of them mean another encoding."""


def convert_vectors(path: Path, folder: Path) -> None:
    """Write the arrays of a table into an empty folder.

    Raises:
        InputError: something in the file is not what it should be (names the line or byte).
        MissingExtraError: see `open_vectors`.
    """
    file = open_vectors(path)
    hashes: list[NDArray[np.uint64]] = []
    places: list[Ints] = []
    unreadable: list[int] = []
    with (
        (folder / MATRIX).open("wb") as matrix,
        tqdm(
            desc=f"converting {file.path.name}", unit=" words", total=file.count, leave=False
        ) as progress,
    ):
        _write_head(matrix, rows=0, dimension=file.dimension)
        for block in _readable(file.blocks, unreadable):
            matrix.write(_halves(file, block).tobytes())
            hashes.append(np.array([word_hash(word) for word in block.words], dtype=np.uint64))
            places.append(np.array(block.places, dtype=np.int64))
            progress.update(len(block.words))
        count = sum(map(len, hashes))
        if not count:
            raise InputError(f"{file.path}: holds no word vectors")
        matrix.seek(0)
        _write_head(matrix, rows=count, dimension=file.dimension)
    _report_unreadable(file, unreadable, count)
    _write_index(file, folder, hashes=np.concatenate(hashes), places=np.concatenate(places))


def word_hash(word: bytes) -> int:
    """The 64-bit hash by which a table finds a word (its bytes in UTF-8)."""
    return int.from_bytes(hashlib.blake2b(word, digest_size=8).digest(), "little")


def _write_head(file: BinaryIO, *, rows: int, dimension: int) -> None:
    """The head of an array file; numpy pads it so that its length is the same for any number of rows."""
    np.lib.format.write_array_header_1_0(
        file, {"descr": "<f2", "fortran_order": False, "shape": (rows, dimension)}
    )


def _readable(blocks: Iterator[VectorBlock], unreadable: list[int]) -> Iterator[VectorBlock]:
    """The blocks without words that are not UTF-8, whose places are noted: no token can ever be one."""
    for block in blocks:
        if _is_utf8(b"\n".join(block.words)):
            yield block
            continue
        good = [_is_utf8(word) for word in block.words]
        unreadable += [
            place for place, is_good in zip(block.places, good, strict=True) if not is_good
        ]
        kept = [number for number, is_good in enumerate(good) if is_good]
        yield VectorBlock(
            [block.words[number] for number in kept],
            block.values[kept],
            [block.places[number] for number in kept],
        )


def _halves(file: VectorFile, block: VectorBlock) -> NDArray[np.float16]:
    """The values in half precision, (n, K)."""
    bad = np.flatnonzero(~np.all(np.abs(block.values) < _LARGEST, axis=1))
    if len(bad):
        where, word = file.where(block.places[bad[0]]), block.words[bad[0]].decode()
        raise InputError(
            f"{where}: the vector of {word!r} has numbers that are not finite or above {_LARGEST:.0f}"
        )
    return block.values.astype(np.float16)


def _report_unreadable(file: VectorFile, unreadable: Sequence[int], count: int) -> None:
    if not unreadable:
        return
    what = f"{file.where(unreadable[0])}: the word is not in UTF-8, as are {len(unreadable)} of {count + len(unreadable)}"
    if len(unreadable) > _UNREADABLE_SHARE * (count + len(unreadable)):
        raise InputError(f"{what}: save the file in UTF-8")
    warnings.warn(f"{what}; they are left out", DataWarning, stacklevel=5)


def _write_index(
    file: VectorFile, folder: Path, *, hashes: NDArray[np.uint64], places: Ints
) -> None:
    """Sort the hashes; of a word that stands twice with one vector the first is kept."""
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    is_repeated = np.concatenate([[False], ordered[1:] == ordered[:-1]])
    matrix = np.load(folder / MATRIX, mmap_mode="r")
    for later in np.flatnonzero(is_repeated):
        before, row = order[later - 1], order[later]
        if not np.array_equal(matrix[before], matrix[row]):
            raise InputError(
                f"{file.where(places[row])}: another vector of a word that stands at {file.unit} {places[before]} already: expected every word once"
            )
    np.save(folder / HASHES, ordered[~is_repeated])
    np.save(folder / ROWS, order[~is_repeated].astype(np.int64))


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
