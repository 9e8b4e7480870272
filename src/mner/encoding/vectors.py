"""Word vectors: a file of any common format, converted once into a table that is mapped from disk and searched by hash."""

import hashlib
import logging
import os
import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mner.encoding.vector_convert import HASHES, MATRIX, ROWS, convert_vectors, word_hash
from mner.errors import InputError
from mner.files.locks import locked
from mner.files.paths import cache_folder, downloads_folder
from mner.files.write import new_folder
from mner.types import Floats, Ints

__all__ = ["VectorTable", "load_vectors", "surface_forms"]

_BLOCK = 1 << 16
_SCALES = "scales.npy"
_NAME = re.compile(r"\w[\w-]*")


class VectorTable:
    """N words and their vectors of K numbers, in half precision or in eight bits with a scale a word, found by a 64-bit hash of the word.

    The words themselves are not kept: that a word which is not in a table of a million is taken for one that is has a
    chance of 5e-14.
    """

    def __init__(
        self,
        hashes: NDArray[np.uint64],
        matrix: NDArray[np.float16] | NDArray[np.int8],
        scales: NDArray[np.float16] | None = None,
        *,
        order: Ints | None = None,
    ) -> None:
        """Take `hashes` (N,), ascending, and `matrix` (N, K).

        `scales` (N,) is what the rows of a matrix of int8 are multiplied by; `order` (N,) says in which row of a matrix (at least N, K) that is not
        sorted by hash each hash has its vector.
        """
        self._hashes = hashes
        self._matrix = matrix
        self._scales = scales
        self._order = order

    @classmethod
    def from_words(cls, words: Sequence[str], matrix: NDArray[np.floating]) -> "VectorTable":
        """Make a table of N words, each once, and their vectors (N, K)."""
        hashes = np.array(
            [word_hash(word.encode("utf-8", "surrogatepass")) for word in words], dtype=np.uint64
        )
        order = np.argsort(hashes)
        return cls(hashes[order], matrix[order].astype(np.float16))

    @classmethod
    def open(cls, folder: Path) -> "VectorTable":
        """Map a saved table; reads nothing but the files' heads.

        Raises:
            InputError: the folder does not hold a table, or its files do not fit each other.
        """
        try:
            hashes = np.load(folder / HASHES, mmap_mode="r", allow_pickle=False)
            matrix = np.load(folder / MATRIX, mmap_mode="r", allow_pickle=False)
            scales, order = (
                np.load(folder / name, mmap_mode="r", allow_pickle=False)
                if (folder / name).exists()
                else None
                for name in (_SCALES, ROWS)
            )
        except (OSError, ValueError, EOFError) as exc:
            raise InputError(f"{folder}: not a table of word vectors ({exc})") from exc
        fits = (
            matrix.dtype == np.float16
            if scales is None
            else (matrix.dtype, scales.dtype, scales.shape) == (np.int8, np.float16, hashes.shape)
        )
        is_ordered = (
            hashes.shape == matrix.shape[:1]
            if order is None
            else (order.dtype, order.shape) == (np.int64, hashes.shape)
        )
        if (
            matrix.ndim != 2
            or hashes.ndim != 1
            or hashes.dtype != np.uint64
            or len(hashes) > len(matrix)
            or not (fits and is_ordered)
        ):
            raise InputError(
                f"{folder}: {HASHES} {hashes.shape} and {MATRIX} {matrix.shape} do not belong together: convert the vectors again"
            )
        return cls(hashes, matrix, scales, order=order)

    def save(self, folder: Path) -> None:
        """Write the table into a folder, which appears, in the place of an older one, only when it is complete."""
        with new_folder(folder) as part:
            np.save(part / HASHES, self._hashes)
            if self._order is None:
                np.save(part / MATRIX, self._matrix)
            else:
                self._save_in_order(part / MATRIX, self._order)
            if self._scales is not None:
                np.save(part / _SCALES, self._scales)

    def _save_in_order(self, path: Path, order: Ints) -> None:
        """The matrix in the order of the hashes, so that there is no third file that could be lost unnoticed; a block at a time is in memory."""
        matrix = np.lib.format.open_memmap(
            path, mode="w+", dtype=self._matrix.dtype, shape=(len(order), self.dimension)
        )
        for start in range(0, len(order), _BLOCK):
            matrix[start : start + _BLOCK] = self._matrix[order[start : start + _BLOCK]]
        matrix.flush()

    def quantised(self) -> "VectorTable":
        """The same words with numbers of eight bits, each off by at most 1/254 of the largest in its vector (and by the scale's half precision)."""
        values = self.vectors(np.arange(len(self)))
        scales = (np.abs(values).max(axis=1, initial=0.0) / 127).astype(np.float16)
        steps = np.where(scales > 0, scales, 1).astype(np.float32)[:, None]
        return VectorTable(
            self._hashes, np.clip(np.rint(values / steps), -127, 127).astype(np.int8), scales
        )

    def replaced(self, words: Sequence[str], values: Floats) -> "VectorTable":
        """A table in half precision in which these words, each once, have these vectors (len(words), K), whether they were known or not."""
        changed = VectorTable.from_words(words, values)
        kept = ~np.isin(self._hashes, changed._hashes)
        hashes = np.concatenate([self._hashes[kept], changed._hashes])
        order = np.argsort(hashes)
        matrix = np.concatenate(
            [self.vectors(np.flatnonzero(kept)), changed.vectors(np.arange(len(changed)))]
        )
        return VectorTable(hashes[order], matrix[order].astype(np.float16))

    def __len__(self) -> int:
        return len(self._hashes)

    @property
    def dimension(self) -> int:
        """Numbers in a vector (K)."""
        return int(self._matrix.shape[1])

    def rows(self, words: Sequence[str]) -> Ints:
        """The number of each word under the first of its surface forms that has one, else -1; shape (len(words),)."""
        rows = np.full(len(words), -1, dtype=np.int64)
        if not len(self):
            return rows
        forms = [surface_forms(word) for word in words]
        for choice in range(max(map(len, forms), default=0)):
            open_ = [
                position for position in np.flatnonzero(rows < 0) if choice < len(forms[position])
            ]
            rows[open_] = self._exact_rows([forms[position][choice] for position in open_])
        return rows

    def vectors(self, rows: Ints) -> Floats:
        """The vectors of words by their numbers, (*rows.shape, K); zeros at -1."""
        places = np.maximum(rows, 0)
        if self._order is not None and len(self):
            places = self._order[places]
        found = np.asarray(
            self._matrix[places] if len(self) else np.zeros((*rows.shape, self.dimension)),
            dtype=np.float32,
        )
        if self._scales is not None and len(self):
            found *= self._scales[places].astype(np.float32)[..., None]
        found[rows < 0] = 0.0
        return found

    def _exact_rows(self, words: Sequence[str]) -> Ints:
        wanted = np.array(
            [word_hash(word.encode("utf-8", "surrogatepass")) for word in words], dtype=np.uint64
        )
        places = np.minimum(np.searchsorted(self._hashes, wanted), len(self) - 1)
        return np.where(self._hashes[places] == wanted, places, -1).astype(np.int64)


