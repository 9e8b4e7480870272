"""The feature file of the paper's public code, `img_vgg_feature_224.h5`.

It is an HDF5 file with one data set per picture, named by its id: (1, 512, 7, 7), channels first.
Names may end in `.jpg`. It can be read wherever a feature store can, picture by picture; a picture
that is not in it is absent.
"""

from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from mner.errors import InputError, MissingExtraError, clipped, quoted
from mner.files.regular import require_regular
from mner.pictures.encoders.description import EncoderDescription
from mner.pictures.hdf5 import own_member, own_values
from mner.types import Floats, PictureState, Regions

__all__ = ["SEED_ENCODER", "SeedFeatures"]

SEED_ENCODER: EncoderDescription = {
    "name": "vgg16 of the public Keras code",
    "size": 224,
    "regions": 49,
    "width": 512,
    "preprocessing": (
        "that of the file's maker; the public code's own is bgr - mean in bytes, which wraps round"
    ),
    "fingerprint": "not recorded in feature files",
}
"""What is known of the encoder, for all such files and for the stores that are made of them."""

_SHAPE = (1, 512, 7, 7)
_ENDING = ".jpg"


class SeedFeatures:
    """The regions of a feature file, by picture id; the file stays open.

    Args:
        path: the file, of which one picture is read to check that it is a feature file.

    Attributes:
        path: the file.
        encoder: `SEED_ENCODER`.
        shape: (R, V).
        dtype: of the numbers in the file.

    Raises:
        InputError: it cannot be read, is not HDF5, is cut, holds something else, or points to
            other files.
        MissingExtraError: h5py is not installed.
    """

    encoder = SEED_ENCODER
    shape = (_SHAPE[2] * _SHAPE[3], _SHAPE[1])

    def __init__(self, path: Path) -> None:
        try:
            import h5py
        except ImportError as exc:
            raise MissingExtraError(f"{path}: reading a feature file", "h5") from exc
        self.path = path
        self._dataset = h5py.Dataset
        try:
            self._file = h5py.File(require_regular(path), "r")
            first = next(iter(self._file), None)
        except (OSError, RuntimeError, ValueError) as exc:
            raise InputError(
                f"{path}: expected a feature store, or an HDF5 file with a data set for each"
                f" picture ({clipped(exc)})"
            ) from exc
        if first is None:
            raise InputError(f"{path}: expected a data set for each picture, got none")
        self.regions(first)
        self.dtype = str(own_member(self._file, first).dtype)

    def __len__(self) -> int:
        """Return N, the number of data sets."""
        return len(self._file)

    def counts(self) -> dict[PictureState, int]:
        """Return how many pictures are in each state: all are present."""
        return {PictureState.PRESENT: len(self)}

    def ids(self) -> list[str]:
        """Return the ids of the pictures in the order of their names, without `.jpg`.

        Raises:
            InputError: the file's list of names is damaged, or a picture is there twice, with and
                without `.jpg`.
        """
        try:
            names = sorted(self._file)
        except (OSError, RuntimeError, KeyError, ValueError) as exc:
            raise InputError(
                f"{self.path}: the names of the data sets cannot be read ({clipped(exc)}):"
                " get the file again, or make it again"
            ) from exc
        if twice := set(names) & {name + _ENDING for name in names}:
            raise InputError(
                f"{self.path}: expected a picture once, got {quoted(min(twice))} with and without"
                f" {_ENDING}"
            )
        return [name.removesuffix(_ENDING) for name in names]

    def regions(self, picture: str) -> Regions:
        """Return the regions of a picture, row by row from the top left.

        Args:
            picture: its id, with or without `.jpg`.

        Returns:
            (49, 512), or (0, 512) where the picture is absent.

        Raises:
            InputError: its data set is damaged, is not what a feature file holds, or lies in
                another file.
        """
        where = f"{self.path}: picture {quoted(picture)}"
        try:
            dataset = self._find(picture)
            if dataset is None:
                return Regions(PictureState.ABSENT, np.zeros((0, self.shape[1]), dtype=np.float32))
            self._check(dataset)
            features: Floats = own_values(dataset, most=prod(_SHAPE)).astype(np.float32)
        except InputError as exc:
            raise InputError(f"{where}: {exc}") from exc
        except (OSError, RuntimeError, KeyError, ValueError) as exc:
            raise InputError(
                f"{where}: the data set is damaged ({clipped(exc)}): get the file again, or "
                "make it again"
            ) from exc
        if not np.isfinite(features).all():
            raise InputError(f"{where}: expected finite floats, got some that are not")
        rows = features.reshape(_SHAPE[1], -1).T.copy()  # (R, V)
        return Regions(PictureState.PRESENT, rows)

    def _find(self, picture: str) -> Any:
        """Return the data set of a picture, or None."""
        for name in _names(picture):
            dataset = own_member(self._file, name)
            if dataset is not None:
                return dataset
        return None

    def _check(self, dataset: Any) -> None:
        """Make sure that a member of the file is what a feature file holds."""
        if not isinstance(dataset, self._dataset):
            got = "a group"
        elif dataset.shape != _SHAPE or dataset.dtype.kind != "f":
            got = f"{dataset.dtype} of shape {dataset.shape}"
        else:
            return
        raise InputError(f"expected a data set of floats of shape {_SHAPE}, got {got}")


def _names(picture: str) -> tuple[str, ...]:
    """Return the names under which a picture may be stored.

    A path is not one, as HDF5 would take it for one of its own.
    """
    if not picture or "/" in picture or picture == ".":
        return ()
    if picture.endswith(_ENDING):
        return picture, picture.removesuffix(_ENDING)
    return picture, picture + _ENDING
