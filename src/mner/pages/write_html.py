"""Posts as one HTML page that needs no other file and no network.

Entities are coloured, their probabilities appear on hover and focus, and the page holds the
pictures.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

from mner.errors import quoted
from mner.files.output import write_pieces
from mner.pages.html import TONES, jpeg_url, template
from mner.posts.layout import stretches
from mner.types import Post

__all__ = ["write_html"]


def write_html(
    posts: Iterable[Post],
    path: str | Path | TextIO,
    *,
    picture: Callable[[Post], bytes | None] = lambda _: None,
    title: str = "Entities",
) -> None:
    """Write a page post by post; the memory needed does not depend on the number of posts.

    Args:
        posts: any number of posts.
        path: a file or a stream, as for `write_pieces`.
        picture: returns the JPEG to show beside a post, or None.
        title: title of the page.

    Raises:
        InputError: the file cannot be written, or a post has a character that UTF-8 cannot hold.
    """
    write_pieces(_pieces(posts, picture, title), path)


def _pieces(
    posts: Iterable[Post], picture: Callable[[Post], bytes | None], title: str
) -> Iterator[tuple[str, str]]:
    page: Any = template("posts.html.j2").module
    tones: dict[str, int] = {}
    post_count = entity_count = 0
    yield "the page's title", str(page.head(title)).lstrip()
    for post in posts:
        entities = post.entities or ()
        post_count += 1
        entity_count += len(entities)
        for entity in entities:
            tones.setdefault(entity.label, len(tones) % TONES)
        jpeg = picture(post)
        url = None if jpeg is None else jpeg_url(jpeg)
        yield f"post {quoted(post.id)}", str(page.article(post, list(stretches(post)), tones, url))
    yield "the page's end", str(page.foot(tones, post_count, entity_count))
