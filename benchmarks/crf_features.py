"""The features that a CRF without a network gets for each word.

They are the word, its shape, affixes, class and cluster, those of its neighbours, and the words of
the caption.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from mner.encoding.vocab import normalise, word_shape
from mner.types import Post

__all__ = ["features"]

_NEIGHBOURS = (-2, -1, 0, 1, 2)
_AFFIXES = (1, 2, 3, 4)
_PATHS = (4, 6, 10)
_CLASSES = {
    "url": r"(?:https?://|www\.).*",
    "mention": r"@\w.*",
    "hashtag": r"#\w.*",
    "number": r"\W*\d[\d\W]*",
    "signs": r"\W+",
    "capitals": r"[A-Z][A-Z\W]+",
    "title": r"[A-Z].*",
    "mixed": r".*[A-Z].*",
}
_COMMON_WORDS = "a an and are as at by for from has his her in is it of on or the their to two with"
_COMMON = frozenset(_COMMON_WORDS.split())


class _Word(NamedTuple):
    """The features of a word wherever it stands."""

    form: str
    shape: str
    kind: str
    path: str

    def named(self) -> Iterator[str]:
        """Give the names of the features."""
        yield f"word={self.form}"
        yield f"shape={self.shape}"
        yield f"class={self.kind}"
        if self.path:
            for length in _PATHS:
                yield f"path={self.path[:length]}"


_EDGE = _Word("<edge>", "<edge>", "edge", "")


def features(
    post: Post, paths: Callable[[Sequence[str]], list[str]] | None = None, *, captions: bool = False
) -> list[list[str]]:
    """Return the features of each word of a post.

    Args:
        post: a post, with its caption if it has one.
        paths: returns the paths of words in a tree of clusters, as `WordClusters.paths` does;
            without it there are no such features.
        captions: whether the words of the caption are features.
    """
    clusters = paths(post.tokens) if paths else [""] * len(post.tokens)
    words = []
    for token, path in zip(post.tokens, clusters, strict=True):
        words.append(_Word(normalise(token), word_shape(token), _kind(token), path))
    caption: frozenset[str] = frozenset()
    if captions:
        caption = frozenset(re.findall(r"\w+", (post.caption or "").lower())) - _COMMON
    rows = []
    for position, token in enumerate(post.tokens):
        near = _of_neighbours(words, position)
        rows.append([*_of_token(token), *near, *_of_caption(words[position], caption)])
    return rows


def _kind(token: str) -> str:
    for name, pattern in _CLASSES.items():
        if re.fullmatch(pattern, token, re.DOTALL):
            return name
    return "small"


def _of_token(token: str) -> Iterator[str]:
    yield "always"
    yield f"token={token}"
    form = normalise(token)
    for length in _AFFIXES:
        if len(form) > length:
            yield f"prefix={form[:length]}"
            yield f"suffix={form[-length:]}"


def _of_neighbours(words: Sequence[_Word], position: int) -> Iterator[str]:
    near = {}
    for offset in _NEIGHBOURS:
        is_inside = 0 <= position + offset < len(words)
        near[offset] = words[position + offset] if is_inside else _EDGE
    for offset, word in near.items():
        for name in word.named():
            yield f"{offset}:{name}"
    for before, after in ((-1, 0), (0, 1)):
        yield f"{before}:words={near[before].form} {near[after].form}"
        yield f"{before}:classes={near[before].kind} {near[after].kind}"
    yield f"classes={near[-1].kind} {near[0].kind} {near[1].kind}"


def _of_caption(word: _Word, caption: frozenset[str]) -> Iterator[str]:
    if word.form in caption:
        yield "in caption"
    for shown in sorted(caption):
        yield f"caption={shown}"
        yield f"caption={shown} class={word.kind}"
