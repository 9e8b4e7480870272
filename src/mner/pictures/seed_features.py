"""The feature file of the paper's public code, `img_vgg_feature_224.h5`: HDF5, one data set a picture, named by its id, (1, 512, 7, 7), channels first.

It is read where a feature store is, picture by picture. A picture that is not in it is absent. Names may end in `.jpg`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mner.errors import InputError, MissingExtraError
from mner.pictures.features import FeatureStore
from mner.types import Floats, PictureState, Regions

__all__ = ["SEED_ENCODER", "SeedFeatures", "open_features"]

SEED_ENCODER = {
    "name": "vgg16 of the public Keras code",
    "size": 224,
    "regions": 49,
    "width": 512,
    "preprocessing": "that of the file's maker; the public code's own is bgr - mean in bytes, which wraps round",
    "fingerprint": "not recorded in feature files",
}
"""What is known of the encoder; the same for all such files, and for the stores that are made of them."""

_SHAPE = (1, 512, 7, 7)
_ENDING = ".jpg"


def open_features(path: Path) -> "FeatureStore | SeedFeatures":
    """Open the regions of pictures: a feature store, which is a folder, or a feature file of the public code.

    Raises:
        InputError: it is neither, or damaged.
        MissingExtraError: it is a file, and h5py is not installed.
    """
    return SeedFeatures(path) if path.is_file() else FeatureStore.open(path)


class SeedFeatures:
    """The regions of pictures, by picture id; the file stays open."""

    def __init__(self, path: Path) -> None:
        """Open a feature file, of which one picture is read to see that it is one.

        Raises:
            InputError: it cannot be read, is not HDF5, is cut, or holds something else.
            MissingExtraError: h5py is not installed.
        """
        try:
            import h5py
        except ImportError as exc:
            raise MissingExtraError(f"{path}: reading a feature file", "h5") from exc
        self.path = path
        self.encoder: dict[str, Any] = dict(SEED_ENCODER)
        self.shape = (_SHAPE[2] * _SHAPE[3], _SHAPE[1])
        self._dataset = h5py.Dataset
        try:
            self._file = h5py.File(path, "r")
            first = next(iter(self._file), None)
        except (OSError, RuntimeError, ValueError) as exc:
            raise InputError(
                f"{path}: expected a feature store, or an HDF5 file with a data set for each picture ({exc})"
            ) from exc
        if first is None:
            raise InputError(f"{path}: expected a data set for each picture, got none")
        self.regions(first)
        self.dtype = str(self._file[first].dtype)

    def __len__(self) -> int:
        """N, the number of data sets."""
        return len(self._file)

    def ids(self) -> list[str]:
        """The ids of the pictures in the order of their names, without `.jpg`.

        Raises:
            InputError: the file's list of names is damaged, or a picture stands there twice, with and without `.jpg`.
        """
        try:
            names = sorted(self._file)
        except (OSError, RuntimeError, KeyError, ValueError) as exc:
            raise InputError(
                f"{self.path}: the names of the data sets cannot be read ({exc}): get the file again, or make it again"
            ) from exc
        if twice := set(names) & {name + _ENDING for name in names}:
            raise InputError(
                f"{self.path}: expected a picture once, got {min(twice)!r} with and without {_ENDING}"
            )
        return [name.removesuffix(_ENDING) for name in names]

    def regions(self, picture: str) -> Regions:
        """The regions of a picture, (49, 512), row by row from the top left; (0, 512) where it is absent.

        Args:
            picture: its id, with or without `.jpg`.

        Raises:
            InputError: its data set is damaged, or is not what a feature file holds.
        """
        where = f"{self.path}: picture {picture!r}"
        try:
            dataset = next(
                (self._file[name] for name in _names(picture) if name in self._file), None
            )
            if dataset is None:
                return Regions(PictureState.ABSENT, np.zeros((0, self.shape[1]), dtype=np.float32))
            if (
                not isinstance(dataset, self._dataset)
                or dataset.shape != _SHAPE
                or dataset.dtype.kind != "f"
            ):
                found = (
                    f"{dataset.dtype} of shape {dataset.shape}"
                    if isinstance(dataset, self._dataset)
                    else "a group"
                )
                raise InputError(
                    f"{where}: expected a data set of floats of shape {_SHAPE}, got {found}"
                )
            features: Floats = dataset[()].astype(np.float32)
        except (OSError, RuntimeError, KeyError, ValueError) as exc:
            raise InputError(
                f"{where}: the data set is damaged ({exc}): get the file again, or make it again"
            ) from exc
        if not np.isfinite(features).all():
            raise InputError(f"{where}: expected finite floats, got some that are not")
        return Regions(PictureState.PRESENT, features.reshape(_SHAPE[1], -1).T.copy())


def _names(picture: str) -> Iterator[str]:
    """Under which a picture may stand; a path is none, as HDF5 would take it for one of its own."""
    if picture and "/" not in picture and picture != ".":
        yield picture
        yield picture.removesuffix(_ENDING) if picture.endswith(_ENDING) else picture + _ENDING
