"""Word vectors as gensim saves them: a pickle, and so gensim's to read."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from mner.encoding.vector_blocks import BLOCK, VectorBlock, VectorFile
from mner.errors import InputError, MissingExtraError, clipped

__all__ = ["open_gensim"]


def open_gensim(path: Path) -> VectorFile:
    """Open a file that `KeyedVectors.save` or `Word2Vec.save` wrote.

    Raises:
        InputError: gensim cannot read it, or it holds no word vectors.
        MissingExtraError: gensim is not installed.
    """
    if find_spec("gensim") is None:
        raise MissingExtraError(f"{path}: reading a file of gensim's own", "gensim")
    from gensim.models import KeyedVectors

    try:
        saved = KeyedVectors.load(str(path), mmap="r")
    except Exception as exc:  # a pickle can fail with any error at all
        raise InputError(
            f"{path}: gensim cannot read it ({type(exc).__name__}: {clipped(exc)}): are the "
            ".npy files that belong to it beside it?"
        ) from exc
    keyed = getattr(saved, "wv", saved)
    if not isinstance(keyed, KeyedVectors):
        raise InputError(
            f"{path}: expected word vectors of gensim (KeyedVectors, or a model that has them), "
            f"got {type(saved).__name__}"
        )
    return VectorFile(path, int(keyed.vector_size), len(keyed), "word", _blocks(keyed))


def _blocks(keyed: Any) -> Iterator[VectorBlock]:
    for start in range(0, len(keyed), BLOCK):
        names = keyed.index_to_key[start : start + BLOCK]
        words = [str(name).encode("utf-8", "surrogatepass") for name in names]
        values = np.asarray(keyed.vectors[start : start + BLOCK], dtype=np.float32)
        yield VectorBlock(words, values, list(range(start + 1, start + 1 + len(words))))
