"""How much memory the decoding of a picture takes, estimated from its headers.

The numbers were measured as the growth of the process (see `tests/pictures/test_memory.py`).
"""

from typing import Any

from PIL import Image

__all__ = ["decoding_bytes"]

_BYTES_A_PIXEL = 4
"""Of a decoded picture; Pillow keeps RGB in four bytes."""
_WEBP_BYTES_A_PIXEL = 16
"""Two canvases and two copies of the pixels, beside the decoded picture."""
_BOXED_BYTES_A_PIXEL = 16
"""Of AVIF and HEIC: planes of colour, one copy of the pixels, and the decoded picture."""
_COEFFICIENT_BYTES = 2

# Tags of TIFF.
_BITS_PER_SAMPLE, _ORIENTATION, _ROWS_PER_STRIP = 258, 274, 278
_TILE_WIDTH, _TILE_LENGTH = 322, 323


def decoding_bytes(image: Image.Image, size: tuple[int, int], *, file_bytes: int) -> int:
    """Estimate the bytes of memory that loading an opened picture takes at its peak.

    Args:
        image: opened and, where it was possible, drafted.
        size: width and height before it was drafted.
        file_bytes: the size of its file.
    """
    pixels = image.width * image.height
    needed = _BYTES_A_PIXEL * pixels
    match image.format:
        case "JPEG" | "MPO":
            needed += _coefficients(image, size)
        case "WEBP":
            needed += _WEBP_BYTES_A_PIXEL * pixels + 2 * file_bytes
        case "AVIF" | "HEIF":
            needed += _BOXED_BYTES_A_PIXEL * pixels + 2 * file_bytes
        case "TIFF":
            needed += _tiff_bytes(image, file_bytes=file_bytes)
        case "BMP":
            needed += _BYTES_A_PIXEL * pixels if _codec(image) == "bmp_rle" else 0
        case _:
            needed += file_bytes  # a chunk of PNG may be as long as the file
    return needed


def _coefficients(image: Any, size: tuple[int, int]) -> int:
    """Return the bytes of the coefficients of a JPEG.

    Those of the whole picture are kept if it comes in several scans, whatever the size at which it
    is decoded.
    """
    if not image.info.get("progressive") and _has_one_scan(image):
        return 0
    layers = [(int(across), int(down)) for _, across, down, _ in image.layer]
    most_across = max(across for across, _ in layers)
    most_down = max(down for _, down in layers)
    width, height = size[0] + 8 * most_across, size[1] + 8 * most_down  # whole blocks
    samples = 0
    for across, down in layers:
        samples += (width * across // most_across) * (height * down // most_down)
    return _COEFFICIENT_BYTES * samples


def _has_one_scan(image: Any) -> bool:
    """Return whether the first scan of an opened JPEG has all of its components."""
    components = len(image.layer)
    length = 6 + 2 * components
    end = image.fp.tell()
    if end < length:
        return False
    image.fp.seek(end - length)
    header: bytes = image.fp.read(3)
    image.fp.seek(end)
    return header == bytes((0, length, components))


def _tiff_bytes(image: Any, *, file_bytes: int) -> int:
    """Return the bytes that a TIFF needs beside its pixels."""
    tags = image.tag_v2
    pixels = image.width * image.height
    turned = _BYTES_A_PIXEL * pixels if tags.get(_ORIENTATION, 1) != 1 else 0
    if _codec(image) != "libtiff":
        return int(turned)
    # The whole file, and one strip or tile, which may be larger than the picture.
    strip = image.width * min(int(tags.get(_ROWS_PER_STRIP, image.height)), image.height)
    tile = int(tags.get(_TILE_WIDTH, 0)) * int(tags.get(_TILE_LENGTH, 0))
    bits = sum(map(int, tags.get(_BITS_PER_SAMPLE, (1,))))
    block: int = max(strip, tile) * max(_BYTES_A_PIXEL, (bits + 7) // 8)
    return file_bytes + max(turned, block)


def _codec(image: Any) -> str:
    return str(image.tile[0][0]) if image.tile else ""
