"""Raw text to tokens."""

import re

__all__ = ["tokenize"]

_WORD = re.compile(r"\S+")


def tokenize(text: str) -> list[tuple[int, int]]:
    """Where the tokens of a raw text are: stretches without white space.

    Returns:
        half-open pairs of code points, in order.
    """
    return [match.span() for match in _WORD.finditer(text)]
