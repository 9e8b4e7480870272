"""A post as running text: what formats for people and for annotation tools show, whether it came as text or as tokens."""

from collections.abc import Iterator
from itertools import pairwise

from mner.types import Entity, Post

__all__ = ["lay_out", "runs"]


def lay_out(post: Post) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The text of a post and where in it its tokens are, half-open in code points; tokens without a text in their order are joined by blanks."""
    if (
        post.text is not None
        and post.offsets is not None
        and all(before[1] <= after[0] for before, after in pairwise(post.offsets))
    ):
        return post.text, post.offsets
    offsets, start = [], 0
    for token in post.tokens:
        offsets.append((start, start + len(token)))
        start += len(token) + 1
    return " ".join(post.tokens), tuple(offsets)


def runs(post: Post) -> Iterator[tuple[str, Entity | None]]:
    """The text of a post in pieces, each an entity's or outside of all; entities do not overlap."""
    text, offsets = lay_out(post)
    place = 0
    for entity in sorted(post.entities or (), key=lambda each: each.start):
        start, end = offsets[entity.start][0], offsets[entity.end - 1][1]
        if start > place:
            yield text[place:start], None
        yield text[start:end], entity
        place = end
    if place < len(text):
        yield text[place:], None
