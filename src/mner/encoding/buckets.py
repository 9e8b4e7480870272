"""Posts of like length, so that batches hold little padding."""

from collections.abc import Iterator, Sequence

import numpy as np

from mner.types import Ints

__all__ = ["buckets"]


def buckets(
    lengths: Sequence[int] | Ints, batch_size: int, *, rng: np.random.Generator | None = None
) -> Iterator[list[int]]:
    """Yield batches of positions whose posts have like lengths.

    Args:
        lengths: of the posts, as `Indexer.lengths` returns them.
        batch_size: posts in a batch; the last batch may be smaller.
        rng: shuffles posts of like length, and the order of the batches. Without it, posts go
            from short to long.
    """
    sizes = np.asarray(lengths)
    starts = np.arange(0, len(sizes), batch_size)
    if rng is not None:
        # Noise of up to one either way, so that batches differ from epoch to epoch.
        sizes = sizes + rng.uniform(-1.0, 1.0, len(sizes))
        starts = rng.permutation(starts)
    order = np.argsort(sizes, kind="stable")
    for start in starts:
        yield order[start : start + batch_size].tolist()
