"""From the picture section of a recipe to an encoder.

This is the only place where names of encoders become classes. Each class is imported, with its
packages, when it is asked for.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from mner.errors import MissingExtraError
from mner.graphs.devices import Device, torch_device
from mner.pictures.encoders.encoder import PictureEncoder, Scaling
from mner.pictures.encoders.exported import OnnxPictureEncoder
from mner.recipe.sections import PictureSection

__all__ = ["build_encoder"]


def build_encoder(
    encoder: PictureSection | Path, *, threads: int = 0, device: Device = "cpu"
) -> PictureEncoder:
    """Load an encoder.

    Args:
        encoder: the encoder as a recipe names it, or the graph of one that `export_encoder` or
            `mner export` wrote, which runs without torch.
        threads: of ONNX Runtime, for a graph; 0 leaves the choice to it.
        device: where it runs.

    Raises:
        InputError: its weights cannot be used, `device` is not known, or it is `cuda` and there is
            none.
        ModelError: the graph cannot be used.
        MissingExtraError: its packages are not installed.
    """
    if isinstance(encoder, Path):
        return OnnxPictureEncoder(encoder, threads=threads, device=device)
    kind = _ENCODERS[encoder.encoder]
    try:
        return kind.build(encoder, device)
    except ModuleNotFoundError as exc:
        if (exc.name or "").partition(".")[0] == "mner":
            raise
        raise MissingExtraError(
            f"Encoding pictures by {encoder.encoder}, without a graph that `mner export` wrote,",
            kind.extra,
        ) from exc


def _efficientnet(_: PictureSection, device: Device) -> PictureEncoder:
    from mner.pictures.encoders.efficientnet import EfficientNetLite0

    encoder = EfficientNetLite0()
    encoder.to_device(torch_device(device))
    return encoder


def _vgg16(picture: PictureSection, device: Device) -> PictureEncoder:
    from mner.pictures.encoders.vgg import Vgg16

    encoder = Vgg16(Path(picture.weights) if picture.weights else None)
    encoder.to_device(torch_device(device))
    return encoder


def _onnx(picture: PictureSection, device: Device) -> PictureEncoder:
    from mner.pictures.encoders.onnx_vision import OnnxVision

    scaling = Scaling(picture.mean, picture.deviation)
    return OnnxVision(
        Path(picture.weights), scaling, size=picture.size, output=picture.output, device=device
    )


def _transformers(picture: PictureSection, device: Device) -> PictureEncoder:
    from mner.pictures.encoders.hub_vision import HubVision

    scaling = Scaling(picture.mean, picture.deviation) if picture.mean else None
    encoder = HubVision(picture.weights, scaling, size=picture.size)
    encoder.to_device(torch_device(device))
    return encoder


class _Kind(NamedTuple):
    build: Callable[[PictureSection, Device], PictureEncoder]
    extra: str
    """The extra that installs its packages."""


_ENCODERS = {
    "efficientnet-lite0": _Kind(_efficientnet, extra="pictures"),
    "vgg16": _Kind(_vgg16, extra="train"),
    "onnx": _Kind(_onnx, extra="train"),
    "transformers": _Kind(_transformers, extra="transformers"),
}
