"""The regions of all pictures of a post, one picture after the other."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mner.types import PictureState, Regions, SeenPicture

__all__ = ["union_of"]

_BEST_FIRST = (PictureState.PRESENT, PictureState.UNREADABLE, PictureState.ABSENT)


def union_of(names: Sequence[str], regions: Sequence[Regions], *, width: int) -> Regions:
    """Join the regions of a post's pictures.

    Where a picture is missing, the others are looked at; the one state of all is the best of them.

    Args:
        names: the references by which the post names its pictures, in its order.
        regions: of each picture, (R, V).
        width: V, for a post without pictures.
    """
    if not names:
        return Regions(PictureState.ABSENT, np.zeros((0, width), dtype=np.float32))
    seen = tuple(
        SeenPicture(name, own.state, len(own.vectors), own.reason)
        for name, own in zip(names, regions, strict=True)
    )
    if len(seen) == 1:
        return replace(regions[0], pictures=seen)
    best = min(seen, key=lambda picture: _BEST_FIRST.index(picture.state))
    vectors = np.concatenate([own.vectors for own in regions])  # (R of all, V)
    return Regions(best.state, vectors, reason=best.reason, pictures=seen)
