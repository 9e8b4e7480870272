"""What all HTML pages use: templates that escape everything, and pictures inside the page."""

import json
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from mner.pages.tones import PALETTE, tone_of

if TYPE_CHECKING:
    from jinja2 import Environment, Template

__all__ = ["asset", "data", "jpeg_url", "source_of", "template"]


def template(name: str) -> "Template":
    """Return a template of `mner/web` by its file name."""
    return _environment().get_template(name)


def jpeg_url(jpeg: bytes) -> str:
    """Return a URL that holds the picture itself."""
    return "data:image/jpeg;base64," + b64encode(jpeg).decode("ascii")


def data(value: Any) -> str:
    """Return a value as JSON that may stand inside a script element.

    No text in it can close the element, since `<`, `>`, `&` and `'` are escaped.
    """
    from jinja2.utils import htmlsafe_json_dumps

    return str(htmlsafe_json_dumps(value, dumps=_compact))


def asset(name: str) -> str:
    """Return a file of `mner/web` as it is."""
    return (files("mner") / "web" / name).read_text(encoding="utf-8")


def source_of(content: str) -> str:
    """Return how a security policy names a script or a style that stands in the page."""
    digest = sha256(content.encode()).digest()
    return f"'sha256-{b64encode(digest).decode()}'"


def _compact(value: Any, **options: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), **options)


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("mner", "web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"palette": PALETTE, "asset": asset, "script_source": _script_source}
    environment.filters["tone"] = lambda label: f"tone{tone_of(label)}"
    environment.filters["data"] = data
    return environment


def _script_source(*names: str) -> str:
    """Return the sources that a page's security policy allows: these scripts and no others."""
    return " ".join(source_of(asset(name)) for name in names)
