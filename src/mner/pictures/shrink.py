"""A decoded picture, upright and in RGB at the size that is wanted, in little memory.

A large picture is taken band by band, so that it is never there twice. The result is the same, byte
by byte, as if it were turned, converted and resized as a whole, since Pillow too shrinks along the
rows first and then along the columns, with bytes in between. It takes the columns of pictures that
are much higher than wide first; there, rounding makes a difference of one in 255.
"""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mner.pictures.tags import exif_orientation
from mner.types import Doubles

__all__ = ["shrink", "upright_size"]

_WHOLE = 8_000_000
"""The most pixels of a picture that is taken as a whole."""
_BAND = 1_000_000
"""Pixels of a band of a larger one."""

_USUAL_WHITE = {"I": (255.0, 65535.0), "F": (1.0,)}
"""By mode, the values that may stand for white. The first that no pixel exceeds is taken, or the
largest value of the picture."""

_XMP = re.compile(rb'tiff:Orientation(?:="|>)([0-9])')
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""By the orientation of EXIF, what turns the picture upright."""
_FROM_THE_END = frozenset({3, 4, 7, 8})
"""Orientations of which the first row is the last row or column of the picture."""


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Return width and height of a decoded picture when it is upright."""
    width, height = image.size
    return (height, width) if _orientation(image) >= 5 else (width, height)


def shrink(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return a decoded picture upright, in RGB, stretched to a size.

    Deep channels are scaled to 8 bits, and transparency is laid on white.
    """
    if image.mode == "RGB" and not image.has_transparency_data and _orientation(image) == 1:
        return image.resize(size, Image.Resampling.BILINEAR)
    width, height = upright_size(image)
    white = _white(image)
    if width * height <= _WHOLE:
        (whole,) = _bands(image, rows=height)
        return _as_rgb(whole, white).resize(size, Image.Resampling.BILINEAR)
    rows = Image.new("RGB", (size[0], height))
    top = 0
    for band in _bands(image, rows=max(1, _BAND // width)):
        upright = _as_rgb(band, white)
        rows.paste(upright.resize((size[0], band.height), Image.Resampling.BILINEAR), (0, top))
        top += band.height
    return rows.resize(size, Image.Resampling.BILINEAR)


def _orientation(image: Image.Image) -> int:
    """Return the orientation of EXIF, or else of XMP; 1 where there is none."""
    if image.format == "TIFF":
        return 1  # Pillow turns it when it is decoded
    exif = image.info.get("exif") or _exif_in_words(image.info.get("Raw profile type exif"))
    orientation = exif_orientation(exif) if isinstance(exif, bytes) else None
    if orientation is None:
        xmp = image.info.get("XML:com.adobe.xmp") or image.info.get("xmp") or b""
        match = _XMP.search(xmp.encode() if isinstance(xmp, str) else xmp)
        orientation = int(match[1]) if match else 1
    return orientation if orientation in _TURNS else 1


def _exif_in_words(profile: object) -> bytes | None:
    """Return the EXIF data that older programs put into PNG as hexadecimal digits."""
    if not isinstance(profile, str):
        return None
    try:
        return bytes.fromhex("".join(profile.split("\n")[3:]))
    except ValueError:
        return None


def _bands(image: Image.Image, *, rows: int) -> Iterator[Image.Image]:
    """Yield the upright picture from top to bottom, so many rows at a time."""
    orientation = _orientation(image)
    across, down = image.size
    is_turned = orientation >= 5
    length = across if is_turned else down
    for start in range(0, length, rows):
        end = min(start + rows, length)
        first, last = start, end
        if orientation in _FROM_THE_END:
            first, last = length - end, length - start
        box = (first, 0, last, down) if is_turned else (0, first, across, last)
        band = image.crop(box)
        yield band.transpose(_TURNS[orientation]) if orientation in _TURNS else band


def _as_rgb(image: Image.Image, white: float | None) -> Image.Image:
    """Convert a band of any mode: deep channels scaled to 8 bits, transparency on white."""
    if white is not None:
        image = Image.fromarray(_scaled(_values(image), white))
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    ground = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(ground, layer).convert("RGB")


def _white(image: Image.Image) -> float | None:
    """Return what stands for white in a grey picture of 16 or 32 bits (I) or of floats (F).

    Pillow's own conversion clips at 255. Other modes have eight bits, and None.
    """
    if not image.mode.startswith(("I", "F")):
        return None
    rows = max(1, _BAND // image.width)
    largest = 0.0
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(top + rows, image.height)))
        largest = max(largest, float(_values(band).max()))
    for usual in _USUAL_WHITE.get(image.mode, (65535.0,)):
        if largest <= usual:
            return usual
    return largest


def _values(image: Image.Image) -> Doubles:
    values: Doubles = np.nan_to_num(np.asarray(image, dtype=np.float64), posinf=0, neginf=0)
    return values


def _scaled(values: Doubles, white: float) -> NDArray[Any]:
    return (values.clip(0, white) * (255 / white)).astype(np.uint8)
