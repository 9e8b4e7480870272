"""The examples of the page: posts with pictures that are drawn by code."""

import base64
from dataclasses import asdict, dataclass
from functools import cache
from io import BytesIO
from random import Random

from PIL import Image

from mner.corpora.drawing import draw_picture, draw_sign

__all__ = ["examples"]


@dataclass(frozen=True, slots=True)
class _Example:
    text: str
    caption: str
    """For a model that looks at captions."""
    name: str
    """Of the picture."""
    picture: str
    """A JPEG as base64."""


@cache
def examples() -> tuple[dict[str, str], ...]:
    """Return three posts: of a person, of a place, and of a name that only the picture holds."""
    drawn = (
        ("So proud of Ann Roe tonight, back to Lisbon tomorrow", "a woman with a cup", _stage()),
        ("Good morning from Oslo, back with KLM tomorrow", "a city with a road", _city()),
        ("Guess where we are", "a sign in a city", draw_sign("LONDON", Random(5))),  # noqa: S311
    )
    return tuple(
        asdict(_Example(text, caption, f"example-{number}.jpg", _jpeg(picture)))
        for number, (text, caption, picture) in enumerate(drawn, start=1)
    )


def _stage() -> Image.Image:
    return draw_picture("person", Random(10))  # noqa: S311


def _city() -> Image.Image:
    return draw_picture("place", Random(10))  # noqa: S311


def _jpeg(picture: Image.Image) -> str:
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=75)
    return base64.b64encode(buffer.getvalue()).decode("ascii")
