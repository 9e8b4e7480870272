"""A table of word vectors, mapped from disk and searched by hash."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mner.errors import InputError, clipped
from mner.files.arrays import map_array
from mner.files.write import new_folder
from mner.types import Floats, Ints

__all__ = ["HASHES", "MATRIX", "ROWS", "TABLE_FILES", "VectorTable", "surface_forms", "word_hash"]

HASHES, ROWS, MATRIX = "hashes.npy", "rows.npy", "matrix.npy"
"""The files of a table: hashes in ascending order; for each of them the row of its vector, where
the matrix is in another order; and the vectors."""
_SCALES = "scales.npy"
TABLE_FILES = (HASHES, ROWS, MATRIX, _SCALES)
"""All files that a table may have."""
_BLOCK = 1 << 16


class VectorTable:
    """N words and their vectors of K numbers, found by a 64-bit hash of the word.

    The words themselves are not kept. With a table of a million words, the chance that another word
    is taken for one of them is 5e-14.

    Args:
        hashes: (N,), ascending.
        matrix: (N, K), in half precision, or in eight bits with a scale for each word.
        scales: what each row of a matrix of int8 is multiplied by.
        order: (N,), the row of the matrix for each hash; None for a matrix in the order of the
            hashes. With it, the matrix may have more rows than N.
    """

    def __init__(
        self,
        hashes: NDArray[np.uint64],
        matrix: NDArray[np.float16] | NDArray[np.int8],
        scales: NDArray[np.float16] | None = None,
        *,
        order: Ints | None = None,
    ) -> None:
        self.hashes = hashes
        # As plain arrays, since each slice of a `memmap` costs more than its rows.
        self._matrix = np.asarray(matrix)
        self._scales = None if scales is None else np.asarray(scales)
        self._order = order

    @classmethod
    def from_words(cls, words: Sequence[str], matrix: NDArray[np.floating]) -> "VectorTable":
        """Make a table of N words, each once, and their vectors (N, K)."""
        hashes = _hashes_of(words)
        order = np.argsort(hashes)
        return cls(hashes[order], matrix[order].astype(np.float16))

    @classmethod
    def open(cls, folder: Path) -> "VectorTable":
        """Map a saved table; only the heads of its files are read.

        Raises:
            InputError: the folder does not hold a table, or its files do not fit each other.
        """
        try:
            hashes, matrix = map_array(folder / HASHES), map_array(folder / MATRIX)
            scales, order = _mapped_if_there(folder / _SCALES), _mapped_if_there(folder / ROWS)
        except (OSError, ValueError) as exc:
            raise InputError(f"{folder}: not a table of word vectors ({clipped(exc)})") from exc
        if not _fit(hashes, matrix, scales=scales, order=order):
            raise InputError(
                f"{folder}: {HASHES} {hashes.shape} and {MATRIX} {matrix.shape} do not belong "
                "together: convert the vectors again"
            )
        if wrong := _wrong_numbers(hashes, len(matrix), scales=scales, order=order):
            raise InputError(f"{folder}: {wrong}: convert the vectors again")
        return cls(hashes, matrix, scales, order=order)

    def save(self, folder: Path) -> None:
        """Write the table into a folder.

        The folder appears, in place of an older one, only when it is complete.
        """
        with new_folder(folder) as temporary:
            np.save(temporary / HASHES, self.hashes)
            if self._order is None:
                np.save(temporary / MATRIX, self._matrix)
            else:
                self._save_in_order(temporary / MATRIX, self._order)
            if self._scales is not None:
                scales = self._scales if self._order is None else self._scales[self._order]
                np.save(temporary / _SCALES, scales)

    def __len__(self) -> int:
        return len(self.hashes)

    @property
    def dimension(self) -> int:
        """Numbers in a vector (K)."""
        return int(self._matrix.shape[1])

    def rows(self, words: Sequence[str]) -> Ints:
        """Return the row of each word, (len(words),); -1 for a word that is not in the table.

        A word is looked up by its surface forms in order; the first that is there counts.
        """
        rows = np.full(len(words), -1, dtype=np.int64)
        if not len(self):
            return rows
        forms = list(map(surface_forms, words))
        for choice in range(max(map(len, forms), default=0)):
            unknown = np.flatnonzero(rows < 0)
            tried = [position for position in unknown if choice < len(forms[position])]
            rows[tried] = self._exact_rows([forms[position][choice] for position in tried])
        return rows

    def vectors(self, rows: Ints) -> Floats:
        """Return the vectors of rows, (*rows.shape, K); zeros for row -1."""
        if not len(self):
            return np.zeros((*rows.shape, self.dimension), dtype=np.float32)
        kept = np.maximum(rows, 0)
        if self._order is not None:
            kept = self._order[kept]
        vectors = np.asarray(self._matrix[kept], dtype=np.float32)
        if self._scales is not None:
            vectors *= self._scales[kept].astype(np.float32)[..., None]
        vectors[rows < 0] = 0.0
        return vectors

    def _exact_rows(self, words: Sequence[str]) -> Ints:
        wanted = _hashes_of(words)
        rows = np.minimum(np.searchsorted(self.hashes, wanted), len(self) - 1)
        return np.where(self.hashes[rows] == wanted, rows, -1).astype(np.int64)

    def _save_in_order(self, path: Path, order: Ints) -> None:
        """Write the matrix in the order of the hashes, one block in memory at a time.

        So there is no third file that could be lost unnoticed.
        """
        matrix = np.lib.format.open_memmap(
            path, mode="w+", dtype=self._matrix.dtype, shape=(len(order), self.dimension)
        )
        for start in range(0, len(order), _BLOCK):
            matrix[start : start + _BLOCK] = self._matrix[order[start : start + _BLOCK]]
        matrix.flush()


def surface_forms(word: str) -> tuple[str, ...]:
    """Return the forms under which a word is looked up, in order, each once.

    These are the word itself, in lower case, without leading # and @, and both.
    """
    stripped = word.lstrip("#@")
    forms = dict.fromkeys((word, word.lower(), stripped, stripped.lower()))
    return tuple(filter(None, forms))


def word_hash(word: bytes) -> int:
    """Return the 64-bit hash by which a table finds a word (its bytes in UTF-8)."""
    return int.from_bytes(hashlib.blake2b(word, digest_size=8).digest(), "little")


def _hashes_of(words: Sequence[str]) -> NDArray[np.uint64]:
    hashes = [word_hash(word.encode("utf-8", "surrogatepass")) for word in words]
    return np.array(hashes, dtype=np.uint64)


def _mapped_if_there(path: Path) -> NDArray[Any] | None:
    return map_array(path) if path.exists() else None


def _wrong_numbers(
    hashes: NDArray[Any],
    row_count: int,
    *,
    scales: NDArray[Any] | None,
    order: NDArray[Any] | None,
) -> str:
    """Say which file of a table that fits in types and shapes holds wrong numbers; "" if none."""
    if not (hashes[1:] > hashes[:-1]).all():
        return f"{HASHES} is not in ascending order"
    if order is not None and len(order) and not 0 <= order.min() <= order.max() < row_count:
        return f"{ROWS} names rows that are not among the {row_count} of {MATRIX}"
    if scales is not None and not np.isfinite(scales).all():
        return f"{_SCALES} holds numbers that are not finite"
    return ""


def _fit(
    hashes: NDArray[Any],
    matrix: NDArray[Any],
    *,
    scales: NDArray[Any] | None,
    order: NDArray[Any] | None,
) -> bool:
    """Return whether the arrays of a table have types and shapes that belong together."""
    if hashes.ndim != 1 or hashes.dtype != np.uint64 or matrix.ndim != 2:
        return False
    if scales is None:
        values_fit = matrix.dtype == np.float16
    else:
        types_fit = matrix.dtype == np.int8 and scales.dtype == np.float16
        values_fit = types_fit and scales.shape == matrix.shape[:1]
    if order is None:
        return values_fit and len(hashes) == len(matrix)
    order_fits = order.dtype == np.int64 and order.shape == hashes.shape
    return values_fit and order_fits and len(hashes) <= len(matrix)
