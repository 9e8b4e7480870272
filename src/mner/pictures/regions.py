"""The regions of posts' pictures: from a store of encoded pictures, or encoded on the spot."""

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from mner.pictures.encoders.encoder import PictureEncoder
from mner.pictures.features import FeatureStore
from mner.pictures.seed_features import SeedFeatures
from mner.pictures.source import PictureSource
from mner.types import PictureState, Post, Regions

__all__ = ["PictureRegions", "StoredRegions"]


class StoredRegions:
    """Regions from a feature store or a feature file of the public Keras code, by the post's picture."""

    looks_at: Literal["pictures"] = "pictures"

    def __init__(self, store: FeatureStore | SeedFeatures) -> None:
        """Take an open store."""
        self._store = store
        self.width = store.shape[1]

    def __call__(self, posts: Sequence[Post]) -> list[Regions]:
        """See `RegionSource`; raises InputError for a picture that is not in the store."""
        absent = Regions(PictureState.ABSENT, np.zeros((0, self.width), dtype=np.float32))
        return [
            absent if post.picture is None else self._store.regions(post.picture) for post in posts
        ]


class PictureRegions:
    """Regions of pictures read from files and encoded when they are asked for."""

    looks_at: Literal["pictures"] = "pictures"

    def __init__(
        self, encoder: PictureEncoder, *, pictures: PictureSource, batch_size: int = 16
    ) -> None:
        """Take an encoder, and where pictures are."""
        self._encoder = encoder
        self._pictures = pictures
        self._batch_size = batch_size
        self.width = encoder.width

    def __call__(self, posts: Sequence[Post]) -> list[Regions]:
        """See `RegionSource`; a picture that is missing or cannot be read is a state, not an error."""
        return [
            regions
            for start in range(0, len(posts), self._batch_size)
            for regions in self._encode(posts[start : start + self._batch_size])
        ]

    def _encode(self, posts: Sequence[Post]) -> list[Regions]:
        pictures = [
            None
            if post.picture is None
            else self._pictures.read(post.picture, size=self._encoder.size)
            for post in posts
        ]
        pixels = [picture.pixels for picture in pictures if picture and picture.pixels is not None]
        encoded: Iterator[np.ndarray] = iter(self._encoder(np.stack(pixels)) if pixels else ())
        nothing = np.zeros((0, self.width), dtype=np.float32)
        return [
            Regions(PictureState.ABSENT, nothing)
            if picture is None
            else Regions(
                picture.state,
                nothing if picture.pixels is None else next(encoded),
                reason=picture.reason,
            )
            for picture in pictures
        ]
