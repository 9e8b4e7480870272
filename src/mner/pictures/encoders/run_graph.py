"""Running the graph of a picture encoder, one picture at a time."""

import numpy as np
from numpy.typing import NDArray

from mner.graphs.session import Session
from mner.types import Floats

__all__ = ["run_graph"]


def run_graph(session: Session, pixels: NDArray[np.uint8], *, shape: tuple[int, int]) -> Floats:
    """Encode pictures by a graph from `pixels` to `regions`.

    One picture at a time is faster than a batch: what lies between the layers of 16 pictures is
    larger than the processor's caches. Many graphs are made for one picture only, too, and the
    regions of a picture must not depend on the others.

    Args:
        session: a session of the graph.
        pixels: uint8 (B, S, S, 3).
        shape: (R, V).

    Returns:
        (B, R, V)
    """
    regions = np.zeros((len(pixels), *shape), dtype=np.float32)
    for row, picture in enumerate(pixels):
        (encoded,) = session.run(["regions"], {"pixels": picture[None]})  # (1, R, V)
        regions[row] = encoded[0]
    return regions
