"""From the feature file of the public Keras code to a feature store."""

import logging
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from mner.pictures.seed_features import SeedFeatures
from mner.pictures.store import FeatureStore
from mner.pictures.store_writer import write_regions
from mner.types import PictureState, Regions

__all__ = ["convert_features"]

_LOG = logging.getLogger(__name__)


def convert_features(source: Path, out: Path) -> dict[PictureState, int]:
    """Write the regions of a feature file as a store; an interrupted conversion is resumed.

    Args:
        source: the HDF5 file; `.jpg` at the end of its names is not part of the ids.
        out: folder of the store.

    Returns:
        How many pictures are in each state.

    Raises:
        InputError: the file cannot be used, a data set of it is damaged, or the store cannot be
            written (see `write_regions`).
        MissingExtraError: h5py is not installed.
    """
    features = SeedFeatures(source)

    def regions_of(batch: Sequence[str]) -> list[Regions]:
        return [features.regions(picture) for picture in batch]

    with tqdm(total=len(features), desc="convert features", unit="picture", disable=None) as bar:
        is_new = write_regions(
            out,
            features.ids(),
            encode=regions_of,
            encoder=features.encoder,
            shape=features.shape,
            progress=lambda done: bar.update(done - bar.n),
        )
    if not is_new:
        _LOG.info("converted features: %s is there already", out)
    return FeatureStore.open(out).counts()
