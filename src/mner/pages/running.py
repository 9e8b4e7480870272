"""Posts as running text: words with what stands between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from mner.posts.layout import lay_out
from mner.types import Post

__all__ = ["Running", "running"]

_NO_BLANK_BEFORE = frozenset(".,!?;:%…)]}’”»")
_NO_BLANK_AFTER = frozenset("([{“«#@$£€")
_ENDINGS = frozenset({"'s", "'re", "'ve", "'ll", "'d", "'m", "n't", "’s", "’re", "’ve", "’ll"})


@dataclass(frozen=True, slots=True)
class Running:
    """The words of a post of T words, and the text around them."""

    words: tuple[str, ...]
    """T words."""
    gaps: tuple[str, ...]
    """T + 1 texts: before the first word, between the words, and after the last."""


def running(post: Post) -> Running:
    """Return a post as people write it.

    The gaps of a post with a raw text are those of the text. If the post came as tokens only,
    there is a blank between words, except beside punctuation and word endings such as `'s`.
    """
    if post.text is None or post.offsets is None:
        return Running(post.tokens, _guessed_gaps(post.tokens))
    text, offsets = lay_out(post)
    if len(offsets) != len(post.tokens):
        return Running(post.tokens, _guessed_gaps(post.tokens))
    words, gaps, position = [], [], 0
    for start, end in offsets:
        gaps.append(text[position:start])
        words.append(text[start:end])
        position = end
    return Running(tuple(words), (*gaps, text[position:]))


def _guessed_gaps(tokens: Sequence[str]) -> tuple[str, ...]:
    gaps = [""]
    for before, after in pairwise(tokens):
        gaps.append("" if _is_joined(before, after) else " ")
    return (*gaps, "") if tokens else ("",)


def _is_joined(before: str, after: str) -> bool:
    if after.casefold() in _ENDINGS:
        return True
    is_closing = bool(after) and set(after) <= _NO_BLANK_BEFORE
    is_opening = len(before) == 1 and before in _NO_BLANK_AFTER
    return is_closing or is_opening
