"""Words, characters, word shapes and tags of the training posts, and their numbers."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mner.bio import tag_names
from mner.errors import InputError
from mner.require import require_entities
from mner.types import Post

__all__ = ["NO_ROW", "UNKNOWN", "URL_WORD", "Vocabulary", "normalise", "word_shape"]

NO_ROW = 0
"""Padding, and words outside the vocabulary that have a pretrained vector: nothing is learned for them."""
UNKNOWN = 1
"""What is neither in the vocabulary nor among the pretrained vectors."""

_FIRST_FREE = 2
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
URL_WORD = "<url>"
_LONGEST_SHAPE = 8


@dataclass(frozen=True)
class Vocabulary:
    """What a model learned from its training posts alone."""

    words: Mapping[str, int]
    """Normalised words to rows of the trained word table."""
    characters: Mapping[str, int]
    shapes: Mapping[str, int]
    tags: tuple[str, ...]
    """IOB2 tags, O first; a tag's number is its place."""

    @classmethod
    def build(
        cls, posts: Iterable[Post], *, is_known: Callable[[str], bool], least_count: int = 2
    ) -> "Vocabulary":
        """Collect the vocabulary of training posts.

        Args:
            posts: annotated posts.
            is_known: whether a word has a pretrained vector; such a word gets a row of its own even if it is seen once.
            least_count: how often a word without a vector must stand in the posts to get a row.

        Raises:
            InputError: a post is not annotated, or no post holds an entity.
        """
        words: Counter[str] = Counter()
        labels: set[str] = set()
        surfaces: set[str] = set()
        for post in posts:
            labels.update(entity.label for entity in require_entities(post))
            words.update(normalise(token) for token in post.tokens)
            surfaces.update(post.tokens)
        if not labels:
            raise InputError(
                "the training posts hold no entity: expected at least one tag other than O"
            )
        kept = (
            word
            for word, count in words.items()
            if count >= least_count or word == URL_WORD or is_known(word)
        )
        return cls(
            words=_numbered(kept),
            characters=_numbered(character for surface in surfaces for character in surface),
            shapes=_numbered(word_shape(surface) for surface in surfaces),
            tags=tag_names(labels),
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """The types of entities, sorted."""
        return tuple(tag[2:] for tag in self.tags if tag.startswith("B-"))

    def as_dict(self) -> dict[str, Any]:
        """Plain lists, in the order of the numbers, for JSON."""
        return {
            "words": list(self.words),
            "characters": list(self.characters),
            "shapes": list(self.shapes),
            "labels": list(self.labels),
        }

    @classmethod
    def from_dict(cls, lists: Mapping[str, Any]) -> "Vocabulary":
        """The inverse of `as_dict`."""
        numbered = {
            name: {item: number for number, item in enumerate(lists[name], start=_FIRST_FREE)}
            for name in ("words", "characters", "shapes")
        }
        return cls(**numbered, tags=tag_names(lists["labels"]))


def normalise(word: str) -> str:
    """The form under which words share a row: lower-cased, without leading # and @; every URL is one word."""
    if _URL.fullmatch(word):
        return URL_WORD
    return (word.lstrip("#@") or word).lower()


def word_shape(word: str) -> str:
    """The pattern of a word: X, x and d for capitals, small letters and digits, runs shortened to two, at most eight signs.

    `#McDonald's` gives `#XxXxx'x`.
    """
    if _URL.fullmatch(word):
        return URL_WORD
    signs = (
        "d" if sign.isdigit() else "X" if sign.isupper() else "x" if sign.isalpha() else sign
        for sign in word
    )
    return re.sub(r"(.)\1{2,}", r"\1\1", "".join(signs))[:_LONGEST_SHAPE]


def _numbered(items: Iterable[str]) -> dict[str, int]:
    return {item: number for number, item in enumerate(sorted(set(items)), start=_FIRST_FREE)}
