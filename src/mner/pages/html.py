"""What all HTML pages use: templates that escape everything, and pictures inside the page."""

from base64 import b64encode
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment, Template

__all__ = ["TONES", "jpeg_url", "template"]

TONES = 7
"""Number of colours that a page has for labels; further labels use them again."""


def template(name: str) -> "Template":
    """Return a template of `mner/web` by its file name."""
    return _environment().get_template(name)


def jpeg_url(jpeg: bytes) -> str:
    """Return a URL that holds the picture itself."""
    return "data:image/jpeg;base64," + b64encode(jpeg).decode("ascii")


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("mner", "web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
