"""Posts as one HTML page that needs no other file and no network: coloured entities, their probabilities on hover and focus, and the pictures."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TextIO

from mner.files.output import write_pieces
from mner.pages.html import TONES, jpeg_url, template
from mner.posts.layout import runs
from mner.types import Post

__all__ = ["write_html"]


def write_html(
    posts: Iterable[Post],
    path: str | Path | TextIO,
    *,
    picture: Callable[[Post], bytes | None] = lambda _: None,
    title: str = "Entities",
) -> None:
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


def _pieces(
    posts: Iterable[Post], picture: Callable[[Post], bytes | None], title: str
) -> Iterator[tuple[str, str]]:
    page = template("posts.html.j2").module
    tones: dict[str, int] = {}
    count = entities = 0
    yield "the page's title", str(page.head(title)).lstrip()
    for post in posts:
        count += 1
        for entity in post.entities or ():
            entities += 1
            tones.setdefault(entity.label, len(tones) % TONES)
        jpeg = picture(post)
        yield (
            f"post {post.id!r}",
            str(
                page.article(
                    post, list(runs(post)), tones, None if jpeg is None else jpeg_url(jpeg)
                )
            ),
        )
    yield "the page's end", str(page.foot(tones, count, entities))