def surface_forms(word: str) -> tuple[str, ...]:
    """The forms under which a word is looked up, in order: as it stands, lower-cased, without leading # and @, and both."""
    stripped = word.lstrip("#@")
    return tuple(
        dict.fromkeys(form for form in (word, word.lower(), stripped, stripped.lower()) if form)
    )


def load_vectors(source: Path | str, *, cache: Path | None = None) -> VectorTable:
    """The vectors of a file, converted on the first call and mapped from disk on later ones.

    Args:
        source: a file in GloVe's or word2vec's text, word2vec's binary (each also as `.gz`), or gensim's own format; the name of a set of gensim-data, such as
            `glove-twitter-200`; or a folder that `VectorTable.save` wrote.
        cache: where converted tables are kept; `cache_folder()` when None.

    Raises:
        InputError: there is no such file, or something in it is not what it should be (names the line or byte).
        MissingExtraError: a file of gensim's own, and gensim is not installed.
    """
    path = Path(source)
    if path.is_dir():
        return VectorTable.open(path)
    path = _find(path)
    about = path.stat()
    key = hashlib.sha256(
        f"{path.resolve()}\0{about.st_size}\0{about.st_mtime_ns}".encode()
    ).hexdigest()[:16]
    folder = (cache or cache_folder()) / "vectors" / f"{path.stem}-{key}"
    if not folder.is_dir():
        with locked(folder):
            if not folder.is_dir():
                with new_folder(folder) as part:
                    convert_vectors(path, part)
    return VectorTable.open(folder)


def _find(path: Path) -> Path:
    """The file itself, or the file of a set of gensim-data by its name."""
    if path.is_file():
        return path
    name = str(path)
    if not _NAME.fullmatch(name):
        raise InputError(f"{path}: no such file of word vectors")
    gensim_data = Path(os.environ.get("GENSIM_DATA_DIR") or Path.home() / "gensim-data")
    for candidate in (downloads_folder() / f"{name}.gz", gensim_data / name / f"{name}.gz"):
        if candidate.is_file():
            return candidate
    if find_spec("gensim") is not None:
        return _fetch_by_gensim(name)
    raise InputError(
        f"{name}: no such file of word vectors; if it is a name of gensim-data, bring it with `mner data fetch {name}` (glove-twitter-200 only) "
        "or install gensim: pip install 'mner[gensim]'"
    )


def _fetch_by_gensim(name: str) -> Path:
    import gensim.downloader

    logging.getLogger("gensim").addHandler(logging.NullHandler())
    logging.getLogger(
        "gensim"
    ).propagate = False  # it logs whole tracebacks of what is told in a line here
    try:
        return Path(gensim.downloader.load(name, return_path=True))
    except Exception as exc:  # gensim checks by assert and lets the errors of connections through
        raise InputError(
            f"{name}: no such file of word vectors, and gensim.downloader cannot bring it ({type(exc).__name__}: {exc})"
        ) from exc
