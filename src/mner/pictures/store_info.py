"""What is in a feature store, or in a feature file of the public Keras code."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mner.files.terminal import one_line
from mner.pictures.encoders.description import EncoderDescription
from mner.pictures.features import open_features

__all__ = ["StoreInfo", "store_info"]


@dataclass(frozen=True)
class StoreInfo:
    """A store of encoded pictures, seen from outside."""

    path: str
    encoder: EncoderDescription
    shape: tuple[int, int]
    """(R, V) of a picture."""
    dtype: str
    """Type of the numbers on the disk."""
    pictures: Mapping[str, int]
    """How many are in each state."""
    bytes: int
    """Size on the disk."""

    def as_dict(self) -> dict[str, Any]:
        """Return the description for JSON."""
        return asdict(self)

    def render(self) -> str:
        """Return the description for people, one fact per line."""
        regions, width = self.shape
        facts: dict[str, object] = {}
        for name, value in self.encoder.items():
            if name == "name":
                facts["encoder"] = value
            elif name not in {"regions", "width"}:
                facts[name] = value
        facts["regions"] = f"{regions} of {width} numbers, {self.dtype}"
        facts["pictures"] = ", ".join(f"{count} {state}" for state, count in self.pictures.items())
        facts["on disk"] = f"{self.bytes / 1e6:.1f} MB"
        return "\n".join(
            f"{one_line(name):<14} {one_line(str(value))}" for name, value in facts.items()
        )


def store_info(path: Path) -> StoreInfo:
    """Describe a feature store, or a feature file.

    Raises:
        InputError: it is neither, unfinished, or damaged.
        MissingExtraError: it is a file, and h5py is not installed.
    """
    store = open_features(path)
    files = [path] if path.is_file() else path.iterdir()
    return StoreInfo(
        path=str(path),
        encoder=store.encoder,
        shape=store.shape,
        dtype=store.dtype,
        pictures={state.value: count for state, count in store.counts().items()},
        bytes=sum(file.stat().st_size for file in files),
    )
