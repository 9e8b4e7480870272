"""Tables of word vectors made smaller or changed, for a model that ships."""

from collections.abc import Sequence

import numpy as np

from mner.encoding.vectors import VectorTable
from mner.types import Floats

__all__ = ["quantised", "replaced", "without"]


def quantised(table: VectorTable) -> VectorTable:
    """Return the same words with numbers of eight bits.

    Each number is off by at most 1/254 of the largest in its vector, and by the half precision of
    the scale.
    """
    values = table.vectors(np.arange(len(table)))
    scales = (np.abs(values).max(axis=1, initial=0.0) / 127).astype(np.float16)
    steps = np.where(scales > 0, scales, 1).astype(np.float32)[:, None]
    numbers = np.clip(np.rint(values / steps), -127, 127).astype(np.int8)
    return VectorTable(table.hashes, numbers, scales)


def replaced(table: VectorTable, words: Sequence[str], values: Floats) -> VectorTable:
    """Return a table in half precision in which these words have these vectors.

    Args:
        table: is left as it is; the words may or may not be in it.
        words: each once.
        values: (len(words), K).
    """
    changed = VectorTable.from_words(words, values)
    kept = ~np.isin(table.hashes, changed.hashes)
    hashes = np.concatenate([table.hashes[kept], changed.hashes])
    order = np.argsort(hashes)
    matrix = np.concatenate(
        [table.vectors(np.flatnonzero(kept)), changed.vectors(np.arange(len(changed)))]
    )
    return VectorTable(hashes[order], matrix[order].astype(np.float16))


def without(table: VectorTable, words: Sequence[str]) -> VectorTable:
    """Return a table in eight bits without these words, which may or may not be in it."""
    dropped = VectorTable.from_words(words, np.zeros((len(words), 1), dtype=np.float32))
    rows = np.flatnonzero(~np.isin(table.hashes, dropped.hashes))
    return quantised(VectorTable(table.hashes[rows], table.vectors(rows).astype(np.float16)))
