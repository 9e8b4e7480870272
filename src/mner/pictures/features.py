"""The store of encoded pictures: each is encoded once, kept as float16, and memory-mapped when it is read.

A store is a folder of three files. While it is written it is called STORE.part:

* `store.json`     format, encoder, shape (R, V), number of pictures, digest of their ids
* `features.npy`   (N, R, V) float16, rows in the order of the ids; zeros for a picture that is absent or unreadable
* `index.jsonl`    a line a picture: id, row, state, reason
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mner.errors import InputError
from mner.types import PictureState, Regions

__all__ = [
    "ABOUT",
    "FEATURES",
    "FLOAT16",
    "FORMAT",
    "INDEX",
    "About",
    "Entry",
    "FeatureStore",
    "part_of",
    "read_about",
    "read_index",
]

FORMAT = 1
ABOUT, FEATURES, INDEX = "store.json", "features.npy", "index.jsonl"
FLOAT16 = np.dtype("<f2")


@dataclass(frozen=True, slots=True)
class About:
    """`store.json`."""

    format: int
    encoder: dict[str, Any]
    shape: tuple[int, int]
    pictures: int
    ids: str
    """A digest of the ids in their order."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of `index.jsonl`."""

    id: str
    row: int
    state: PictureState
    reason: str | None


class FeatureStore:
    """The regions of pictures, by picture id."""

    def __init__(
        self, path: Path, about: About, *, index: Mapping[str, Entry], features: NDArray[np.float16]
    ) -> None:
        """Put the parts of a store together; `FeatureStore.open` reads them."""
        self.path = path
        self.encoder = about.encoder
        self.shape = about.shape
        self._index = index
        self._features = features

    @classmethod
    def open(cls, path: Path) -> "FeatureStore":
        """Open a complete store.

        Raises:
            InputError: there is no store, it was not finished, it has another format, or its files do not fit one another.
        """
        about = read_about(path)
        if about is None:
            hint = (
                f"{part_of(path)} is an unfinished one"
                if part_of(path).is_dir()
                else "there is none"
            )
            raise InputError(
                f"{path}: expected a feature store, but {hint}: run `mner features extract`"
            )
        try:
            index = {entry.id: entry for entry, _ in read_index(path / INDEX)}
            features = np.load(path / FEATURES, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError) as exc:
            raise InputError(
                f"{path}: the feature store is damaged ({exc}): remove the folder and make it again"
            ) from exc
        expected = (about.pictures, *about.shape)
        if features.shape != expected or features.dtype != FLOAT16 or len(index) != about.pictures:
            found = (
                f"{features.dtype} of shape {features.shape} and {len(index)} pictures in the index"
            )
            raise InputError(
                f"{path}: the feature store is damaged, expected float16 of shape {expected}, got {found}: remove the folder and make it again"
            )
        return cls(path, about, index=index, features=features)

    def __len__(self) -> int:
        """N, the number of pictures, whatever their state."""
        return len(self._index)

    def __contains__(self, picture: object) -> bool:
        """Whether the store knows a picture id."""
        return picture in self._index

    def counts(self) -> dict[PictureState, int]:
        """How many pictures are in each state."""
        states = [entry.state for entry in self._index.values()]
        return {state: states.count(state) for state in PictureState}

    def regions(self, picture: str) -> Regions:
        """The regions of a picture: (R, V) where it is present, (0, V) where it is not.

        Raises:
            InputError: the store does not know the id.
        """
        entry = self._entry(picture)
        if entry.state is not PictureState.PRESENT:
            return Regions(
                entry.state, np.zeros((0, self.shape[1]), dtype=np.float32), reason=entry.reason
            )
        return Regions(entry.state, self._features[entry.row].astype(np.float32))

    def reason(self, picture: str) -> str | None:
        """Why a picture has no regions; None where it has. Raises as `regions` does."""
        return self._entry(picture).reason

    def _entry(self, picture: str) -> Entry:
        if picture not in self._index:
            raise InputError(
                f"{self.path}: picture {picture!r} is not among the {len(self)} of this feature store: make one of the file that names it"
            )
        return self._index[picture]


def part_of(path: Path) -> Path:
    """Where a store is while it is written."""
    return path.with_name(f"{path.name}.part")


def read_about(folder: Path) -> About | None:
    """What a store says of itself; None where there is none."""
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        if about["format"] != FORMAT:
            raise InputError(
                f"{folder}: feature store of format {about['format']}, expected {FORMAT}: make it again with this version"
            )
        return About(**{**about, "shape": tuple(about["shape"])})
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise InputError(
            f"{folder / ABOUT}: not the description of a feature store ({exc}): remove the folder and make it again"
        ) from exc


def read_index(path: Path) -> Iterator[tuple[Entry, int]]:
    """The entries of an index, each with where its line ends, up to the first line that is not whole."""
    end = 0
    with path.open("rb") as lines:
        for line in lines:
            try:
                entry = json.loads(line)
                entry = Entry(**{**entry, "state": PictureState(entry["state"])})
            except (ValueError, KeyError, TypeError):
                return
            if not line.endswith(b"\n"):
                return
            end += len(line)
            yield entry, end
