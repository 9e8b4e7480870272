"""The store of encoded pictures: each is encoded once, kept as float16, and read by memory map."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mner.errors import InputError, clipped, quoted
from mner.files.arrays import map_array
from mner.pictures.store_format import (
    FEATURES,
    FLOAT16,
    INDEX,
    About,
    Entry,
    read_about,
    read_index,
    unfinished_store,
)
from mner.types import PictureState, Regions

__all__ = ["FeatureStore"]


class FeatureStore:
    """The regions of pictures, by picture id; `FeatureStore.open` reads one.

    Attributes:
        path: its folder.
        encoder: the description of the encoder that made the regions.
        shape: (R, V).
        dtype: of the numbers on the disk.
    """

    dtype = FLOAT16.name

    def __init__(
        self, path: Path, about: About, *, index: Mapping[str, Entry], features: NDArray[np.float16]
    ) -> None:
        self.path = path
        self.encoder = about.encoder
        self.shape = about.shape
        self._index = index
        self._features = features

    @classmethod
    def open(cls, path: Path) -> "FeatureStore":
        """Open a complete store.

        Raises:
            InputError: there is no store, it was not finished, it has another format, or its files
                do not fit one another.
        """
        about = read_about(path)
        if about is None:
            raise InputError(
                f"{path}: expected a feature store, but {_what_is_there(path)}:"
                " run `mner features extract`"
            )
        try:
            index = {entry.id: entry for entry, _ in read_index(path / INDEX)}
            features = map_array(path / FEATURES)
        except (OSError, ValueError) as exc:
            raise InputError(
                f"{path}: the feature store is damaged ({clipped(exc)}): remove the folder and "
                "make it again"
            ) from exc
        expected = (about.pictures, *about.shape)
        if features.shape != expected or features.dtype != FLOAT16 or len(index) != about.pictures:
            raise InputError(
                f"{path}: the feature store is damaged, expected float16 of shape {expected},"
                f" got {features.dtype} of shape {features.shape} and {len(index)} pictures in the"
                " index: remove the folder and make it again"
            )
        if [entry.row for entry in index.values()] != list(range(about.pictures)):
            raise InputError(
                f"{path}: the feature store is damaged, expected the rows of {INDEX} in order:"
                " remove the folder and make it again"
            )
        return cls(path, about, index=index, features=features)

    def __len__(self) -> int:
        """Return N, the number of pictures, whatever their state."""
        return len(self._index)

    def counts(self) -> dict[PictureState, int]:
        """Return how many pictures are in each state."""
        counted = Counter(entry.state for entry in self._index.values())
        return {state: counted[state] for state in PictureState}

    def regions(self, picture: str) -> Regions:
        """Return the regions of a picture: (R, V) where it is present, (0, V) where it is not.

        Raises:
            InputError: the store does not know the id.
        """
        entry = self._index.get(picture)
        if entry is None:
            raise InputError(
                f"{self.path}: picture {quoted(picture)} is not among the {len(self)} of this "
                "feature store: make one of the file that names it"
            )
        if entry.state is not PictureState.PRESENT:
            nothing = np.zeros((0, self.shape[1]), dtype=np.float32)
            return Regions(entry.state, nothing, reason=entry.reason)
        return Regions(entry.state, self._features[entry.row].astype(np.float32))


def _what_is_there(path: Path) -> str:
    if unfinished_store(path).is_dir():
        return f"{unfinished_store(path)} is an unfinished one"
    return "there is none"
