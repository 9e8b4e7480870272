"""What the reader of every format takes and gives.

A format is a module with a function `(Lines, Reading) -> NumberedPosts`, entered in the table of
`mner.posts.read`, and a function from a post to its lines, entered in that of `mner.posts.write`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from mner.bio import Orphans, Scheme
from mner.posts.problems import ProblemLog
from mner.types import Post

__all__ = ["Lines", "NumberedPosts", "Reader", "Reading"]

Lines: TypeAlias = Iterator[tuple[int, str]]
"""Lines without their newlines, each with its number, counted from 1."""
NumberedPosts: TypeAlias = Iterator[tuple[int, Post]]
"""Posts, each with the number of the line where it starts."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How one file is to be read."""

    log: ProblemLog
    """What is done about problems."""
    scheme: Scheme
    """Tagging scheme of columns."""
    orphans: Orphans
    """What an ill-formed entity means."""


Reader: TypeAlias = Callable[[Lines, Reading], NumberedPosts]
"""Yields posts that have no tokens too; `mner.posts.read` reports them and leaves them out."""
