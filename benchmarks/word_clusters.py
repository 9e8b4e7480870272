"""Clusters of words in a tree, as Brown clusters are.

Each word has a path of bits, and words that share the first bits have similar vectors.
"""

from collections.abc import Sequence

import numpy as np

from mner.encoding.vectors import VectorTable
from mner.types import Floats, Ints

__all__ = ["WordClusters"]

_ROUNDS = 10


class WordClusters:
    """A tree of clusters, by bisecting k-means over word vectors.

    Every cluster is split in two until the tree is deep enough. The same words give the same tree.

    Args:
        table: vectors of words, of size K.
        words: the words whose vectors are split; each counts once.
        depth: number of splits above a leaf, which is the number of bits of a path.
    """

    def __init__(self, table: VectorTable, words: Sequence[str], *, depth: int) -> None:
        self._table = table
        self._depth = depth
        rows = np.unique(table.rows(sorted(set(words))))
        vectors = _directions(table, rows[rows >= 0])  # (N, K)
        # (nodes, 2, K): the two centres of each node; the children of node n are 2n and 2n + 1.
        self._centres = np.zeros((2**depth, 2, vectors.shape[1]), dtype=np.float32)
        nodes: Ints = np.ones(len(vectors), dtype=np.int64)
        for _ in range(depth):
            for node in np.unique(nodes):
                self._centres[node] = _halves(vectors[nodes == node])
            nodes = self._children(vectors, nodes)

    def paths(self, words: Sequence[str]) -> list[str]:
        """Return the path of each word, `depth` bits; empty for a word without a vector."""
        rows = self._table.rows(words)
        vectors = _directions(self._table, rows)
        nodes: Ints = np.ones(len(words), dtype=np.int64)
        for _ in range(self._depth):
            nodes = self._children(vectors, nodes)
        paths = []
        for node, row in zip(nodes.tolist(), rows.tolist(), strict=True):
            paths.append(f"{node:b}"[1:] if row >= 0 else "")
        return paths

    def _children(self, vectors: Floats, nodes: Ints) -> Ints:
        """Return for each vector the child of its node that it is nearer to."""
        return 2 * nodes + _nearer_second(vectors, self._centres[nodes])


def _directions(table: VectorTable, rows: Ints) -> Floats:
    """Return vectors with length 1, shape (N, K)."""
    vectors = table.vectors(rows)
    lengths: Floats = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, np.maximum(lengths, 1e-6), dtype=np.float32)


def _halves(vectors: Floats) -> Floats:
    """Return the two centres (2, K) of k-means over vectors (N, K)."""
    # It starts from a cut across the longest direction.
    middle = vectors.mean(axis=0)
    _, directions = np.linalg.eigh(np.cov(vectors - middle, rowvar=False, bias=True))
    second = (vectors - middle) @ directions[:, -1] > 0
    centres = np.stack([middle, middle])
    for _ in range(_ROUNDS):
        if second.all() or not second.any():
            break
        centres = np.stack([vectors[~second].mean(axis=0), vectors[second].mean(axis=0)])
        second = _nearer_second(vectors, centres[None]).astype(bool)
    return centres.astype(np.float32)


def _nearer_second(vectors: Floats, centres: Floats) -> Ints:
    """Return 1 for each vector that is nearer to the second of its two centres, else 0.

    Args:
        vectors: (N, K).
        centres: (N, 2, K), or (1, 2, K) if all vectors share them.
    """
    distances = np.square(vectors[:, None] - centres).sum(axis=2)  # (N, 2)
    nearer: Ints = (distances[:, 1] < distances[:, 0]).astype(np.int64)
    return nearer
