"""A post as running text, for formats that people and annotation tools read."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from operator import itemgetter

from mner.types import Entity, Post

__all__ = ["lay_out", "stretches", "tokens_between"]


def lay_out(post: Post) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return the text of a post, and where its tokens are in it.

    The tokens of a post without a text, or of one whose tokens are not in the order of its text,
    are joined by blanks.

    Returns:
        the text, and for each token its start and end (half-open, in code points).
    """
    if post.text is not None and post.offsets is not None:
        in_order = all(before[1] <= after[0] for before, after in pairwise(post.offsets))
        if in_order:
            return post.text, post.offsets
    offsets, start = [], 0
    for token in post.tokens:
        offsets.append((start, start + len(token)))
        start += len(token) + 1
    return " ".join(post.tokens), tuple(offsets)


def stretches(post: Post) -> Iterator[tuple[str, Entity | None]]:
    """Yield the text of a post in stretches, each with its entity or outside of all entities.

    The entities of the post do not overlap.
    """
    text, offsets = lay_out(post)
    position = 0
    for entity in sorted(post.entities or (), key=lambda entity: entity.start):
        start, end = offsets[entity.start][0], offsets[entity.end - 1][1]
        if start > position:
            yield text[position:start], None
        yield text[start:end], entity
        position = end
    if position < len(text):
        yield text[position:], None


def tokens_between(offsets: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """Return the tokens that have a character from `start` to `end` (half-open).

    Args:
        offsets: where the tokens are in the text, in order.
        start: the first character.
        end: one past the last.

    Returns:
        the first token that ends after `start`, and the first that begins at or after `end`; the
        second is not larger than the first where there is no token.
    """
    first = bisect_right(offsets, start, key=itemgetter(1))
    return first, bisect_left(offsets, end, key=itemgetter(0))
