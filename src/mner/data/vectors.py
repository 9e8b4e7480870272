"""Word vectors: a text file converted once into a table that is mapped from disk and searched by hash."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
from numpy.typing import NDArray

from mner.errors import InputError
from mner.types import Floats, Ints

__all__ = ["VectorTable", "load_vectors", "surface_forms"]

_HASHES, _MATRIX = "hashes.npy", "matrix.npy"
_LARGEST = float(np.finfo(np.float16).max)


class VectorTable:
    """N words and their vectors of K numbers, in half precision, sorted by a 64-bit hash of the word.

    The words themselves are not kept: that a word which is not in a table of a million is taken for one that is has a
    chance of 5e-14.
    """

    def __init__(self, hashes: NDArray[np.uint64], matrix: NDArray[np.float16]) -> None:
        """Take `hashes` (N,), ascending, and `matrix` (N, K)."""
        self._hashes = hashes
        self._matrix = matrix

    @classmethod
    def from_words(cls, words: Sequence[str], matrix: NDArray[np.floating]) -> "VectorTable":
        """Make a table of N words, each once, and their vectors (N, K)."""
        hashes = np.array([_hash(word) for word in words], dtype=np.uint64)
        order = np.argsort(hashes)
        return cls(hashes[order], matrix[order].astype(np.float16))

    @classmethod
    def open(cls, folder: Path) -> "VectorTable":
        """Map a saved table; reads nothing but the files' heads.

        Raises:
            InputError: the folder does not hold a table, or its files do not fit each other.
        """
        try:
            hashes = np.load(folder / _HASHES, mmap_mode="r", allow_pickle=False)
            matrix = np.load(folder / _MATRIX, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError) as exc:
            raise InputError(f"{folder}: not a table of word vectors ({exc})") from exc
        if matrix.ndim != 2 or hashes.shape != matrix.shape[:1] or hashes.dtype != np.uint64 or matrix.dtype != np.float16:
            raise InputError(f"{folder}: {_HASHES} {hashes.shape} and {_MATRIX} {matrix.shape} do not belong together: convert the vectors again")
        return cls(hashes, matrix)

    def save(self, folder: Path) -> None:
        """Write the table into a new folder, which appears only when it is complete."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        np.save(part / _HASHES, self._hashes)
        np.save(part / _MATRIX, self._matrix)
        part.chmod(0o755)
        part.rename(folder)

    def __len__(self) -> int:
        return len(self._hashes)

    @property
    def dimension(self) -> int:
        """Numbers in a vector (K)."""
        return int(self._matrix.shape[1])

    def rows(self, words: Sequence[str]) -> Ints:
        """The row of each word under the first of its surface forms that has one, else -1; shape (len(words),)."""
        rows = np.full(len(words), -1, dtype=np.int64)
        if not len(self):
            return rows
        forms = [surface_forms(word) for word in words]
        for choice in range(max(map(len, forms), default=0)):
            open_ = [position for position in np.flatnonzero(rows < 0) if choice < len(forms[position])]
            rows[open_] = self._exact_rows([forms[position][choice] for position in open_])
        return rows

    def vectors(self, rows: Ints) -> Floats:
        """The vectors of rows, (*rows.shape, K); zeros at -1."""
        found = np.asarray(self._matrix[np.maximum(rows, 0)] if len(self) else np.zeros((*rows.shape, self.dimension)), dtype=np.float32)
        found[rows < 0] = 0.0
        return found

    def _exact_rows(self, words: Sequence[str]) -> Ints:
        wanted = np.array([_hash(word) for word in words], dtype=np.uint64)
        places = np.minimum(np.searchsorted(self._hashes, wanted), len(self) - 1)
        return np.where(self._hashes[places] == wanted, places, -1).astype(np.int64)


def surface_forms(word: str) -> tuple[str, ...]:
    """The forms under which a word is looked up, in order: as it stands, lower-cased, without leading # and @, and both."""
    stripped = word.lstrip("#@")
    return tuple(dict.fromkeys(form for form in (word, word.lower(), stripped, stripped.lower()) if form))


def load_vectors(path: Path, *, cache: Path | None = None) -> VectorTable:
    """The vectors of a text file (`word number number ...` a line), converted on the first call and mapped on later ones.

    Args:
        path: the file, or a folder that `VectorTable.save` wrote.
        cache: where converted tables are kept; `$MNER_CACHE`, or `mner` in the user's cache folder, when None.

    Raises:
        InputError: the file is missing, or a line is not what it should be (names the line).
    """
    if path.is_dir():
        return VectorTable.open(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file of word vectors")
    about = path.stat()
    key = hashlib.sha256(f"{path.resolve()}\0{about.st_size}\0{about.st_mtime_ns}".encode()).hexdigest()[:16]
    folder = (cache or _cache_folder()) / "vectors" / f"{path.stem}-{key}"
    if not folder.is_dir():
        _read_text(path).save(folder)
    return VectorTable.open(folder)


def _cache_folder() -> Path:
    if chosen := os.environ.get("MNER_CACHE"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "mner"


def _read_text(path: Path) -> VectorTable:
    with path.open("rb") as file:
        count = sum(1 for _ in file)
        file.seek(0)
        lines = _content_lines(file)
        first = next(lines, None)
        if first is None:
            raise InputError(f"{path}: holds no word vectors")
        dimension = len(first[1].split(b" ")) - 1
        if dimension < 1:
            raise InputError(f"{path}:{first[0]}: expected a word and its numbers, got {first[1][:60]!r}")
        hashes = np.empty(count, dtype=np.uint64)
        matrix = np.empty((count, dimension), dtype=np.float16)
        size = 0
        for size, (number, line) in enumerate(chain([first], lines), start=1):
            word, values = _parse(path, number, line=line, dimension=dimension)
            hashes[size - 1], matrix[size - 1] = _hash(word), values
    order = np.argsort(hashes[:size], kind="stable")
    twice = np.flatnonzero(np.diff(hashes[:size][order]) == 0)
    if len(twice):
        earlier, later = order[twice[0]] + 1, order[twice[0] + 1] + 1
        raise InputError(f"{path}: vectors {earlier} and {later} are of the same word: every word may stand once")
    return VectorTable(hashes[order], matrix[order])


def _content_lines(file: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Numbered lines without blank ones and without the `count dimension` head that word2vec's text files have."""
    for number, line in enumerate(file, start=1):
        content = line.rstrip(b"\r\n ")
        parts = content.split(b" ")
        is_head = number == 1 and len(parts) == 2 and all(part.isdigit() for part in parts)
        if content and not is_head:
            yield number, content


def _parse(path: Path, number: int, *, line: bytes, dimension: int) -> tuple[str, Floats]:
    parts = line.rsplit(b" ", dimension)
    if len(parts) != dimension + 1:
        raise InputError(f"{path}:{number}: expected a word and {dimension} numbers, got {len(parts) - 1} numbers")
    try:
        values = np.array([float(part) for part in parts[1:]], dtype=np.float32)
        word = parts[0].decode()
    except ValueError as exc:
        raise InputError(f"{path}:{number}: expected a word in UTF-8 and {dimension} numbers: {exc}") from exc
    if not np.all(np.abs(values) < _LARGEST):
        raise InputError(f"{path}:{number}: the vector of {word!r} has numbers that are not finite or above {_LARGEST:.0f}")
    return word, values


def _hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
