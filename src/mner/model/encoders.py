"""The picture section of a recipe to an encoder: the only place where names of encoders become classes."""

from collections.abc import Callable

from mner.config import Picture
from mner.errors import InputError, MissingExtraError
from mner.model.image import PictureEncoder

__all__ = ["build_encoder"]


def build_encoder(picture: Picture) -> PictureEncoder:
    """Load the encoder that a recipe names.

    Raises:
        InputError: there is no encoder of that name, or its weights cannot be used.
        MissingExtraError: its packages are not installed.
    """
    if picture.encoder not in _ENCODERS:
        raise InputError(f"picture encoder {picture.encoder!r} is not known: expected one of {', '.join(_ENCODERS)}")
    build, extra = _ENCODERS[picture.encoder]
    try:
        return build(picture)
    except ModuleNotFoundError as exc:
        if (exc.name or "").partition(".")[0] == "mner":
            raise
        raise MissingExtraError(f"Encoding pictures by {picture.encoder}, without a graph that `mner export` wrote,", extra) from exc


# Each imports its packages only when it is asked for.


def _efficientnet(_: Picture) -> PictureEncoder:
    from mner.model.efficientnet import EfficientNetLite0

    return EfficientNetLite0()


_ENCODERS: dict[str, tuple[Callable[[Picture], PictureEncoder], str]] = {"efficientnet-lite0": (_efficientnet, "pictures")}
"""By name: how an encoder is built, and the extra its packages are of."""
