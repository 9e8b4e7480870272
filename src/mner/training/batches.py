"""The batches of each epoch, made of the training posts as they are drawn."""

import logging
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from mner.encoding.buckets import buckets
from mner.tagging.regions import RegionSource
from mner.training.material import Material
from mner.types import Batch, Bools, Ints, PictureState, Post, Regions

__all__ = ["Share", "TrainingPosts"]

_LOG = logging.getLogger(__name__)
_CHUNK = 64
"""The posts of which the regions are in memory at once while they are counted."""


class Share(NamedTuple):
    """What one process computes of a batch."""

    parts: tuple[Batch, ...]
    """Computed one after the other; none where a batch has fewer posts than there are processes."""
    posts: int
    """The number of posts in the whole batch, those of other processes included."""


class TrainingPosts:
    """The training posts, from which each epoch draws its batches.

    In memory are their lengths, and the arrays and regions of the posts of a batch.

    Args:
        material: what the recipe names, read.
        batch_size: the posts in a batch, those of all processes together.
        seed: decides, with the number of an epoch, about the order of its posts.
        picture_dropout: the share of posts, others in each epoch, whose picture or caption is left
            away.
        parts: how many parts a process computes its share of a batch in.
        process: the number of this process.
        processes: how many processes share a batch.

    Raises:
        InputError: the regions of a picture cannot be read; all are tried before the first epoch.
    """

    def __init__(
        self,
        material: Material,
        *,
        batch_size: int,
        seed: int,
        picture_dropout: float = 0.0,
        parts: int = 1,
        process: int = 0,
        processes: int = 1,
    ) -> None:
        indexer = material.indexer
        self._indexer = indexer
        self._posts = material.train
        self._regions = material.regions
        self._lengths = np.array(indexer.lengths(material.train))  # (N,)
        self._passes = np.array(material.passes)  # (N,)
        _check_regions(material)
        self._batch_size = batch_size
        self._part_size = math.ceil(batch_size / processes / parts)
        self._seed = seed
        self._picture_dropout = picture_dropout
        self._process = process
        self._processes = processes

    def count(self, epoch: int) -> int:
        """Return the number of posts of an epoch."""
        return len(self._positions(epoch))

    def steps(self, epoch: int) -> int:
        """Return the number of batches of an epoch."""
        return math.ceil(self.count(epoch) / self._batch_size)

    def shares(self, epoch: int) -> Iterator[Share]:
        """Yield this process's share of each batch of an epoch.

        The posts of a batch have like lengths. Each epoch has an order of its own, which does not
        depend on the number of processes.
        """
        rng = np.random.default_rng([self._seed, epoch])
        positions = self._positions(epoch)
        lengths = self._lengths[positions]
        unseen = self._unseen(epoch)
        for bucket in buckets(lengths, self._batch_size, rng=rng):
            yield self._share(positions[bucket].tolist(), unseen)

    def _positions(self, epoch: int) -> Ints:
        """Return the positions of an epoch's posts; some corpora are in the first epochs alone."""
        return np.flatnonzero((self._passes == 0) | (epoch <= self._passes))

    def _unseen(self, epoch: int) -> Bools:
        """Return of all posts whose picture is left away in an epoch, (N,)."""
        rng = np.random.default_rng([self._seed, epoch, 1])  # another one than that of the order
        return rng.random(len(self._posts), dtype=np.float32) < self._picture_dropout

    def _share(self, positions: list[int], unseen: Bools) -> Share:
        """Return this process's share of a batch: every so many posts, so that all are as long."""
        own = positions[self._process :: self._processes]
        size = self._part_size
        parts = [own[start : start + size] for start in range(0, len(own), size)]
        return Share(tuple(self._batch(part, unseen) for part in parts), len(positions))

    def _batch(self, positions: list[int], unseen: Bools) -> Batch:
        posts = [self._posts[position] for position in positions]
        indexed = [self._indexer.index(post, with_tags=True) for post in posts]
        if self._regions is None:
            return self._indexer.batch(indexed, None)
        nothing = Regions(PictureState.ABSENT, np.zeros((0, self._regions.width), dtype=np.float32))
        regions = [
            nothing if unseen[position] else of_post
            for position, of_post in zip(positions, self._regions(posts), strict=True)
        ]
        return self._indexer.batch(indexed, regions)


def _check_regions(material: Material) -> None:
    """Read all regions once, so that an error comes before the first epoch; log their states."""
    if material.regions is None:
        return
    states = _states(material.regions, material.train)
    _states(material.regions, material.dev)
    _LOG.info(
        "training posts by the state of picture or caption: %s",
        ", ".join(f"{count} {state}" for state, count in states.items()),
    )


def _states(regions: RegionSource, posts: Sequence[Post]) -> Counter[PictureState]:
    """Count the states of the posts' pictures or captions."""
    states: Counter[PictureState] = Counter()
    for start in range(0, len(posts), _CHUNK):
        states.update(of_post.state for of_post in regions(posts[start : start + _CHUNK]))
    return states
