"""What a CRF without a network is told of each word: the word, its shape, affixes, class and cluster, its neighbours', and what the caption says."""

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
_COMMON = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "by",
        "for",
        "from",
        "has",
        "his",
        "her",
        "in",
        "is",
        "it",
        "of",
        "on",
        "or",
        "the",
        "their",
        "to",
        "two",
        "with",
    ]
)


class _Word(NamedTuple):
    """What is known of a word wherever it stands."""

    form: str
    shape: str
    kind: str
    path: str

    def named(self) -> Iterator[str]:
        """As names of features."""
        yield f"word={self.form}"
        yield f"shape={self.shape}"
        yield f"class={self.kind}"
        yield from (f"path={self.path[:length]}" for length in _PATHS if self.path)


_EDGE = _Word("<edge>", "<edge>", "edge", "")


def features(
    post: Post, paths: Callable[[Sequence[str]], list[str]] | None = None, *, captions: bool = False
) -> list[list[str]]:
    """The features of each word of a post.

    Args:
        post: with its caption, where there is one.
        paths: gives words the paths of their clusters, as `WordClusters.paths` does; without it there are none.
        captions: tell of the caption's words too.
    """
    clusters = paths(post.tokens) if paths else [""] * len(post.tokens)
    words = [
        _Word(normalise(token), word_shape(token), _kind(token), path)
        for token, path in zip(post.tokens, clusters, strict=True)
    ]
    caption = (
        frozenset(re.findall(r"\w+", (post.caption or "").lower())) - _COMMON
        if captions
        else frozenset()
    )
    return [
        [*_of_token(token), *_of_neighbours(words, place), *_of_caption(words[place], caption)]
        for place, token in enumerate(post.tokens)
    ]


def _kind(token: str) -> str:
    return next(
        (name for name, pattern in _CLASSES.items() if re.fullmatch(pattern, token, re.DOTALL)),
        "small",
    )


def _of_token(token: str) -> Iterator[str]:
    yield "always"
    yield f"token={token}"
    form = normalise(token)
    for length in _AFFIXES:
        if len(form) > length:
            yield f"prefix={form[:length]}"
            yield f"suffix={form[-length:]}"


def _of_neighbours(words: Sequence[_Word], place: int) -> Iterator[str]:
    near = {
        offset: words[place + offset] if 0 <= place + offset < len(words) else _EDGE
        for offset in _NEIGHBOURS
    }
    for offset, word in near.items():
        yield from (f"{offset}:{name}" for name in word.named())
    for before, after in ((-1, 0), (0, 1)):
        yield f"{before}:words={near[before].form} {near[after].form}"
        yield f"{before}:classes={near[before].kind} {near[after].kind}"
    yield f"classes={near[-1].kind} {near[0].kind} {near[1].kind}"


def _of_caption(word: _Word, caption: frozenset[str]) -> Iterator[str]:
    if word.form in caption:
        yield "in caption"
    for told in sorted(caption):
        yield f"caption={told}"
        yield f"caption={told} class={word.kind}"
