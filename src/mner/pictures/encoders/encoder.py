"""What an encoder of pictures is: from pixels to a grid of regions."""

from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from mner.errors import InputError
from mner.types import Floats

__all__ = ["PictureEncoder", "Scaling", "check_pixels"]


class Scaling(NamedTuple):
    """From pixels to what a network was trained on: (rgb / 255 - mean) / deviation, three numbers each."""

    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    def __str__(self) -> str:
        """As a formula, for the description of an encoder."""
        return f"(rgb / 255 - {self.mean}) / {self.deviation}"


class PictureEncoder(Protocol):
    """Turns pictures into regions, with weights that are not trained here."""

    name: str
    size: int
    """S, side of the pictures in pixels."""
    regions: int
    """R."""
    width: int
    """V."""
    preprocessing: str
    """From pixels to what the network is given."""
    fingerprint: str
    """Of the weights."""

    def __call__(self, pixels: NDArray[np.uint8]) -> Floats:
        """From (B, S, S, 3) RGB to (B, R, V), regions row by row from the top left; what a picture gives does not depend on its company.

        Raises:
            InputError: the pixels have another shape or type.
        """
        ...

    def write_graph(self, target: Path) -> None:
        """Write an ONNX graph from `pixels`, uint8 (B, S, S, 3), to `regions` (B, R, V), preprocessing and all.

        Raises:
            InputError: the network cannot be written as a graph.
        """
        ...

    def describe(self) -> dict[str, str | int]:
        """All that the regions depend on: two encoders of one description give the same."""
        return {
            name: getattr(self, name)
            for name in ("name", "size", "regions", "width", "preprocessing", "fingerprint")
        }


def check_pixels(pixels: NDArray[np.uint8], *, size: int) -> None:
    """Make sure that pixels are uint8 (B, S, S, 3); raises InputError where they are not."""
    if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[1:] != (size, size, 3):
        raise InputError(
            f"pixels: expected uint8 of shape (B, {size}, {size}, 3), got {pixels.dtype} of shape {pixels.shape}"
        )
