"""How a file of posts is to be read, and what the reader of every format takes and gives.

A format is a module with a function `(Lines, Reading) -> NumberedPosts`, entered in the table of
`mner.posts.read`, and a function from a post to its lines, entered in that of `mner.posts.write`.
"""

import dataclasses
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias

from mner.bio import Orphans
from mner.errors import InputError, quoted
from mner.formats import Format, SchemeChoice
from mner.posts.problems import ProblemLog
from mner.types import Post

__all__ = [
    "RECOGNISED",
    "Columns",
    "Fields",
    "Lines",
    "NumberedPosts",
    "Reader",
    "Reading",
    "ReadingOptions",
]

Lines: TypeAlias = Iterator[tuple[int, str]]
"""Lines without their newlines, each with its number, counted from 1."""
NumberedPosts: TypeAlias = Iterator[tuple[int, Post]]
"""Posts, each with the number of the line where it starts."""

_COLUMN = re.compile("(token|tag|predicted)=(-?[1-9][0-9]{0,3})")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a file in columns are read, counted from 1, or back from -1, the last.

    What is None is recognised.
    """

    token: int | None = None
    tag: int | None = None
    predicted: int | None = None
    """Of a file that holds gold and predicted tags, which only `mner score` reads."""

    @classmethod
    def parse(cls, text: str) -> "Columns":
        """Return the columns of a text such as `token=1,tag=4`.

        Raises:
            InputError: the text is not of this form.
        """
        columns: dict[str, int] = {}
        for item in text.split(","):
            match = _COLUMN.fullmatch(item.strip())
            if match is None or match[1] in columns:
                raise InputError(
                    f"columns {quoted(text)} are not known: expected a name and a number, counted "
                    "from 1, for each column, such as token=1,tag=4; names are token, tag and "
                    "predicted"
                )
            columns[match[1]] = int(match[2])
        return cls(**columns)


@dataclass(frozen=True, slots=True)
class Fields:
    """How fields are named in tables and objects; what is None is recognised."""

    text: str | None = None
    id: str | None = None
    picture: str | None = None
    caption: str | None = None


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """What a user says about a file of posts; see `mner.posts.read.read_posts`."""

    format: Format = "auto"
    scheme: SchemeChoice = "auto"
    """Tagging scheme of columns."""
    orphans: Orphans = "begin"
    """What an ill-formed entity means."""
    columns: Columns | None = None
    """Which columns are read."""
    fields: Fields | None = None
    """How fields are named."""
    labels: tuple[str, ...] | None = None
    """The names of tags that a file gives as numbers, counted from 0."""
    keep: bool = False
    """Whether other fields are passed through; other columns of tables always are."""

    def over(self, others: "ReadingOptions") -> "ReadingOptions":
        """Return these options, with those of `others` where these are as by default."""
        names = [field.name for field in dataclasses.fields(self)]
        given = [name for name in names if getattr(self, name) != getattr(RECOGNISED, name)]
        return dataclasses.replace(others, **{name: getattr(self, name) for name in given})


RECOGNISED = ReadingOptions()
"""The options of a file about which the user says nothing."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How one file is to be read."""

    log: ProblemLog
    """What is done about problems."""
    options: ReadingOptions = RECOGNISED
    """What the user said about the file."""
    again: Callable[[], AbstractContextManager[BinaryIO | None]] = nullcontext
    """Opens the file once more, from its begin, for a look at the whole of it; gives None where it
    is a stream, which can be read once only."""
    before: int = 0
    """Posts of the file that come before these lines, where they are a part of it: posts without
    an id are counted from there."""


Reader: TypeAlias = Callable[[Lines, Reading], NumberedPosts]
"""Yields posts that have no tokens too; `mner.posts.read` reports them."""
