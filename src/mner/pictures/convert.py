"""From the feature file of the public Keras code to a feature store."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from mner.pictures.feature_writer import Encoded, write_regions
from mner.pictures.features import FeatureStore
from mner.pictures.seed_features import SeedFeatures
from mner.types import PictureState

__all__ = ["convert_features"]

_LOG = logging.getLogger(__name__)


def convert_features(source: Path, out: Path) -> dict[PictureState, int]:
    """Write the regions of a feature file as a store, ids without `.jpg`; an interrupted conversion is gone on with.

    Args:
        source: the HDF5 file.
        out: folder of the store.

    Returns:
        How many pictures are in each state.

    Raises:
        InputError: the file cannot be used, a data set of it is damaged, or the store cannot be written as of `write_regions`.
        MissingExtraError: h5py is not installed.
    """
    features = SeedFeatures(source)

    def encoded(batch: Sequence[str]) -> Encoded:
        regions = np.stack([features.regions(picture).vectors for picture in batch])
        return Encoded(len(batch) * [PictureState.PRESENT], len(batch) * [None], regions)

    with tqdm(total=len(features), desc="convert features", unit="picture", disable=None) as bar:
        is_new = write_regions(
            out,
            features.ids(),
            encode=encoded,
            encoder=features.encoder,
            shape=features.shape,
            progress=lambda done: bar.update(done - bar.n),
        )
    if not is_new:
        _LOG.info("converted features: %s is there already", out)
    return FeatureStore.open(out).counts()
