"""Running the graph of a picture encoder, one picture at a time."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mner.types import Floats

__all__ = ["encode_one_by_one"]


def encode_one_by_one(
    encode: Callable[[NDArray[np.uint8]], Floats],
    pixels: NDArray[np.uint8],
    *,
    shape: tuple[int, int],
) -> Floats:
    """Encode pictures by a graph from `pixels` to `regions`.

    One picture at a time is faster than a batch: what lies between the layers of 16 pictures is
    larger than the processor's caches. Many graphs are made for one picture only, too, and the
    regions of a picture must not depend on the others.

    Args:
        encode: gives the regions (1, R, V) of one picture (1, S, S, 3).
        pixels: uint8 (B, S, S, 3).
        shape: (R, V).

    Returns:
        (B, R, V)
    """
    regions = np.zeros((len(pixels), *shape), dtype=np.float32)
    for row, picture in enumerate(pixels):
        (regions[row],) = encode(picture[None])
    return regions
