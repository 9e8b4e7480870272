"""A post as the object of another program holds it, before its spans count our tokens."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from mner.posts.reading import Reading

__all__ = ["Draft", "DraftReader", "Form", "Mark"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch that somebody marked, half-open, in tokens or in characters."""

    start: int
    end: int
    label: str
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What an object says of one post. The values of plain fields are not checked yet."""

    id: object = None
    text: object = None
    tokens: object = None
    """The tokens, as a list of strings; None where the text is cut into tokens here."""
    offsets: object = None
    """Where the tokens are in the text, as pairs; None where that is not known."""
    marks: tuple[Mark, ...] | None = None
    """What is marked, in tokens where the draft has some, else in characters of the text; None if
    the post is not annotated."""
    picture: object = None
    caption: object = None
    extra: Mapping[str, object] = field(default_factory=dict)
    """All other fields of the object."""
    problems: tuple[tuple[str, str], ...] = ()
    """Kind and message of what is wrong."""


DraftReader: TypeAlias = Callable[[Mapping[str, Any]], Iterator[Draft]]
"""Yields the posts of one object.

It raises `InputError` for an object that cannot be read, without the name of the file.
"""


@dataclass(frozen=True, slots=True)
class Form:
    """The objects of one program."""

    name: str
    """What the user calls the form."""
    says: str
    """What is said of a file that was recognised."""
    fits: Callable[[Mapping[str, Any]], bool]
    """Whether an object is certainly of this form."""
    open: Callable[[Reading], DraftReader]
    """Begins to read a file."""
