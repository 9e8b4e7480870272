"""One line of a file in columns: `IMGID:id`, a comment, or a token with its tag.

White space other than blanks and carriage returns is part of tokens and labels.
"""

import re

from mner.posts.characters import BLANKS
from mner.posts.tag_style import is_tag

__all__ = [
    "HEADER",
    "comment_id",
    "header_id",
    "header_line",
    "is_blank",
    "is_comment",
    "is_docstart",
    "is_header",
    "is_tagged_token",
    "is_writable",
    "row_line",
]

HEADER = "IMGID:"
"""How the line begins that gives a post its id and its picture."""

_SEPARATOR = "\t"
_OF_JSON = ("{", "[")
"""How lines of JSON begin, none of which ends in a tag."""
_DOCSTART = "-DOCSTART-"
_SENTENCE_ID = re.compile(r"# ?sent_id ?= ?(.+)")


def is_header(line: str) -> bool:
    """Return whether a line starts a post with a picture.

    A token may begin with `IMGID:` too, but then a tag follows.
    """
    return line.startswith(HEADER) and _SEPARATOR not in line.rstrip(BLANKS)


def header_id(line: str) -> str:
    """Return the id in a header, which may be empty."""
    return line.removeprefix(HEADER).strip(BLANKS)


def header_line(identity: str) -> str:
    """Return the header of an id, with its newline."""
    return f"{HEADER}{identity}\n"


def is_blank(line: str) -> bool:
    """Return whether a line ends a post: it holds white space at most."""
    return not line.strip()


def is_docstart(line: str) -> bool:
    """Return whether a line is the mark between the documents of CoNLL-2003."""
    return line.startswith(_DOCSTART) and line[len(_DOCSTART) :][:1] in ("", *BLANKS)


def is_comment(line: str) -> bool:
    """Return whether a line before a post is a comment, such as `# sent_id = 7`.

    A hashtag is a token, and so is `#` with a tag.
    """
    if not line.startswith("# "):
        return False
    return _SEPARATOR not in line and not is_tag(line.rstrip(BLANKS).rpartition(" ")[2])


def comment_id(line: str) -> str | None:
    """Return the id of a post that a comment gives, if it gives one."""
    match = _SENTENCE_ID.fullmatch(line)
    return match[1].strip(BLANKS) if match else None


def is_tagged_token(line: str) -> bool:
    """Return whether a line is certainly that of a token: TABs or blanks part it from its tag."""
    cells = line.rstrip(BLANKS).split(_SEPARATOR)
    if len(cells) == 1 and line.startswith(_OF_JSON):
        cells = line.rstrip(BLANKS).split(" ")
    return len(cells) > 1 and bool(cells[0]) and is_tag(cells[-1].strip(BLANKS))


def is_writable(value: str) -> bool:
    """Return whether a token, a label or an id can stand in a column."""
    return bool(value) and _SEPARATOR not in value and "\n" not in value


def row_line(token: str, tag: str) -> str:
    """Return the line of a token and its tag, with its newline."""
    return f"{token}{_SEPARATOR}{tag}\n"
