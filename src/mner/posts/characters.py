"""Characters that need care when files are read and written."""

import re

__all__ = ["BLANKS", "BYTE_ORDER_MARK", "mend"]

BLANKS = " \t\r"
"""White space at the edges of a line; other white space occurs inside the tokens of tweets."""
BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""The first character of some files, which belongs to no post."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def mend(text: str) -> tuple[str, int]:
    r"""Return a text that can be written as UTF-8, and the number of characters replaced in it.

    A lone surrogate (half of a `\ud83d\ude00` pair, left where a tweet was cut) is no character
    and becomes U+FFFD.
    """
    return _SURROGATE.subn("\ufffd", text)
