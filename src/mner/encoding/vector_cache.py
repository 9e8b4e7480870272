"""Files of word vectors by path or name, each converted once into a table that is kept on disk."""

import hashlib
import logging
import os
import re
from importlib.util import find_spec
from pathlib import Path

from mner.encoding.vector_convert import convert_vectors
from mner.encoding.vectors import VectorTable
from mner.errors import InputError, clipped
from mner.files.locks import locked
from mner.files.paths import cache_folder, downloads_folder
from mner.files.write import new_folder

__all__ = ["load_vectors"]

_VERSION = 2
"""Counts how files were understood; another number has every file converted again."""
_NAME = re.compile(r"\w[\w-]*")


def load_vectors(
    source: Path | str, *, cache: Path | None = None, allow_pickle: bool = False
) -> VectorTable:
    """Open the vectors of a file; they are converted on the first call and mapped on later ones.

    Args:
        source: a file in GloVe's or word2vec's text, word2vec's binary (each also as `.gz`), or
            gensim's own format; the name of a set of gensim-data, such as `glove-twitter-200`; or
            a folder that `VectorTable.save` wrote.
        cache: the folder of converted tables; `cache_folder()` when None.
        allow_pickle: whether gensim may open its own files. They are pickles, which can run any
            program when they are opened.

    Raises:
        InputError: there is no such file, something in it is wrong (names the line or byte), or it
            is a pickle that is not allowed.
        MissingExtraError: it is a file of gensim's own, and gensim is not installed.
    """
    path = Path(source)
    if path.is_dir():
        return VectorTable.open(path)
    path = _find(path)
    folder = (cache or cache_folder()) / "vectors" / f"{path.stem}-{_identity(path)}"
    if not folder.is_dir():
        with locked(folder):
            if not folder.is_dir():  # another process may have made it meanwhile
                with new_folder(folder) as temporary:
                    convert_vectors(path, temporary, allow_pickle=allow_pickle)
    return VectorTable.open(folder)


def _identity(path: Path) -> str:
    """Return a digest of path, size and time, which changes when the file or its reader does."""
    state = path.stat()
    text = f"{_VERSION}\0{path.resolve()}\0{state.st_size}\0{state.st_mtime_ns}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _find(path: Path) -> Path:
    """Return the file itself, or the file of a set of gensim-data by its name."""
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
        f"{name}: no such file of word vectors; if it is a name of gensim-data, fetch it with "
        f"`mner data fetch {name}` (glove-twitter-200 only) or install gensim: "
        "pip install 'mner[gensim]'"
    )


def _fetch_by_gensim(name: str) -> Path:
    import gensim.downloader

    # It logs whole tracebacks of errors that are one line here.
    log = logging.getLogger("gensim")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    try:
        return Path(gensim.downloader.load(name, return_path=True))
    except Exception as exc:  # gensim checks by assert, and passes on the errors of connections
        raise InputError(
            f"{name}: no such file of word vectors, and gensim.downloader cannot fetch it "
            f"({type(exc).__name__}: {clipped(exc)})"
        ) from exc
