"""The regions of posts' pictures: from a store of encoded pictures, or encoded on the spot."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from mner.pictures.decode import Picture
from mner.pictures.encode import encode_pictures
from mner.pictures.encoders.encoder import PictureEncoder
from mner.pictures.features import Features
from mner.pictures.source import PictureSource
from mner.types import PictureState, Post, Regions

__all__ = ["PictureRegions", "StoredRegions"]


class StoredRegions:
    """Regions from a feature store or a feature file of the public Keras code.

    Attributes:
        width: V.
    """

    looks_at: Literal["pictures"] = "pictures"

    def __init__(self, store: Features) -> None:
        self._store = store
        self.width = store.shape[1]

    def __call__(self, posts: Sequence[Post]) -> list[Regions]:
        """Return the regions of each post, in order.

        Raises:
            InputError: a picture is not in the store, or is damaged there.
        """
        return [self._of(post) for post in posts]

    def _of(self, post: Post) -> Regions:
        if post.picture is None:
            return Regions(PictureState.ABSENT, np.zeros((0, self.width), dtype=np.float32))
        return self._store.regions(post.picture)


class PictureRegions:
    """Regions of pictures that are read and encoded when they are asked for.

    Attributes:
        width: V.
    """

    looks_at: Literal["pictures"] = "pictures"

    def __init__(
        self, encoder: PictureEncoder, *, pictures: PictureSource, batch_size: int = 16
    ) -> None:
        self._encoder = encoder
        self._pictures = pictures
        self._batch_size = batch_size
        self.width = encoder.width

    def __call__(self, posts: Sequence[Post]) -> list[Regions]:
        """Return the regions of each post, in order.

        A picture that is missing or cannot be read is a state, not an error.
        """
        regions: list[Regions] = []
        for start in range(0, len(posts), self._batch_size):
            batch = posts[start : start + self._batch_size]
            pictures = [self._read(post) for post in batch]
            regions += encode_pictures(pictures, self._encoder, width=self.width)
        return regions

    def _read(self, post: Post) -> Picture:
        if post.picture is None:
            return Picture(PictureState.ABSENT, None, None)
        return self._pictures.read(post.picture, size=self._encoder.size)
