"""Posts in columns, read and written: one `token TAB tag` per line, a blank line between posts.

A file is headed, with an `IMGID:` line before every post, or plain, without such lines.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

from mner.bio import Scheme, orphan_starts, spans_to_tags, tags_to_spans
from mner.errors import InputError, quoted
from mner.posts.bounds import MOST_TEXT, require_bounded
from mner.posts.characters import BLANKS, BYTE_ORDER_MARK
from mner.posts.column_lines import (
    Row,
    header_id,
    header_line,
    is_header,
    is_writable,
    read_row,
    row_line,
)
from mner.posts.lines import require_readable
from mner.posts.reading import Lines, NumberedPosts, Reading
from mner.types import Entity, Post, UntrustedReference

__all__ = ["columns_of", "headed_columns_of", "read_columns", "read_headed_columns"]


def read_headed_columns(lines: Lines, reading: Reading) -> NumberedPosts:
    """Yield the posts of a file in which every post should have an `IMGID:` line.

    The id in that line is the post's id and its picture.

    Raises:
        InputError: a line is not UTF-8, has more than two columns or has blanks and no TAB, or a
            tag is not of the scheme, and the log refuses the post.
    """
    return _read(lines, reading, headed=True)


def read_columns(lines: Lines, reading: Reading) -> NumberedPosts:
    """Yield the posts of a file without `IMGID:` lines; their ids count them.

    Raises:
        InputError: as for `read_headed_columns`, or there is an `IMGID:` line.
    """
    return _read(lines, reading, headed=False)


def headed_columns_of(post: Post, position: int, *, scheme: Scheme) -> str:
    """Return the lines of a post with its `IMGID:` line; see `columns_of`.

    Raises:
        InputError: as for `columns_of`, or the post's picture is not its id.
    """
    if not is_writable(post.id) or post.id != post.id.strip(BLANKS):
        _refuse(post, f"the id {quoted(post.id)}")
    if post.picture != post.id:
        _refuse(post, f"the picture {quoted(post.picture)}, which is not the post's id")
    return header_line(post.id) + columns_of(post, position, scheme=scheme)


def columns_of(post: Post, position: int, *, scheme: Scheme) -> str:
    """Return the lines of a post, with the blank line after them.

    Args:
        post: annotated or tagged.
        position: of the post in its file, counted from 0.
        scheme: tagging scheme of the file.

    Raises:
        InputError: the post is not annotated, has no tokens, or holds what columns cannot.
    """
    entities = _writable_entities(post)
    if position == 0 and post.tokens[0].startswith(BYTE_ORDER_MARK):
        _refuse(post, "a byte-order mark as its first character")
    spans = [entity.span for entity in entities]
    try:
        tags = spans_to_tags(spans, len(post.tokens), scheme=scheme)
    except InputError as exc:
        raise InputError(f"post {quoted(post.id)}: {exc}") from exc
    return "".join(map(row_line, post.tokens, tags)) + "\n"


@dataclass
class _Block:
    """The lines of one post."""

    line: int
    header: str | None
    """The id in the `IMGID:` line, which may be empty; None where there is no such line."""
    lines: list[tuple[int, str]] = field(default_factory=list)


def _read(lines: Lines, reading: Reading, *, headed: bool) -> NumberedPosts:
    for count, block in enumerate(_blocks(lines), start=1):
        try:
            post = _post(block, count, reading=reading, headed=headed)
        except InputError as exc:
            reading.log.refuse(exc)
        else:
            yield block.line, post


def _blocks(lines: Lines) -> Iterator[_Block]:
    """Cut at blank lines and before `IMGID:` lines.

    A blank line between an `IMGID:` line and its tokens cuts nothing.
    """
    block: _Block | None = None
    for number, untrimmed in lines:
        line = untrimmed.rstrip(BLANKS)
        if is_header(line):
            if block:
                yield block
            block = _Block(number, header_id(line))
        elif line:
            block = block or _Block(number, None)
            if len(block.lines) <= MOST_TEXT:  # a longer block is refused
                block.lines.append((number, line))
        elif block and block.lines:
            yield block
            block = None
    if block:
        yield block


def _post(block: _Block, count: int, *, reading: Reading, headed: bool) -> Post:
    _require_readable(block, reading)
    if headed:
        identity = _headed_id(block, reading)
        picture = UntrustedReference(block.header) if block.header else None
    else:
        identity, picture = _counted_id(block, count, reading=reading), None
    rows = []
    for number, line in block.lines:
        row = read_row(number, line, reading=reading)
        if row is not None:
            rows.append(row)
    tokens = tuple(row.token for row in rows)
    try:
        require_bounded(tokens=tokens)
    except InputError as exc:
        raise reading.log.located(block.line, exc) from exc
    return Post(identity, tokens, _entities(rows, reading), picture=picture)


def _require_readable(block: _Block, reading: Reading) -> None:
    header = header_line(block.header or "").removesuffix("\n")
    for number, line in [(block.line, header), *block.lines]:
        try:
            require_readable(line)
        except InputError as exc:
            raise reading.log.located(number, exc) from exc


def _headed_id(block: _Block, reading: Reading) -> str:
    if block.header:
        return block.header
    identity = f"line-{block.line}"
    if block.header is None:
        fault = "a post without an IMGID line"
    else:
        fault = "IMGID: with nothing after it"
    message = f"{fault}: its id becomes {quoted(identity)} and it has no picture"
    reading.log.report("missing-id", block.line, message)
    return identity


def _counted_id(block: _Block, count: int, *, reading: Reading) -> str:
    if block.header is not None:
        raise reading.log.located(
            block.line,
            "an IMGID line in a file of two columns: give the first post one too, or read the file "
            "as imgid",
        )
    return str(count)


def _entities(rows: list[Row], reading: Reading) -> tuple[Entity, ...]:
    tags = [row.tag for row in rows]
    for start in orphan_starts(tags, scheme=reading.scheme):
        _report_orphan(rows[start], reading)
    spans = tags_to_spans(tags, scheme=reading.scheme, orphans=reading.orphans)
    return tuple(Entity(*span) for span in spans)


def _report_orphan(row: Row, reading: Reading) -> None:
    is_begun = row.tag[0] == "B"
    fault = "begins an entity that is never ended" if is_begun else "continues no entity"
    outcome = "taken as an entity" if reading.orphans == "begin" else "left out"
    message = f"tag {row.tag} of token {quoted(row.token)} {fault}: {outcome}"
    reading.log.report("orphan-tag", row.line, message)


def _writable_entities(post: Post) -> tuple[Entity, ...]:
    """Return the entities of a post, if columns can hold them and its tokens."""
    if post.entities is None:
        _refuse(post, "that it is not annotated")
    if not post.tokens:
        _refuse(post, "that it has no tokens")
    for token in post.tokens:
        if not is_writable(token):
            _refuse(post, f"the token {quoted(token)}")
    for entity in post.entities:
        label = entity.label
        if not is_writable(label) or label != label.rstrip(BLANKS):
            _refuse(post, f"the label {quoted(label)}")
    return post.entities


def _refuse(post: Post, what: str) -> NoReturn:
    raise InputError(f"post {quoted(post.id)}: columns cannot hold {what}; write JSONL")
