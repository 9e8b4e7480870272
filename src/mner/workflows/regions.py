"""Where a model's regions come from: caption words, a store of encoded pictures, or pictures encoded on the spot."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mner.config import Recipe
from mner.data.encode import caption_regions
from mner.data.features import FeatureStore
from mner.data.seed_features import SeedFeatures, open_features
from mner.data.vectors import VectorTable
from mner.errors import InputError, ModelError
from mner.model.encoders import build_encoder
from mner.types import Floats, PictureState, Post, Regions
from mner.workflows.onnx_backend import OnnxPictureEncoder
from mner.workflows.pictures import PictureSource

__all__ = [
    "CaptionRegions",
    "LooksAt",
    "PictureRegions",
    "PixelEncoder",
    "RegionSource",
    "StoredRegions",
    "check_encoder",
    "open_regions",
    "shuffle_pictures",
    "without_pictures",
]

LooksAt: TypeAlias = Literal["pictures", "captions"]
"""What of a post a model sees beside the text."""


class RegionSource(Protocol):
    """Gives the regions of posts, all of one width V."""

    @property
    def width(self) -> int:
        """V."""

    @property
    def looks_at(self) -> LooksAt:
        """What of a post the regions are made from."""

    def __call__(self, posts: Sequence[Post]) -> list[Regions]:
        """The regions of each post, in order."""


class CaptionRegions:
    """The words of a post's caption as regions: caption-mediated, no pixel is seen."""

    looks_at: Literal["captions"] = "captions"

    def __init__(self, vectors: VectorTable) -> None:
        """Take the word vectors of the text side."""
        self._vectors = vectors
        self.width = vectors.dimension

    def __call__(self, posts: Sequence[Post]) -> list[Regions]:
        """See `RegionSource`."""
        return [caption_regions(post.caption, self._vectors) for post in posts]


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
        return [absent if post.picture is None else self._store.regions(post.picture) for post in posts]


class PixelEncoder(Protocol):
    """An encoder of pictures, by torch or by a graph; see `model.image.PictureEncoder`."""

    size: int
    """S, side of the pictures in pixels."""
    width: int
    """V."""

    def __call__(self, pixels: NDArray[np.uint8]) -> Floats:
        """From (B, S, S, 3) RGB to (B, R, V)."""

    def describe(self) -> dict[str, str | int]:
        """All that the regions depend on."""


class PictureRegions:
    """Regions of pictures read from files and encoded when they are asked for."""

    looks_at: Literal["pictures"] = "pictures"

    def __init__(self, encoder: PixelEncoder, *, pictures: PictureSource, batch_size: int = 16) -> None:
        """Take an encoder, and where pictures are."""
        self._encoder = encoder
        self._pictures = pictures
        self._batch_size = batch_size
        self.width = encoder.width

    def __call__(self, posts: Sequence[Post]) -> list[Regions]:
        """See `RegionSource`; a picture that is missing or cannot be read is a state, not an error."""
        return [regions for start in range(0, len(posts), self._batch_size) for regions in self._encode(posts[start : start + self._batch_size])]

    def _encode(self, posts: Sequence[Post]) -> list[Regions]:
        pictures = [None if post.picture is None else self._pictures.read(post.picture, size=self._encoder.size) for post in posts]
        pixels = [picture.pixels for picture in pictures if picture and picture.pixels is not None]
        encoded: Iterator[np.ndarray] = iter(self._encoder(np.stack(pixels)) if pixels else ())
        nothing = np.zeros((0, self.width), dtype=np.float32)
        return [
            Regions(PictureState.ABSENT, nothing)
            if picture is None
            else Regions(picture.state, nothing if picture.pixels is None else next(encoded), reason=picture.reason)
            for picture in pictures
        ]


def open_regions(
    recipe: Recipe,
    vectors: VectorTable,
    *,
    pictures: Path | PictureSource | None,
    features: Path | None,
    encoder: Mapping[str, Any] | None = None,
    graph: Path | None = None,
    threads: int = 0,
) -> RegionSource | None:
    """Where the regions of a recipe's model come from; None for a text-only model.

    Args:
        recipe: its `picture` section decides.
        vectors: of the text side, for captions.
        pictures: folder of pictures by id, or another source; without either, a post's picture is a path.
        features: a store of encoded pictures, or a feature file of the public Keras code, taken before `pictures`.
        encoder: the description of the encoder that the model was trained with, which store or encoder must match.
        graph: of the picture encoder, to run in ONNX Runtime in place of torch.
        threads: of ONNX Runtime; 0 leaves its own choice.

    Raises:
        ModelError: the store or the encoder at hand is not the one the model was trained with, or the graph is damaged.
        MissingExtraError: there is no graph, and torch or the packages of the encoder are not installed.
    """
    if recipe.picture.source == "none":
        return None
    if recipe.picture.source == "captions":
        return CaptionRegions(vectors)
    if features is not None:
        store = open_features(features)
        check_encoder(str(features), store.encoder, encoder)
        return StoredRegions(store)
    picture_encoder = build_encoder(recipe.picture) if graph is None else OnnxPictureEncoder(graph, threads=threads)
    check_encoder(str(graph or recipe.picture.encoder), picture_encoder.describe(), encoder)
    return PictureRegions(picture_encoder, pictures=pictures if isinstance(pictures, PictureSource) else PictureSource(pictures))


def check_encoder(what: str, found: Mapping[str, Any], expected: Mapping[str, Any] | None) -> None:
    """Make sure that pictures are encoded as a model knows them.

    Args:
        what: a store, a graph or an encoder, for the message.
        found: its description.
        expected: the description that the model was trained with; None where it names none.

    Raises:
        ModelError: the two differ.
    """
    if expected is not None and dict(found) != dict(expected):
        raise ModelError(
            f"{what}: pictures encoded by {dict(found)}, but the model was trained with {dict(expected)}: use the same encoder and weights, "
            "or give features that it made"
        )


def shuffle_pictures(posts: Iterable[Post], *, seed: int) -> list[Post]:
    """Give every post the picture and caption of another one: what a model gains from the right picture, it loses here.

    Raises:
        InputError: there are fewer than two posts.
    """
    posts = list(posts)
    if len(posts) < 2:
        raise InputError(f"pictures cannot be exchanged between {len(posts)} post{'' if len(posts) == 1 else 's'}: expected at least two")
    order = np.random.default_rng(seed).permutation(len(posts)).tolist()
    givers = dict(zip(order, order[1:] + order[:1], strict=True))
    return [replace(post, picture=posts[givers[place]].picture, caption=posts[givers[place]].caption) for place, post in enumerate(posts)]


def without_pictures(posts: Iterable[Post]) -> list[Post]:
    """The posts with neither picture nor caption."""
    return [replace(post, picture=None, caption=None) for post in posts]
