"""Posts written in columns: one `token TAB tag` per line, a blank line after each post."""

from typing import NoReturn

from mner.bio import spans_to_tags
from mner.errors import InputError, quoted
from mner.formats import Scheme
from mner.posts.characters import BLANKS, BYTE_ORDER_MARK
from mner.posts.column_lines import header_line, is_docstart, is_writable, row_line
from mner.types import Entity, Post

__all__ = ["columns_of", "headed_columns_of"]


def headed_columns_of(post: Post, *, scheme: Scheme) -> str:
    """Return the lines of a post with its `IMGID:` line; see `columns_of`.

    Raises:
        InputError: as for `columns_of`, or the post's picture is not its id.
    """
    if not is_writable(post.id) or post.id != post.id.strip(BLANKS):
        _refuse(post, f"the id {quoted(post.id)}")
    if post.more_pictures:
        _refuse(post, f"{len(post.pictures)} pictures")
    if post.picture != post.id:
        _refuse(post, f"the picture {quoted(post.picture)}, which is not the post's id")
    # A post without words is its header alone.
    return header_line(post.id) + (_rows(post, scheme) if post.tokens else "\n")


def columns_of(post: Post, position: int, *, scheme: Scheme, model: str | None = None) -> str:
    """Return the lines of a post, with the blank line after them.

    Args:
        post: annotated or tagged.
        position: of the post in its file, counted from 0.
        scheme: tagging scheme of the file.
        model: the fingerprint of the model, for a comment before the first post.

    Raises:
        InputError: the post is not annotated, has no tokens, or holds what columns cannot.
    """
    if not post.tokens:
        _refuse(post, "that it has no words")
    lines = _rows(post, scheme)
    if position == 0 and lines.startswith(BYTE_ORDER_MARK):
        _refuse(post, "a byte-order mark as its first character")
    return f"# model = {model}\n{lines}" if model and position == 0 else lines


def _rows(post: Post, scheme: Scheme) -> str:
    entities = _writable_entities(post)
    spans = [entity.span for entity in entities]
    try:
        tags = spans_to_tags(spans, len(post.tokens), scheme=scheme)
    except InputError as exc:
        raise InputError(f"post {quoted(post.id)}: {exc}") from exc
    return "".join(map(row_line, post.tokens, tags)) + "\n"


def _writable_entities(post: Post) -> tuple[Entity, ...]:
    """Return the entities of a post, if columns can hold them and its tokens."""
    if post.entities is None:
        _refuse(post, "that it is not annotated")
    for token in post.tokens:
        if not is_writable(token) or token != token.strip(BLANKS) or is_docstart(token):
            _refuse(post, f"the token {quoted(token)}")
    for entity in post.entities:
        label = entity.label
        if not is_writable(label) or label != label.rstrip(BLANKS):
            _refuse(post, f"the label {quoted(label)}")
    return post.entities


def _refuse(post: Post, what: str) -> NoReturn:
    raise InputError(f"post {quoted(post.id)}: columns cannot hold {what}; write JSONL")
