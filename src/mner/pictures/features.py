"""The features of pictures, whatever holds them: a feature store or a feature file."""

from pathlib import Path
from typing import TypeAlias

from mner.pictures.seed_features import SeedFeatures
from mner.pictures.store import FeatureStore

__all__ = ["Features", "open_features"]

Features: TypeAlias = FeatureStore | SeedFeatures
"""Regions by picture id. Both kinds have `path`, `encoder`, `shape`, `dtype`, `regions` and
`counts`."""


def open_features(path: Path) -> Features:
    """Open a feature store, which is a folder, or a feature file of the public code.

    Raises:
        InputError: it is neither, or damaged.
        MissingExtraError: it is a file, and h5py is not installed.
    """
    return SeedFeatures(path) if path.is_file() else FeatureStore.open(path)
