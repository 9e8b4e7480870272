"""Clusters of words in a tree, as Brown clusters are: each word has a path of bits, and words that share the first bits have similar vectors."""

from collections.abc import Sequence

import numpy as np

from mner.encoding.vectors import VectorTable
from mner.types import Floats, Ints

__all__ = ["WordClusters"]

_ROUNDS = 10


class WordClusters:
    """Bisecting k-means over word vectors: every cluster is split in two until the tree is as deep as it should be."""

    def __init__(self, table: VectorTable, words: Sequence[str], *, depth: int) -> None:
        """Split the words that have a vector, each counted once; the same words give the same tree."""
        self._table = table
        self._depth = depth
        rows = np.unique(table.rows(sorted(set(words))))
        vectors = _directions(table, rows[rows >= 0])
        self._centres = np.zeros(
            (2**depth, 2, vectors.shape[1]), dtype=np.float32
        )  # (nodes, 2, K); the children of node n are 2n and 2n + 1
        nodes: Ints = np.ones(len(vectors), dtype=np.int64)
        for _ in range(depth):
            for node in np.unique(nodes):
                self._centres[node] = _halves(vectors[nodes == node])
            nodes = self._children(vectors, nodes)

    def paths(self, words: Sequence[str]) -> list[str]:
        """The path of each word, `depth` bits; empty for a word without a vector."""
        rows = self._table.rows(words)
        vectors = _directions(self._table, rows)
        nodes: Ints = np.ones(len(words), dtype=np.int64)
        for _ in range(self._depth):
            nodes = self._children(vectors, nodes)
        return [
            f"{node:b}"[1:] if row >= 0 else ""
            for node, row in zip(nodes.tolist(), rows.tolist(), strict=True)
        ]

    def _children(self, vectors: Floats, nodes: Ints) -> Ints:
        return 2 * nodes + _nearer_second(vectors, self._centres[nodes])


def _directions(table: VectorTable, rows: Ints) -> Floats:
    vectors = table.vectors(rows)
    lengths: Floats = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, np.maximum(lengths, 1e-6), dtype=np.float32)


def _halves(vectors: Floats) -> Floats:
    """The two centres (2, K) that k-means finds from a cut across the longest direction."""
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
    """1 for each vector (N, K) that is nearer to the second of its two centres (N or 1, 2, K)."""
    distances = np.square(vectors[:, None] - centres).sum(axis=2)
    nearer: Ints = (distances[:, 1] < distances[:, 0]).astype(np.int64)
    return nearer
