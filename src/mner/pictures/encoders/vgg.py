"""VGG-16, the picture encoder of the paper."""

from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from mner.errors import InputError
from mner.files.paths import downloads_folder
from mner.pictures.encoders.network_encoder import NetworkEncoder
from mner.pictures.encoders.vgg_read import read_vgg16_weights
from mner.pictures.encoders.vgg_weights import BLOCKS, Vgg16Weights
from mner.types import Floats

__all__ = ["DEFAULT_WEIGHTS", "Vgg16", "Vgg16Network"]

DEFAULT_WEIGHTS = "vgg16-397923af.pth"
"""The file that `mner data fetch vgg16` downloads."""


class Vgg16(NetworkEncoder):
    """VGG-16 of ImageNet, up to the last pooling: 7 x 7 regions, 512 wide, not negative.

    The preprocessing depends on the weights. Those of Keras are Caffe's and want blue, green and
    red in [0, 255] less their means. Those of torchvision want red, green and blue in [0, 1], less
    the mean and divided by the deviation. Both are computed in floats. The public code of the paper
    subtracted the means from bytes, which wraps round: its features can only be had from its
    feature file (`mner features convert`).

    A state dict is taken for torchvision's. Caffe's weights are passed on in that layout too, and
    would be given the wrong pixels: take the file of Keras, which holds the same weights.

    Args:
        weights: a file in any layout of `vgg_read`; None for the file that
            `mner data fetch vgg16` downloads.

    Raises:
        InputError: the file is missing, or see `read_vgg16_weights`.
        MissingExtraError: the file is HDF5, and h5py is not installed.
    """

    name = "vgg16"
    size = 224
    regions = 49
    width = 512

    def __init__(self, weights: Path | None = None) -> None:
        read = read_vgg16_weights(weights or _fetched())
        chosen = _PREPROCESSING[read.origin]
        self.preprocessing = chosen.text
        self.fingerprint = read.fingerprint
        self.network = Vgg16Network(
            read, mean=chosen.mean, deviation=chosen.deviation, flip=chosen.flip
        ).eval()


class Vgg16Network(nn.Module):
    """Preprocessing, thirteen convolutions, and the last feature map read as regions.

    Args:
        weights: of the convolutions.
        mean: of each channel, in bytes, in the order of the weights' channels.
        deviation: of each channel, likewise.
        flip: whether the weights' channels are blue, green and red.
    """

    def __init__(
        self,
        weights: Vgg16Weights,
        *,
        mean: tuple[float, ...],
        deviation: tuple[float, ...],
        flip: bool,
    ) -> None:
        super().__init__()
        self.flip = flip
        self.mean: Tensor
        self.deviation: Tensor
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("deviation", torch.tensor(deviation))
        self.layers = nn.Sequential(*_layers(weights))

    def forward(self, pixels: Tensor) -> Tensor:
        """Encode pictures of any size.

        Args:
            pixels: uint8 (B, S, S, 3).

        Returns:
            (B, R, V), row by row; R is (S / 32) squared.
        """
        ordered = pixels.float().flip(-1) if self.flip else pixels.float()  # (B, S, S, 3)
        scaled = (ordered - self.mean) / self.deviation
        features: Tensor = self.layers(scaled.permute(0, 3, 1, 2))  # (B, V, S / 32, S / 32)
        return features.flatten(2).transpose(1, 2)  # (B, R, V)


class _Preprocessing(NamedTuple):
    text: str
    """For the description of the encoder."""
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    flip: bool


_PREPROCESSING = {
    # As in `keras.applications.vgg16.preprocess_input`.
    "keras": _Preprocessing(
        "bgr - (103.939, 116.779, 123.68)",
        mean=(103.939, 116.779, 123.68),
        deviation=(1.0, 1.0, 1.0),
        flip=True,
    ),
    "torchvision": _Preprocessing(
        "(rgb / 255 - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)",
        mean=(255 * 0.485, 255 * 0.456, 255 * 0.406),
        deviation=(255 * 0.229, 255 * 0.224, 255 * 0.225),
        flip=False,
    ),
}
"""By the origin of the weights."""


def _fetched() -> Path:
    path = downloads_folder() / DEFAULT_WEIGHTS
    if not path.is_file():
        raise InputError(
            f"{path}: the weights of VGG-16 are not there: run `mner data fetch vgg16`,"
            " or name a file of torchvision or Keras by picture.weights"
        )
    return path


def _layers(weights: Vgg16Weights) -> list[nn.Module]:
    layers: list[nn.Module] = []
    numbers = zip(weights.kernels, weights.biases, strict=True)
    for channels in BLOCKS:
        for inputs, outputs in pairwise(channels):
            kernel, bias = next(numbers)
            layers += [
                _convolution(inputs, outputs, kernel=kernel, bias=bias),
                nn.ReLU(inplace=True),
            ]
        layers.append(nn.MaxPool2d(2))
    return layers


def _convolution(inputs: int, outputs: int, *, kernel: Floats, bias: Floats) -> nn.Conv2d:
    convolution = nn.Conv2d(inputs, outputs, 3, padding=1, device="meta")
    weight = torch.from_numpy(kernel).to(memory_format=torch.channels_last)
    convolution.weight = nn.Parameter(weight, requires_grad=False)
    convolution.bias = nn.Parameter(torch.from_numpy(bias), requires_grad=False)
    return convolution
