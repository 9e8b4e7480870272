"""The regions of posts' pictures: from a store of encoded pictures, or encoded on the spot."""

from collections.abc import Sequence
from itertools import islice
from typing import Literal

from mner.pictures.encode import encode_pictures
from mner.pictures.encoders.encoder import PictureEncoder
from mner.pictures.features import Features
from mner.pictures.source import PictureSource
from mner.pictures.union import union_of
from mner.types import Post, Regions

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
        regions = [self._store.regions(picture) for picture in post.pictures]
        return union_of(post.pictures, regions, width=self.width)


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
            encoded = iter(self._encoded([name for post in batch for name in post.pictures]))
            for post in batch:
                of_post = list(islice(encoded, len(post.pictures)))
                regions.append(union_of(post.pictures, of_post, width=self.width))
        return regions

    def _encoded(self, names: Sequence[str]) -> list[Regions]:
        """Return the regions of each picture; as many are held at once as there are in a batch."""
        regions: list[Regions] = []
        for start in range(0, len(names), self._batch_size):
            batch = names[start : start + self._batch_size]
            pictures = [self._pictures.read(name, size=self._encoder.size) for name in batch]
            regions += encode_pictures(pictures, self._encoder, width=self.width)
        return regions
