"""Words of lettering and of posts, compared by their letters and digits alone."""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

__all__ = ["Run", "comparable", "word_runs"]


class Run(NamedTuple):
    """Words that follow one another."""

    start: int
    """The first word."""
    end: int
    """One past the last word."""
    key: str
    """The words as `comparable` writes them, without blanks."""


def comparable(text: str) -> str:
    """Return letters and digits alone, without case, accents and blanks."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(filter(str.isalnum, decomposed))


def word_runs(words: Sequence[str], *, most: int, longest: int | None = None) -> Iterator[Run]:
    """Yield all runs of words that begin and end with a letter or a digit somewhere in the word.

    Args:
        words: the words.
        most: the most words of a run.
        longest: the most letters and digits of a run; None for any number.
    """
    keys = list(map(comparable, words))
    for start, first in enumerate(keys):
        if not first:
            continue
        run = ""
        for end, key in enumerate(keys[start : start + most], start=start + 1):
            run += key
            if longest is not None and len(run) > longest:
                break
            if key:
                yield Run(start, end, run)
