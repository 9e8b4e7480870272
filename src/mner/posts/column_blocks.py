"""The lines of a file in columns, cut into posts."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from mner.posts.bounds import MOST_TEXT
from mner.posts.characters import BLANKS
from mner.posts.column_lines import comment_id, header_id, is_comment, is_docstart, is_header
from mner.posts.reading import Lines

__all__ = ["Block", "Blocks"]


@dataclass
class Block:
    """The lines of one post."""

    line: int
    """Number of the first line."""
    header: str | None = None
    """The id in the `IMGID:` line, which may be empty; None where there is no such line."""
    comment_id: str | None = None
    """The id in a comment before the post."""
    lines: list[tuple[int, str]] = field(default_factory=list)
    """Those of tokens, without blanks at their end."""


class Blocks:
    """Cuts lines into posts.

    Attributes:
        docstarts: the number of `-DOCSTART-` lines so far.
        has_ended: whether the last post that was cut ended with the file, without a blank line.
    """

    def __init__(self) -> None:
        self.docstarts = 0
        self.has_ended = False

    def cut(self, lines: Lines) -> Iterator[Block]:
        """Cut at blank lines, before `IMGID:` lines and at `-DOCSTART-` lines.

        A blank line between an `IMGID:` line and its tokens cuts nothing. Comments before the
        tokens of a post are left out.
        """
        block: Block | None = None
        for number, untrimmed in lines:
            line = untrimmed.rstrip(BLANKS)
            kind = _kind(line, is_inside=block is not None and bool(block.lines))
            if kind == "token":
                block = block or Block(number)
                if len(block.lines) <= MOST_TEXT:  # a longer block is refused
                    block.lines.append((number, line))
            elif kind == "comment":
                block = block or Block(number)
                block.comment_id = comment_id(line) or block.comment_id
            else:
                self.docstarts += kind == "docstart"
                if block and (block.lines or (block.header is not None and kind == "header")):
                    yield block
                    block = None
                if kind == "header":
                    block = Block(number, header_id(line))
        if block and (block.header is not None or block.lines):
            self.has_ended = True
            yield block


def _kind(line: str, *, is_inside: bool) -> str:
    """Return what a line is: blank, header, docstart, comment or token.

    Args:
        line: without blanks at its end.
        is_inside: whether the post has tokens before it, so that it is no comment.
    """
    if not line or line.isspace():
        return "blank"
    # Most lines are tokens: the first character saves a closer look.
    mark = line[0]
    if mark == "I" and is_header(line):
        return "header"
    if mark == "-" and is_docstart(line):
        return "docstart"
    if mark == "#" and not is_inside and is_comment(line):
        return "comment"
    return "token"
