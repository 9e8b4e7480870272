"""From decoded pictures to their regions."""

from collections.abc import Callable, Sequence

import numpy as np

from mner.pictures.decode import Picture, Pixels
from mner.types import Floats, Regions

__all__ = ["encode_pictures"]


def encode_pictures(
    pictures: Sequence[Picture], encode: Callable[[Pixels], Floats], *, width: int
) -> list[Regions]:
    """Encode the pictures that have pixels, all at once.

    Args:
        pictures: those without pixels keep their state and reason.
        encode: from pixels (B, S, S, 3) to regions (B, R, V).
        width: V.

    Returns:
        The regions of each picture, in order: (R, V), or (0, V) where it has no pixels.
    """
    pixels = [picture.pixels for picture in pictures if picture.pixels is not None]
    encoded = encode(np.stack(pixels)) if pixels else np.zeros((0, 0, width), dtype=np.float32)
    assert len(encoded) == len(pixels)
    vectors = iter(encoded)
    nothing = np.zeros((0, width), dtype=np.float32)
    regions = []
    for picture in pictures:
        of_picture = nothing if picture.pixels is None else next(vectors)
        regions.append(Regions(picture.state, of_picture, reason=picture.reason))
    return regions
