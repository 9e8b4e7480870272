"""Posts as one HTML page that needs no other file and no network.

The page holds the first posts as HTML, and all posts as JSON in blocks. A small script searches,
filters and orders them, and shows them page by page.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any, TextIO

from mner.errors import quoted
from mner.files.output import write_pieces
from mner.pages.figures import FigureRecord, boxes_in
from mner.pages.html import data, template
from mner.pages.orders import Order, orders
from mner.pages.post_record import PostRecord, post_record
from mner.pages.thumbnails import MOST_BYTES, Thumbnails
from mner.types import Post

__all__ = ["write_html"]

_READ_AHEAD = 200
"""Number of posts among which the first page is chosen."""
_FIRST_PAGE = 20
_BLOCK = 100
"""Number of posts in a block of JSON."""


def write_html(
    posts: Iterable[Post],
    path: str | Path | TextIO,
    *,
    picture: Callable[[str], bytes | None] = lambda _: None,
    title: str = "Entities",
    order: Order = "entities",
    most_picture_bytes: int = MOST_BYTES,
    model: str | None = None,
) -> None:
    """Write a page block by block; the memory needed does not depend on the number of posts.

    Args:
        posts: any number of posts.
        path: a file or a stream, as for `write_pieces`.
        picture: returns the JPEG to show for a picture that a post names, or None.
        title: title of the page.
        order: the order in which the page opens; not `picture-effect`, which is not known here.
        most_picture_bytes: how many bytes the pictures in the page may take together. The pictures
            of further posts are only named.
        model: the fingerprint of the model that has tagged the posts, for the end of the page.

    Raises:
        InputError: the file cannot be written, or a post has a character that UTF-8 cannot hold.
    """
    thumbnails = Thumbnails(most_picture_bytes)
    records = (post_record(post, _figures(post, picture, thumbnails)) for post in posts)
    write_pieces(_pieces(records, thumbnails, title, order, model), path)


def _figures(
    post: Post, picture: Callable[[str], bytes | None], thumbnails: Thumbnails
) -> Iterator[FigureRecord]:
    """Yield the pictures that the page has room for."""
    is_folded = not (post.entities or post.picture_entities)
    for position, name in enumerate(post.pictures):
        url = thumbnails.url(partial(picture, name), is_folded=is_folded)
        if url is not None:
            shown = name if post.more_pictures else ""
            yield FigureRecord(shown, url, boxes_in(post, position))


def _pieces(
    records: Iterator[PostRecord],
    thumbnails: Thumbnails,
    title: str,
    order: Order,
    model: str | None,
) -> Iterator[tuple[str, str]]:
    page: Any = template("posts.html.j2").module
    labels: set[str] = set()
    post_count = entity_count = 0
    yield "the page's title", str(page.head(title, orders(order, has_effects=False))).lstrip()

    ahead = list(islice(records, _READ_AHEAD))
    for record in _first_page(ahead):
        yield f"post {quoted(record.id)}", str(page.article(record))
    yield "the page's first posts", "</main>\n"

    rest = chain(ahead, records)
    while block := list(islice(rest, _BLOCK)):
        yield "a block of posts", '<script type="application/json" class="posts">['
        for number, record in enumerate(block):
            found = _labels(record)
            post_count += 1
            entity_count += len(found)
            labels.update(found)
            yield f"post {quoted(record.id)}", (",\n" if number else "") + data(record.as_json())
        yield "a block of posts", "]</script>\n"
    about = thumbnails.summary()
    foot = page.foot(sorted(labels), post_count, entity_count, about, model)
    yield "the page's end", str(foot)


def _first_page(records: Sequence[PostRecord]) -> list[PostRecord]:
    """Return the posts that can be read without a script: those with entities come first."""
    return sorted(records, key=lambda record: record.is_folded)[:_FIRST_PAGE]


def _labels(record: PostRecord) -> list[str]:
    """Return the label of each entity, in the text and in the pictures."""
    in_text = [piece[1] for piece in record.pieces if not isinstance(piece, str)]
    return in_text + [label for label, _ in record.written]
