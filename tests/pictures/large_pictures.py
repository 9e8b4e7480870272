"""Small files of large pictures, of one colour."""

import struct
import zlib
from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Any

from PIL import Image

__all__ = ["LARGE", "png"]

_PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
"""Of interlaced PNG: first column and row, and the steps between columns and rows."""
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def png(
    size: tuple[int, int], *, kind: int = 2, depth: int = 8, is_interlaced: bool = False
) -> bytes:
    """Return a black PNG.

    Args:
        size: width and height.
        kind: PNG's colour type.
        depth: bits of a sample.
        is_interlaced: whether it comes in seven passes.
    """
    header = struct.pack(">IIBBBBB", *size, depth, kind, 0, 0, int(is_interlaced))
    packer = zlib.compressobj(1)
    packed = bytearray()
    for left, top, across, down in _PASSES if is_interlaced else ((0, 0, 1, 1),):
        columns, rows = -(-(size[0] - left) // across), -(-(size[1] - top) // down)
        row = bytes(1 + (max(0, columns) * _CHANNELS[kind] * depth + 7) // 8)
        together = max(1, 1_000_000 // len(row))
        while columns > 0 and rows > 0:
            packed += packer.compress(row * min(rows, together))
            rows -= together
    packed += packer.flush()
    palette = _chunk(b"PLTE", bytes(3 * 256)) if kind == 3 else b""
    chunks = _chunk(b"IHDR", header) + palette + _chunk(b"IDAT", bytes(packed))
    return b"\x89PNG\r\n\x1a\n" + chunks + _chunk(b"IEND", b"")


def _chunk(name: bytes, body: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + body))
    return struct.pack(">I", len(body)) + name + body + checksum


def _saved(kind: str, size: tuple[int, int], *, mode: str = "RGB", **options: Any) -> bytes:
    buffer = BytesIO()
    Image.new(mode, size, 7).save(buffer, kind, **options)
    return buffer.getvalue()


def _bmp_in_runs(size: tuple[int, int]) -> bytes:
    """Return a BMP of runs of 255 equal pixels."""
    row = b"\xff\x07" * (size[0] // 255) + b"\0\0"
    body = row * size[1] + b"\0\1"
    colours = bytes(4 * 256)
    info = struct.pack("<IiiHHIIiiII", 40, *size, 1, 8, 1, len(body), 0, 0, 256, 0)
    start = 14 + len(info) + len(colours)
    return struct.pack("<2sIHHI", b"BM", start + len(body), 0, 0, start) + info + colours + body


def _tiff_of_a_huge_tile() -> bytes:
    """Return a TIFF of 64 x 64 pixels whose tile has 30,000 x 30,000."""
    body = zlib.compress(bytes(1000))
    values = {256: 64, 257: 64, 258: 8, 259: 8, 262: 1, 277: 1, 322: 30_000, 323: 30_000}
    values |= {324: 8, 325: len(body)}
    entries = b"".join(
        struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(values.items())
    )
    directory = struct.pack("<H", len(values)) + entries + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + len(body)) + body + directory


_SIDE = (7_000, 7_000)

LARGE: dict[str, tuple[Callable[[], bytes], bool]] = {
    "jpeg of 108 million": (partial(_saved, "JPEG", (12_000, 9_000)), True),
    "jpeg, narrow": (partial(_saved, "JPEG", (65_000, 700)), True),
    "jpeg, progressive": (partial(_saved, "JPEG", (12_000, 9_000), progressive=True), True),
    "jpeg, progressive, full colour": (
        partial(_saved, "JPEG", (12_000, 9_000), progressive=True, subsampling=0),
        False,
    ),
    "png": (partial(png, _SIDE), True),
    "png, transparent": (partial(png, _SIDE, kind=6), True),
    "png of 16 bits": (partial(png, _SIDE, depth=16), True),
    "png of 16 bits, transparent": (partial(png, _SIDE, kind=6, depth=16), True),
    "png of 16 bits, grey": (partial(png, _SIDE, kind=0, depth=16), True),
    "png of a palette": (partial(png, _SIDE, kind=3), True),
    "png, interlaced": (partial(png, _SIDE, is_interlaced=True), True),
    "png, interlaced, 16 bits": (partial(png, _SIDE, kind=6, depth=16, is_interlaced=True), True),
    "png of one row": (partial(png, (50_000_000, 1)), False),
    "png of one column": (partial(png, (1, 50_000_000)), False),
    "png, as wide as can be": (partial(png, (65_535, 700)), True),
    "png, as high as can be": (partial(png, (700, 65_535)), True),
    "png, too large": (partial(png, (8_000, 8_000), kind=0, depth=1), False),
    "webp of 16 million": (partial(_saved, "WEBP", (4_000, 4_000), method=0), True),
    "webp of 16 million, transparent": (
        partial(_saved, "WEBP", (4_000, 4_000), mode="RGBA", lossless=True, method=0),
        True,
    ),
    "webp": (partial(_saved, "WEBP", _SIDE, lossless=True, method=0), False),
    "gif": (partial(_saved, "GIF", _SIDE, mode="P"), True),
    "gif, transparent": (partial(_saved, "GIF", _SIDE, mode="P", transparency=7), True),
    "bmp": (partial(_saved, "BMP", _SIDE), True),
    "bmp in runs": (partial(_bmp_in_runs, (7_140, 4_000)), True),
    "tiff": (partial(_saved, "TIFF", _SIDE), True),
    "tiff of 32 bits": (partial(_saved, "TIFF", _SIDE, mode="I"), True),
    "tiff of four colours": (partial(_saved, "TIFF", (6_000, 6_000), mode="CMYK"), True),
    "tiff, packed": (partial(_saved, "TIFF", (6_000, 6_000), compression="tiff_lzw"), True),
    "tiff, packed in one strip": (
        partial(_saved, "TIFF", _SIDE, compression="tiff_lzw", tiffinfo={278: 7_000}),
        False,
    ),
    "tiff, on its side": (partial(_saved, "TIFF", (6_000, 6_000), tiffinfo={274: 6}), True),
    "tiff, too large to turn": (partial(_saved, "TIFF", _SIDE, tiffinfo={274: 6}), False),
    "tiff of a huge tile": (_tiff_of_a_huge_tile, False),
}
"""What makes each file, and whether its picture can be decoded in 400 MB of memory."""
