"""Finding where lines begin: in a list of names, each line is a name of its own."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from mner.types import Bools, Post

__all__ = ["line_starts"]

_LINE_BREAK = re.compile(r"[\n\r\u2028\u2029]")


def line_starts(posts: Sequence[Post], longest: int) -> Bools:
    """Return for B posts, padded to T words, the words before which the text has a line break.

    Returns:
        (B, T); False in padding, at a post's first word, and in posts without a raw text.
    """
    starts: Bools = np.zeros((len(posts), longest), dtype=np.bool_)
    for row, post in enumerate(posts):
        for word in _words_after_breaks(post):
            starts[row, word] = True
    return starts


def _words_after_breaks(post: Post) -> Iterator[int]:
    if post.text is None or post.offsets is None or not _LINE_BREAK.search(post.text):
        return
    for word, ((_, end), (start, _)) in enumerate(pairwise(post.offsets), start=1):
        if _LINE_BREAK.search(post.text, end, start):
            yield word
