"""The picture section of a recipe to an encoder: the only place where names of encoders become classes."""

from collections.abc import Callable
from pathlib import Path

from mner.errors import MissingExtraError
from mner.pictures.encoders.encoder import PictureEncoder, Scaling
from mner.recipe.sections import PictureSection

__all__ = ["build_encoder"]


def build_encoder(picture: PictureSection) -> PictureEncoder:
    """Load the encoder that a recipe names.

    Raises:
        InputError: its weights cannot be used.
        MissingExtraError: its packages are not installed.
    """
    build, extra = _ENCODERS[picture.encoder]
    try:
        return build(picture)
    except ModuleNotFoundError as exc:
        if (exc.name or "").partition(".")[0] == "mner":
            raise
        raise MissingExtraError(
            f"Encoding pictures by {picture.encoder}, without a graph that `mner export` wrote,",
            extra,
        ) from exc


# Each imports its packages only when it is asked for.


def _efficientnet(_: PictureSection) -> PictureEncoder:
    from mner.pictures.encoders.efficientnet import EfficientNetLite0

    return EfficientNetLite0()


def _vgg16(picture: PictureSection) -> PictureEncoder:
    from mner.pictures.encoders.vgg import Vgg16

    return Vgg16(Path(picture.weights) if picture.weights else None)


def _onnx(picture: PictureSection) -> PictureEncoder:
    from mner.pictures.encoders.onnx_vision import OnnxVision

    return OnnxVision(
        Path(picture.weights),
        Scaling(picture.mean, picture.deviation),
        size=picture.size,
        output=picture.output,
    )


def _transformers(picture: PictureSection) -> PictureEncoder:
    from mner.pictures.encoders.hub_vision import HubVision

    return HubVision(
        picture.weights,
        Scaling(picture.mean, picture.deviation) if picture.mean else None,
        size=picture.size,
    )


_ENCODERS: dict[str, tuple[Callable[[PictureSection], PictureEncoder], str]] = {
    "efficientnet-lite0": (_efficientnet, "pictures"),
    "vgg16": (_vgg16, "train"),
    "onnx": (_onnx, "train"),
    "transformers": (_transformers, "transformers"),
}
"""By name: how an encoder is built, and the extra its packages are of."""
