"""Posts read from columns: a token and its tag per line, a blank line between posts.

A file is headed, with an `IMGID:` line before every post, or plain, without such lines. Its columns
and the way its tags are written are recognised; see `column_layout` and `tag_style`.
"""

import logging

from mner.errors import InputError, quoted
from mner.posts.bounds import require_bounded
from mner.posts.column_blocks import Block, Blocks
from mner.posts.column_lines import header_line
from mner.posts.column_rows import RowReader
from mner.posts.column_survey import Survey, survey
from mner.posts.lines import require_readable
from mner.posts.reading import Lines, NumberedPosts, Reading
from mner.types import Post, UntrustedReference

__all__ = ["read_columns", "read_headed_columns"]

_LOG = logging.getLogger(__name__)
_LONG = 100
"""Tokens of a post that is most likely several."""


def read_headed_columns(lines: Lines, reading: Reading) -> NumberedPosts:
    """Yield the posts of a file in which every post should have an `IMGID:` line.

    The id in that line is the post's id and its picture.

    Raises:
        InputError: the columns are not supported; or a line is not UTF-8 or does not have them, or
            a tag is not of the scheme, and the log refuses the post.
    """
    return _read(lines, reading, headed=True)


def read_columns(lines: Lines, reading: Reading) -> NumberedPosts:
    """Yield the posts of a file without `IMGID:` lines; their ids count them.

    A comment `# sent_id = ID` gives its post an id.

    Raises:
        InputError: as for `read_headed_columns`, or there is an `IMGID:` line.
    """
    return _read(lines, reading, headed=False)


def _read(lines: Lines, reading: Reading, *, headed: bool) -> NumberedPosts:
    surveyed, lines = survey(lines, reading)
    rows = RowReader(surveyed, reading)
    blocks = Blocks()
    for count, block in enumerate(blocks.cut(lines), start=1):
        try:
            post = _post(block, count, rows, reading=reading, headed=headed)
        except InputError as exc:
            reading.log.refuse(exc)
        else:
            if blocks.has_ended and count == 1 and not headed:
                _report_one_post(block, post, reading)
            if headed or post.tokens:
                yield block.line, post
            else:  # lines without a token are no post of their own
                message = f"post {quoted(post.id)} has no tokens: left out"
                reading.log.report("empty-post", block.line, message)
    _note(surveyed, blocks.docstarts, reading)


def _post(block: Block, count: int, rows: RowReader, *, reading: Reading, headed: bool) -> Post:
    _require_readable(block, reading)
    if headed:
        identity = _headed_id(block, reading)
        picture = UntrustedReference(block.header) if block.header else None
    else:
        identity, picture = _counted_id(block, count, reading=reading), None
    tokens, entities = rows.read(block.lines)
    try:
        require_bounded(tokens=tokens)
    except InputError as exc:
        raise reading.log.located(block.line, exc) from exc
    return Post(identity, tokens, entities, picture=picture)


def _require_readable(block: Block, reading: Reading) -> None:
    header = header_line(block.header or "").removesuffix("\n")
    for number, line in [(block.line, header), *block.lines]:
        try:
            require_readable(line)
        except InputError as exc:
            raise reading.log.located(number, exc) from exc


def _headed_id(block: Block, reading: Reading) -> str:
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


def _counted_id(block: Block, count: int, *, reading: Reading) -> str:
    if block.header is not None:
        raise reading.log.located(
            block.line,
            "an IMGID line in a file of two columns: give the first post one too, or read the file "
            "as imgid",
        )
    return block.comment_id or str(count)


def _report_one_post(block: Block, post: Post, reading: Reading) -> None:
    """Report a file without a blank line, if it seems to be more than one post."""
    ends_inside = any(token in (".", "!", "?") for token in post.tokens[:-1])
    if ends_inside or len(post.tokens) > _LONG:
        message = (
            f"no blank line in the file: read as one post of {len(post.tokens)} tokens; put a blank"
            " line after each post"
        )
        reading.log.report("no-blank-line", block.line, message)


def _note(surveyed: Survey, docstarts: int, reading: Reading) -> None:
    """Say what was recognised, where it is not two columns parted by TAB in IOB2."""
    parts = [str(surveyed.layout), str(surveyed.style)]
    if docstarts:
        lines = "line" if docstarts == 1 else "lines"
        parts.append(f"{docstarts} -DOCSTART- {lines} left out")
    if any(parts):
        _LOG.info("%s: read as: %s", reading.log.name, "; ".join(filter(None, parts)))
