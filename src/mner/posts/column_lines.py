"""One line of a file in columns, `IMGID:id` or `token TAB tag`: what it may hold, read and written.

White space other than blanks and carriage returns is part of tokens and labels.
"""

from typing import NamedTuple

from mner.bio import Scheme, split_tag
from mner.errors import InputError, quoted
from mner.posts.characters import BLANKS
from mner.posts.reading import Reading

__all__ = [
    "HEADER",
    "Row",
    "header_id",
    "header_line",
    "is_header",
    "is_tagged_token",
    "is_writable",
    "read_row",
    "row_line",
]

HEADER = "IMGID:"
"""How the line begins that gives a post its id and its picture."""

_SEPARATOR = "\t"
_LONGEST_QUOTE = 40
_OTHER_FORMATS = (
    "a file with a raw post per line is read as text (`mner tag --input-format text`), "
    "and JSON with one object per line"
)
_OTHER_SCHEMES = (
    "`data.scheme` of a recipe, or `scheme` of read_posts (write_posts then writes another scheme)"
)


class Row(NamedTuple):
    """The token and the tag of one line."""

    line: int
    token: str
    tag: str


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


def is_tagged_token(line: str, scheme: Scheme) -> bool:
    """Return whether a line is certainly `token TAB tag`."""
    token, separator, tag = line.rstrip(BLANKS).partition(_SEPARATOR)
    try:
        split_tag(tag.strip(BLANKS), scheme)
    except InputError:
        return False
    return bool(token and separator)


def is_writable(value: str) -> bool:
    """Return whether a token, a label or an id can stand in a column."""
    return bool(value) and _SEPARATOR not in value and "\n" not in value


def row_line(token: str, tag: str) -> str:
    """Return the line of a token and its tag, with its newline."""
    return f"{token}{_SEPARATOR}{tag}\n"


def read_row(number: int, line: str, *, reading: Reading) -> Row | None:
    """Read token and tag of a line.

    Args:
        number: of the line.
        line: without its trailing blanks.
        reading: gives the scheme, and what is done about problems.

    Returns:
        None for a line that has no token.

    Raises:
        InputError: the line has more than two columns, or blanks and no TAB, or its tag is not of
            the scheme.
    """
    token, *tags = line.split(_SEPARATOR)
    if len(tags) > 1:
        raise reading.log.located(
            number, f"{len(tags) + 1} columns: expected token TAB tag; remove the other columns"
        )
    if not tags:
        return _untagged(number, token, reading=reading)
    tag = tags[0].strip(BLANKS)
    try:
        split_tag(tag, reading.scheme)
    except InputError as exc:
        advice = f"correct the line, or say by which scheme to read the file: {_OTHER_SCHEMES}"
        raise reading.log.located(number, f"{exc}; {advice}") from exc
    if not token:
        message = f"no token before tag {tag}: the line is left out"
        reading.log.report("empty-token", number, message)
        return None
    return Row(number, token, tag)


def _untagged(number: int, token: str, *, reading: Reading) -> Row:
    """Take a line of one column as a token outside all entities, unless it is a whole sentence."""
    if " " in token.strip():
        quote = token if len(token) <= _LONGEST_QUOTE else f"{token[:_LONGEST_QUOTE]}..."
        raise reading.log.located(
            number,
            f"{quoted(quote)} has blanks but no TAB: expected token TAB tag; {_OTHER_FORMATS}",
        )
    message = f"token {quoted(token)} has no tag: read as O (expected token TAB tag)"
    reading.log.report("missing-tag", number, message)
    return Row(number, token, "O")
