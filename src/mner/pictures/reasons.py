"""Why a file is no picture, in fixed words: it may not be the asker's to read."""

import re
from collections.abc import Sequence

from mner.pictures.boxed import boxed_format

__all__ = ["why_undecodable", "why_unidentified"]

_OTHERS = (
    (
        re.compile(rb"(<\?xml[^>]*>\s*|<!--.*?-->\s*|<!doctype svg[^>]*>\s*)*<svg\b"),
        "an SVG drawing",
    ),
    (
        re.compile(rb"(<!--.*?-->\s*)*<(!doctype html|html|head|body)\b"),
        "a web page (HTML) in place of a picture: fetch the picture again",
    ),
    (re.compile(rb"\x00\x00\x00\x0cjp  \r\n"), "a JPEG 2000 picture"),
    (re.compile(rb"%pdf-"), "a PDF"),
)
"""What a file begins with, in small letters, and what it is then."""


def why_unidentified(head: bytes, formats: Sequence[str]) -> str:
    """Return why a file is no picture, by its first bytes, none of which is shown.

    Pillow's own message holds the address of an object, which differs from run to run.

    Args:
        head: the first bytes of the file.
        formats: the formats that are read.
    """
    if not head:
        return "the file is empty"
    if boxed_format(head) is not None:
        return "cannot be decoded: the file is damaged"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n").lower()
    if head.startswith(b"\0"):
        start = head.lower()
    expected = ", ".join(formats)
    for pattern, name in _OTHERS:
        if pattern.match(start):
            return name if ":" in name else f"{name}: expected {expected}"
    return f"not a {expected} picture: it does not begin like one"


def why_undecodable(exc: Exception) -> str:
    """Return why a picture is broken; Pillow's own message may hold bytes of it."""
    if isinstance(exc, MemoryError):
        return "there is not enough memory"
    return "the file is cut" if "truncated" in str(exc) else "the file is damaged"
