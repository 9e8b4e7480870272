"""What an encoder of pictures is: it turns pixels into a grid of regions."""

from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from mner.errors import InputError
from mner.graphs.devices import Taken
from mner.pictures.encoders.description import EncoderDescription
from mner.types import Floats

__all__ = ["PictureEncoder", "Scaling", "check_pixels"]


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
    """What is done to pixels before the network sees them."""
    fingerprint: str
    """Identifies the weights."""
    device: Taken = "cpu"
    """Where the network runs."""

    def __call__(self, pixels: NDArray[np.uint8]) -> Floats:
        """Encode pictures; the regions of one do not depend on the others.

        Args:
            pixels: (B, S, S, 3), RGB.

        Returns:
            (B, R, V), regions row by row from the top left.

        Raises:
            InputError: the pixels have another shape or type.
        """
        ...

    def write_graph(self, target: Path) -> None:
        """Write an ONNX graph from `pixels`, uint8 (B, S, S, 3), to `regions` (B, R, V).

        Preprocessing is part of the graph.

        Raises:
            InputError: the network cannot be written as a graph.
        """
        ...

    def describe(self) -> EncoderDescription:
        """Return all that the regions depend on; encoders of one description give the same."""
        return {
            "name": self.name,
            "size": self.size,
            "regions": self.regions,
            "width": self.width,
            "preprocessing": self.preprocessing,
            "fingerprint": self.fingerprint,
        }


class Scaling(NamedTuple):
    """What a network was trained on: (rgb / 255 - mean) / deviation, three numbers each."""

    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    def __str__(self) -> str:
        """Return the formula, for the description of an encoder."""
        return f"(rgb / 255 - {self.mean}) / {self.deviation}"


def check_pixels(pixels: NDArray[np.uint8], *, size: int) -> None:
    """Make sure that pixels are uint8 (B, S, S, 3); raises InputError where they are not."""
    if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[1:] != (size, size, 3):
        raise InputError(
            f"pixels: expected uint8 of shape (B, {size}, {size}, 3),"
            f" got {pixels.dtype} of shape {pixels.shape}"
        )
