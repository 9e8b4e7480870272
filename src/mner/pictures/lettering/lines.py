"""What is written in a picture: lines of text, each with its place and how sure its reader is."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

__all__ = ["Box", "Lettering", "LetteringState", "Line", "around"]


class Box(NamedTuple):
    """A rectangle in an upright picture, in shares of its width and height, from 0 to 1."""

    left: float
    top: float
    right: float
    bottom: float


class LetteringState(StrEnum):
    """What became of the words in a picture."""

    READ = "read"
    NO_TEXT = "no text"
    """The picture was looked at, and nothing is written in it that the engine can read."""
    ABSENT = "absent"
    """The post names no picture, or the picture is not where it should be."""
    UNREADABLE = "unreadable"
    """The file is there but cannot be decoded safely."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of lettering."""

    text: str
    confidence: float
    """How sure the engine is of the characters, in [0, 1]."""
    box: Box


@dataclass(frozen=True, slots=True)
class Lettering:
    """All that is written in a picture."""

    state: LetteringState
    lines: tuple[Line, ...] = ()
    """In the order in which the engine found them; empty unless the state is `READ`."""
    aspect: float = 1.0
    """Width of the picture divided by its height."""
    reason: str | None = None
    """Why the picture is absent or unreadable."""


def around(boxes: Sequence[Box]) -> Box:
    """Return the smallest box that holds all of these, at least one."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))
