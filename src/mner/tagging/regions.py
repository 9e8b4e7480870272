"""What a model looks at: caption words, stored regions, or pictures encoded on the spot."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from mner.encoding.caption_regions import CaptionRegions
from mner.encoding.vectors import VectorTable
from mner.graphs.devices import Device
from mner.pictures.encoders.description import EncoderDescription, check_encoder
from mner.pictures.source import PictureSource
from mner.recipe.sections import PictureSection, Recipe
from mner.types import LooksAt, PictureState, Post, Regions

__all__ = ["NO_REGIONS", "RegionSource", "open_regions"]

NO_REGIONS = Regions(PictureState.ABSENT, np.zeros((0, 0), dtype=np.float32))
"""What a text-only model looks at."""


class RegionSource(Protocol):
    """Gives the regions of posts, all of one width V."""

    @property
    def width(self) -> int:
        """V, the width of a region."""

    @property
    def looks_at(self) -> LooksAt:
        """What of a post the regions are made from."""

    def __call__(self, posts: Sequence[Post]) -> list[Regions]:
        """Return the regions of each post, in their order."""


def open_regions(
    recipe: Recipe,
    vectors: VectorTable,
    *,
    pictures: Path | PictureSource | None,
    features: Path | None,
    encoder: EncoderDescription | None = None,
    graph: Path | None = None,
    threads: int = 0,
    device: Device = "auto",
) -> RegionSource | None:
    """Open the source of regions that a recipe's model looks at; None for a text-only model.

    Args:
        recipe: its `picture` section decides.
        vectors: those of the text side, for captions.
        pictures: a folder of pictures by id, or another source; without either, a post's picture
            is a path.
        features: a store of encoded pictures, or a feature file of the public Keras code; it is
            used in place of `pictures`.
        encoder: the description of the encoder that the model was trained with. The store, or the
            encoder at hand, must match it.
        graph: the graph of the picture encoder, to run in ONNX Runtime instead of torch.
        threads: the threads of ONNX Runtime; 0 leaves the choice to it.
        device: where the encoder runs.

    Raises:
        ModelError: the store or the encoder at hand is not the one that the model was trained
            with, or the graph is damaged.
        MissingExtraError: there is no graph, and torch or the packages of the encoder are not
            installed.
    """
    if recipe.picture.source == "none":
        return None
    if recipe.picture.source == "captions":
        return CaptionRegions(vectors)
    return _picture_regions(
        recipe.picture,
        pictures=pictures,
        features=features,
        encoder=encoder,
        graph=graph,
        threads=threads,
        device=device,
    )


def _picture_regions(
    section: PictureSection,
    *,
    pictures: Path | PictureSource | None,
    features: Path | None,
    encoder: EncoderDescription | None,
    graph: Path | None,
    threads: int,
    device: Device,
) -> RegionSource:
    # Imported here, so that models that see no pixels start sooner.
    from mner.pictures.encoders.build import build_encoder
    from mner.pictures.features import open_features
    from mner.pictures.regions import PictureRegions, StoredRegions

    if features is not None:
        store = open_features(features)
        check_encoder(str(features), store.encoder, encoder)
        return StoredRegions(store)
    picture_encoder = build_encoder(graph or section, threads=threads, device=device)
    check_encoder(str(graph or section.encoder), picture_encoder.describe(), encoder)
    if not isinstance(pictures, PictureSource):
        pictures = PictureSource(pictures)
    return PictureRegions(picture_encoder, pictures=pictures)
