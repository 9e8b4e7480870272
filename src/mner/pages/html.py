"""What all HTML pages share: templates with everything escaped, a number of colours for labels, and pictures inside the page."""

from base64 import b64encode
from functools import cache
from typing import Any

__all__ = ["TONES", "jpeg_url", "template"]

TONES = 7
"""Colours that pages have for labels; further labels use them again."""


def template(name: str) -> Any:
    """A template of `mner/web`."""
    return _environment().get_template(name)


def jpeg_url(jpeg: bytes) -> str:
    """A picture as a URL that holds it."""
    return "data:image/jpeg;base64," + b64encode(jpeg).decode("ascii")


@cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("mner", "web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
