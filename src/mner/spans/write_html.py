"""Posts as one HTML page that needs no other file and no network: coloured entities, their probabilities on hover and focus, and the pictures."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TextIO

from mner.spans.layout import runs
from mner.spans.output import write_pieces
from mner.types import Post

__all__ = ["write_html"]

_TONES = 7
"""Colours that the page has for labels; further labels use them again."""


def write_html(posts: Iterable[Post], path: str | Path | TextIO, *, picture: Callable[[Post], bytes | None] = lambda _: None, title: str = "Entities") -> None:
    """Write a page post by post; memory does not grow with their number, the page does.

    Args:
        posts: any number of them.
        path: as of `write_pieces`.
        picture: gives the JPEG to be shown beside a post, or None.
        title: of the page.

    Raises:
        InputError: the file cannot be written, or a post holds what UTF-8 cannot.
    """
    write_pieces(_pieces(posts, picture, title), path)


def _pieces(posts: Iterable[Post], picture: Callable[[Post], bytes | None], title: str) -> Iterator[tuple[str, str]]:
    page = _macros()
    tones: dict[str, int] = {}
    count = entities = 0
    yield "the page's title", str(page.head(title)).lstrip()
    for post in posts:
        count += 1
        for entity in post.entities or ():
            entities += 1
            tones.setdefault(entity.label, len(tones) % _TONES)
        yield f"post {post.id!r}", str(page.article(post, list(runs(post)), tones, _data_url(picture(post))))
    yield "the page's end", str(page.foot(tones, count, entities))


@cache
def _macros() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(loader=PackageLoader("mner", "web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template("posts.html.j2").module


def _data_url(jpeg: bytes | None) -> str | None:
    return None if jpeg is None else "data:image/jpeg;base64," + b64encode(jpeg).decode("ascii")
