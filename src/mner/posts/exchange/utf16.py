"""Positions in a text as JavaScript counts them: a character beyond U+FFFF counts twice."""

from bisect import bisect_left
from itertools import accumulate

__all__ = ["Utf16"]

_LAST_SINGLE = "\uffff"


class Utf16:
    """Turns positions in code units of UTF-16 into code points of a text.

    A position within a character becomes that after it; one beyond the text stays beyond it.
    """

    def __init__(self, text: str) -> None:
        self._starts: list[int] | None = None
        if text and max(text) > _LAST_SINGLE:
            widths = (2 if character > _LAST_SINGLE else 1 for character in text)
            self._starts = [0, *accumulate(widths)]

    def to_code_points(self, position: int) -> int:
        """Return the code points before a position in code units."""
        if self._starts is None:
            return position
        beyond = max(0, position - self._starts[-1])
        return bisect_left(self._starts, position - beyond) + beyond
