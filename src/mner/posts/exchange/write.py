"""Posts to files that label tools and other programs read."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TextIO

from mner.errors import InputError, quoted
from mner.files.output import write_pieces
from mner.posts.exchange.doccano import doccano_line
from mner.posts.exchange.gliner import gliner_line
from mner.posts.exchange.hugging_face import hugging_face_line
from mner.posts.exchange.label_studio import label_studio_line
from mner.posts.exchange.prodigy import prodigy_line
from mner.types import Post

__all__ = ["LINE_WRITERS", "write_form"]

LINE_WRITERS: Mapping[str, Callable[[Post], str]] = MappingProxyType(
    {
        "doccano": doccano_line,
        "label-studio": label_studio_line,
        "prodigy": prodigy_line,
        "gliner": gliner_line,
        "hf": hugging_face_line,
    }
)
"""How a post is written as an object on a line, by the name of the form."""


def write_form(
    posts: Iterable[Post], path: str | Path | TextIO, *, form: str, is_array: bool = False
) -> None:
    """Write posts as they come, an object a line.

    Args:
        posts: any number of them.
        path: a file, which appears (or is replaced) when all posts are written; or a text stream.
        form: a key of `LINE_WRITERS`.
        is_array: whether the file is one JSON array, as Label Studio imports it.

    Raises:
        InputError: the form is not known, or the file cannot be written.
    """
    if form not in LINE_WRITERS:
        known = ", ".join(LINE_WRITERS)
        raise InputError(f"format {quoted(form)} is not known: expected one of {known}")
    pieces = _pieces(posts, LINE_WRITERS[form])
    write_pieces(_as_array(pieces) if is_array else pieces, path)


def _pieces(posts: Iterable[Post], line_of: Callable[[Post], str]) -> Iterator[tuple[str, str]]:
    for post in posts:
        yield f"post {quoted(post.id)}", line_of(post)


def _as_array(pieces: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    before = "[\n"
    for name, line in pieces:
        yield name, before + line.removesuffix("\n")
        before = ",\n"
    yield "the end", "\n]\n" if before == ",\n" else "[]\n"
