"""AVIF and HEIC, the pictures that come in boxes of ISO's media format.

Pillow reads AVIF where it was built with it, from version 11.3. HEIC needs an extra, whose reader
is registered when the first such picture is met.
"""

from importlib.util import find_spec

from PIL import Image, features

__all__ = ["BOXED_FORMATS", "boxed_format", "why_not_read"]

BOXED_FORMATS = ("AVIF", "HEIF")
"""Pillow's names of the formats."""

_BRANDS = {
    "AVIF": frozenset({b"avif", b"avis"}),
    "HEIF": frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}),
}
_LONGEST_BOX = 512


def boxed_format(head: bytes) -> str | None:
    """Return the format of a picture in boxes, by the first bytes of its file; None for others."""
    if head[4:8] != b"ftyp":
        return None
    length = min(int.from_bytes(head[:4], "big"), _LONGEST_BOX)
    brands = {head[place : place + 4] for place in range(8, length, 4)}
    return next((name for name in BOXED_FORMATS if brands & _BRANDS[name]), None)


def why_not_read(name: str | None) -> str | None:
    """Return why pictures of one of `BOXED_FORMATS` cannot be read here; None if they can."""
    if name is None:
        return None
    if name == "AVIF":
        if features.check("avif"):
            return None
        return "an AVIF picture, which this Pillow does not read: pip install --upgrade Pillow"
    if "HEIF" in Image.OPEN:
        return None
    if find_spec("pillow_heif") is None:
        return "a HEIC picture, which needs a reader: pip install 'mner[heic]'"
    from pillow_heif import register_heif_opener

    register_heif_opener(thumbnails=False, decode_threads=1)
    return None
