"""The convolutions of VGG-16 and their weights."""

import hashlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mner.errors import InputError
from mner.types import Floats

__all__ = ["BLOCKS", "Vgg16Weights", "check_shapes", "finite_floats"]

BLOCKS = (
    (3, 64, 64),
    (64, 128, 128),
    (128, 256, 256, 256),
    (256, 512, 512, 512),
    (512, 512, 512, 512),
)
"""For each block its input channels and then the filters of its convolutions; a block ends in
pooling by two."""


@dataclass(frozen=True)
class Vgg16Weights:
    """The weights of the thirteen convolutions, in order."""

    origin: Literal["torchvision", "keras"]
    kernels: tuple[Floats, ...]
    """Each (out, in, 3, 3), to be correlated. The channels of the first are in the order of the
    origin: RGB for torchvision, BGR for Keras."""
    biases: tuple[Floats, ...]
    """Each (out,)."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the numbers: the same for one set of weights in any layout."""
        digest = hashlib.sha256()
        for numbers in (*self.kernels, *self.biases):
            digest.update(numbers.astype("<f4").tobytes())
        return digest.hexdigest()


def finite_floats(values: NDArray[Any], *, what: str) -> Floats:
    """Return numbers as float32.

    Raises:
        InputError: they are not finite floats; the message begins with `what`.
    """
    if values.dtype.kind != "f":
        raise InputError(f"{what}: expected finite floats, got {values.dtype}")
    if not np.isfinite(values).all():
        raise InputError(
            f"{what}: expected finite floats, got {values.dtype} that are not all finite"
        )
    return values.astype(np.float32, copy=False)


def check_shapes(path: Path, weights: Vgg16Weights) -> None:
    """Make sure that the weights of a file are those of VGG-16; raises InputError otherwise."""
    channels = [pair for block in BLOCKS for pair in pairwise(block)]
    layers = zip(channels, weights.kernels, weights.biases, strict=True)
    for number, ((inputs, outputs), kernel, bias) in enumerate(layers, start=1):
        expected = (outputs, inputs, 3, 3)
        if kernel.shape != expected or bias.shape != (outputs,):
            raise InputError(
                f"{path}: convolution {number} of VGG-16: expected a kernel of shape {expected}"
                f" and {outputs} biases, got {kernel.shape} and {bias.shape}"
            )
