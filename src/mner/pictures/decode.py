"""A picture file as an array of pixels, safely.

What is missing or broken is a state with a reason, never a crash and never another picture.
"""

import stat
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from io import SEEK_END, BytesIO
from pathlib import Path
from typing import IO, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from mner.pictures.boxed import boxed_format, why_not_read
from mner.pictures.memory import decoding_bytes
from mner.pictures.reasons import why_undecodable, why_unidentified
from mner.pictures.shrink import shrink, upright_size
from mner.pictures.tags import MOST_HEADER_BYTES, header_bytes
from mner.types import PictureState

__all__ = [
    "MAX_PIXELS",
    "MAX_SIDE",
    "MOST_FILE_BYTES",
    "Picture",
    "Pixels",
    "read_picture",
    "read_preview",
    "why_too_large",
]

Pixels: TypeAlias = NDArray[np.uint8]
_Fit: TypeAlias = Callable[[int, int], tuple[int, int]]
"""From the width and height of a picture to those that are wanted."""

MAX_PIXELS = 50_000_000
"""The most pixels of a picture that is decoded: more than the largest cameras of phones usually
give. A JPEG may have 64 times as many where its sides are shrunk to an eighth while it is
decoded."""
MAX_SIDE = 65_535
"""The longest side of a picture that is decoded, which is the longest of a JPEG."""
_MOST_BYTES = 340_000_000
"""The most memory that may be needed to decode a picture (see `decoding_bytes`). With what Python
and the libraries take themselves it stays below 400 MB."""
MOST_FILE_BYTES = 200_000_000
"""As many as 50 million pixels have that are not compressed, and a quarter more."""

# The formats that posts carry. Pillow knows more, and some of them start other programs (EPS).
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF")
_HEAD = 512
_LONGEST_REASON = 160

# Pillow's warnings are silenced by changing the filters of the whole process, which two threads
# must not do at once.
_DECODING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Picture:
    """What was found where a picture should be."""

    state: PictureState
    pixels: Pixels | None
    """(S, S, 3) RGB, (H, W, 3) for a preview; None unless the picture is present."""
    reason: str | None
    """Why there are no pixels; None where there are, or where no picture was asked for."""


def read_picture(source: Path | bytes, *, size: int = 224) -> Picture:
    """Read a picture and stretch it to a square, as is usual in the field.

    Nothing is cropped, so no region is lost.

    JPEG, PNG, GIF (its first frame), WebP, BMP and TIFF are read, AVIF where Pillow has it, and
    HEIC with the extra `heic`. Pictures are turned upright by their EXIF data. Transparent pixels
    are laid on white.

    Args:
        source: a file, or the bytes of one.
        size: S, side of the square in pixels.

    Returns:
        An absent picture where there is no file. An unreadable one where the file is not regular,
        is no picture, is damaged, has more than `MAX_PIXELS` or a side above `MAX_SIDE`, or takes
        too much memory. A bad picture raises nothing.
    """
    return _read(source, lambda _width, _height: (size, size))


def read_preview(source: Path | bytes, *, longest: int = 480) -> Picture:
    """Read a picture for people to look at.

    It is read as by `read_picture`, but in its own proportions, its longer side at most `longest`
    pixels.
    """

    def shrunk(width: int, height: int) -> tuple[int, int]:
        share = min(1.0, longest / max(width, height))
        return max(1, round(share * width)), max(1, round(share * height))

    return _read(source, shrunk)


def _read(source: Path | bytes, fit: _Fit) -> Picture:
    if isinstance(source, bytes):
        return _decode(BytesIO(source), fit)
    try:
        # Opening a FIFO would wait for ever, and a device may have no end.
        if not stat.S_ISREG(source.stat().st_mode):
            return _unreadable("not a regular file")
        with source.open("rb") as file:
            return _decode(file, fit)
    except (FileNotFoundError, NotADirectoryError):
        return Picture(PictureState.ABSENT, None, "no such file")
    except (OSError, ValueError) as exc:
        return _unreadable(getattr(exc, "strerror", None) or str(exc))


def _decode(file: IO[bytes], fit: _Fit) -> Picture:
    try:
        with _DECODING, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            file_bytes = file.seek(0, SEEK_END)
            file.seek(0)
            in_headers = header_bytes(file) if file_bytes <= MOST_FILE_BYTES else 0
            boxed = boxed_format(_head(file))
            reason = _why_refused(file_bytes, in_headers) or why_not_read(boxed)
            if reason is not None:
                return _unreadable(reason)
            formats = _FORMATS if boxed is None else (boxed,)
            with Image.open(file, formats=formats) as image:
                return _present(image, fit, file_bytes=file_bytes, in_headers=in_headers)
    except UnidentifiedImageError:
        return _unreadable(why_unidentified(_head(file), (*_FORMATS, "AVIF", "HEIC")))
    except Image.DecompressionBombError:
        return _unreadable("more pixels are declared than are ever decoded")
    # Pillow's decoders raise whatever the bytes lead them into: SyntaxError, struct.error,
    # EOFError, KeyError and more.
    except Exception as exc:  # noqa: BLE001
        return _unreadable(f"cannot be decoded: {why_undecodable(exc)}")


def _head(file: IO[bytes]) -> bytes:
    """Return the first bytes of a file, which is left at its begin."""
    file.seek(0)
    head = file.read(_HEAD)
    file.seek(0)
    return head


def why_too_large(file_bytes: int) -> str | None:
    """Return why a file of this size is not read; None if it is."""
    if file_bytes > MOST_FILE_BYTES:
        return f"the file has {file_bytes} bytes, more than the {MOST_FILE_BYTES} that are read"
    return None


def _why_refused(file_bytes: int, in_headers: int) -> str | None:
    """Return why a file is not opened; None if it is."""
    reason = why_too_large(file_bytes)
    if reason is not None:
        return reason
    if in_headers > MOST_HEADER_BYTES:
        return f"its tags would take more than {MOST_HEADER_BYTES // 1_000_000} MB of memory"
    return None


def _present(image: Image.Image, fit: _Fit, *, file_bytes: int, in_headers: int) -> Picture:
    width, height = image.size
    # A JPEG can be decoded at a fraction of its size, still twice what is needed; with other
    # formats this does nothing.
    longest = 2 * max(fit(width, height))
    image.draft(None, (longest, longest))
    if max(width, height) > MAX_SIDE or image.width * image.height > MAX_PIXELS:
        return _unreadable(
            f"{width} x {height} pixels are more than the {MAX_PIXELS} that are decoded, or a side"
            f" is longer than {MAX_SIDE}"
        )
    needed = in_headers + decoding_bytes(image, (width, height), file_bytes=file_bytes)
    if needed > _MOST_BYTES:
        return _unreadable(
            f"{width} x {height} pixels of this kind of {image.format} would take"
            f" {needed // 1_000_000} MB of memory, more than {_MOST_BYTES // 1_000_000}"
        )
    image.load()
    fitted = shrink(image, fit(*upright_size(image)))
    return Picture(PictureState.PRESENT, np.array(fitted, dtype=np.uint8), None)


def _unreadable(reason: str) -> Picture:
    return Picture(PictureState.UNREADABLE, None, reason[:_LONGEST_REASON])
