"""What is in a feature store, or in a feature file of the public Keras code."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mner.pictures.features import FLOAT16, FeatureStore
from mner.pictures.seed_features import open_features
from mner.types import PictureState

__all__ = ["StoreInfo", "store_info"]


@dataclass(frozen=True)
class StoreInfo:
    """A store of encoded pictures, seen from outside."""

    path: str
    encoder: Mapping[str, Any]
    """The description of the encoder: its name, preprocessing, the fingerprint of its weights."""
    shape: tuple[int, int]
    """(R, V) of a picture."""
    dtype: str
    """Of the numbers on the disk."""
    pictures: Mapping[str, int]
    """How many are in each state."""
    bytes: int
    """On the disk."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def render(self) -> str:
        """For people, a line each."""
        regions, width = self.shape
        lines = {
            **{
                "encoder" if name == "name" else name: value
                for name, value in self.encoder.items()
                if name not in {"regions", "width"}
            },
            "regions": f"{regions} of {width} numbers, {self.dtype}",
            "pictures": ", ".join(f"{count} {state}" for state, count in self.pictures.items()),
            "on disk": f"{self.bytes / 1e6:.1f} MB",
        }
        return "\n".join(f"{name:<14} {value}" for name, value in lines.items())


def store_info(path: Path) -> StoreInfo:
    """Look at a feature store, or at a feature file.

    Raises:
        InputError: it is neither, unfinished, or damaged.
        MissingExtraError: it is a file, and h5py is not installed.
    """
    store = open_features(path)
    if isinstance(store, FeatureStore):
        counts, dtype, files = store.counts(), str(FLOAT16), list(path.iterdir())
    else:
        counts, dtype, files = {PictureState.PRESENT: len(store)}, store.dtype, [path]
    return StoreInfo(
        path=str(path),
        encoder=store.encoder,
        shape=store.shape,
        dtype=dtype,
        pictures={state.value: count for state, count in counts.items()},
        bytes=sum(file.stat().st_size for file in files),
    )
