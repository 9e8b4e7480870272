"""Posts to files: the formats that `read_posts` reads, one for annotators, and one for people."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Literal, TextIO

from mner.bio import Scheme, spans_to_tags
from mner.errors import InputError
from mner.files.output import write_pieces
from mner.posts.write_brat import brat_document
from mner.posts.write_text import TextLines
from mner.types import Entity, Post

__all__ = ["Style", "write_posts"]

Style = Literal["imgid", "conll", "jsonl", "brat", "text"]

_BLANKS = " \t\r"
_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"


def write_posts(
    posts: Iterable[Post],
    path: str | Path | TextIO,
    *,
    format: Style,
    scheme: Scheme = "iob2",
    colour: bool = False,
) -> None:
    """Write posts as they come.

    Args:
        posts: any number of them.
        path: a file, which appears (or is replaced) when all posts are written and stays as it was when that fails; or a text stream, which is flushed
            after each post.
        format: `jsonl` holds everything a post has; `imgid` and `conll` hold tokens and entities without their probabilities, and `imgid` the id of a
            picture that is the post's; `brat` is the standoff format in one stream, each file under a line `==> NAME <==` (see `write_brat` for a folder);
            `text` is for people, a post a line with its entities as `[words LABEL]`.
        scheme: tagging scheme of the columns.
        colour: whether `text` has colours for a terminal.

    Raises:
        InputError: the file cannot be written, or a post holds what the format cannot.
    """
    write_pieces(_pieces(posts, _serialiser(format, scheme, colour=colour)), path)


def _serialiser(style: str, scheme: Scheme, *, colour: bool) -> Callable[[Post, int], str]:
    """From a post and its position in the file to its lines."""
    text_line = TextLines(colour=colour)
    serialisers: dict[str, Callable[[Post, int], str]] = {
        "imgid": lambda post, position: _header(post) + _columns(post, scheme, position),
        "conll": lambda post, position: _columns(post, scheme, position),
        "jsonl": lambda post, _: _record(post),
        "brat": lambda post, _: _documents(post),
        "text": lambda post, _: text_line(post),
    }
    if style not in serialisers:
        raise InputError(f"format {style!r} is not known: expected one of {', '.join(serialisers)}")
    return serialisers[style]


def _pieces(
    posts: Iterable[Post], serialise: Callable[[Post, int], str]
) -> Iterator[tuple[str, str]]:
    for position, post in enumerate(posts):
        yield f"post {post.id!r}", serialise(post, position)


def _header(post: Post) -> str:
    if not _fits(post.id) or post.id != post.id.strip(_BLANKS):
        raise _cannot_hold(post, f"the id {post.id!r}")
    if post.picture != post.id:
        raise _cannot_hold(post, f"the picture {post.picture!r}, which is not the post's id")
    return f"IMGID:{post.id}\n"


def _columns(post: Post, scheme: Scheme, position: int) -> str:
    if post.entities is None:
        raise _cannot_hold(post, "that it is not annotated")
    if not post.tokens:
        raise _cannot_hold(post, "that it has no tokens")
    if wrong := [token for token in post.tokens if not _fits(token)]:
        raise _cannot_hold(post, f"the token {wrong[0]!r}")
    if wrong := [
        entity.label
        for entity in post.entities
        if not _fits(entity.label) or entity.label != entity.label.rstrip(_BLANKS)
    ]:
        raise _cannot_hold(post, f"the label {wrong[0]!r}")
    if position == 0 and post.tokens[0].startswith(_BOM):
        raise _cannot_hold(post, "a byte-order mark as its first character")
    try:
        tags = spans_to_tags(
            (entity.span for entity in post.entities), len(post.tokens), scheme=scheme
        )
    except InputError as exc:
        raise InputError(f"post {post.id!r}: {exc}") from exc
    return "".join(f"{token}\t{tag}\n" for token, tag in zip(post.tokens, tags, strict=True)) + "\n"


def _fits(value: str) -> bool:
    return bool(value) and "\t" not in value and "\n" not in value


def _cannot_hold(post: Post, what: str) -> InputError:
    return InputError(f"post {post.id!r}: columns cannot hold {what}; write JSONL")


def _record(post: Post) -> str:
    record = _filled(post)
    if post.entities is not None:
        record["entities"] = [_filled(entity) for entity in post.entities]
    return json.dumps(record, ensure_ascii=False) + "\n"


def _filled(item: Post | Entity) -> dict[str, object]:
    """The fields that say something, by name."""
    return {
        field.name: value
        for field in fields(item)
        if (value := getattr(item, field.name)) is not None
    }


def _documents(post: Post) -> str:
    text, annotations = brat_document(post)
    return f"==> {post.id}.txt <==\n{text}\n==> {post.id}.ann <==\n{annotations}\n"
