"""The ways in which a tagger reads lettering, which is not like a post.

It has capitals, one or two words a line, and no sentences. So the lines of a group are read joined,
and each of them alone, and both with words in capitals written as names usually are.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from mner.pictures.lettering.layout import line_groups
from mner.pictures.lettering.lines import Lettering, Line
from mner.posts.raw import raw_post
from mner.types import Post

__all__ = ["Reading", "readings"]

_LONG_CAPITALS = 4
"""Words of as many capitals are no abbreviations."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Lines that are read together, in one of the ways."""

    group: int
    """The number of the group to which the lines belong."""
    lines: tuple[Line, ...]
    text: str
    """The lines as they are written, joined by blanks."""
    post: Post
    """What the tagger reads: the text, or the text in other letters, which has the same length."""


def readings(lettering: Lettering) -> Iterator[Reading]:
    """Yield all readings that have words, group by group."""
    for number, group in enumerate(line_groups(lettering)):
        units = [group]
        if len(group) > 1:
            units += [(line,) for line in group]
        for lines in units:
            text = " ".join(line.text for line in lines)
            for form in (text, _recased(text)):
                post = raw_post("1", form)
                if post.tokens:
                    yield Reading(number, lines, text, post)


def _recased(text: str) -> str:
    """Return a text whose long words in capitals begin with a capital and go on in small.

    It keeps the length of the text, so that characters keep their places.
    """
    return " ".join(map(_recased_word, text.split(" ")))


def _recased_word(word: str) -> str:
    if len(word) < _LONG_CAPITALS or not word.isupper():
        return word
    recased = word.title()
    return recased if len(recased) == len(word) else word
