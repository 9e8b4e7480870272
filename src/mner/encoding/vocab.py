"""The words, characters, word shapes and tags of the training posts, and their numbers."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from mner.bio import tag_names
from mner.errors import InputError
from mner.files.load import read_json
from mner.require import require_entities
from mner.types import RESERVED_ROWS, Post

__all__ = ["URL_WORD", "TableSizes", "Vocabulary", "normalise", "word_shape"]

URL_WORD = "<url>"
"""The word that all URLs share, and its shape."""

_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_LONGEST_SHAPE = 8


class TableSizes(NamedTuple):
    """How many rows the trained tables have, reserved rows included."""

    words: int
    characters: int
    shapes: int


@dataclass(frozen=True)
class Vocabulary:
    """What a model learned from its training posts alone."""

    words: Mapping[str, int]
    """Normalised words to rows of the trained word table."""
    characters: Mapping[str, int]
    """Characters to rows of their table."""
    shapes: Mapping[str, int]
    """Word shapes to rows of their table."""
    tags: tuple[str, ...]
    """IOB2 tags, O first; a tag's number is its position."""

    @classmethod
    def build(
        cls, posts: Iterable[Post], *, is_known: Callable[[str], bool], least_count: int = 2
    ) -> "Vocabulary":
        """Collect the vocabulary of training posts.

        Args:
            posts: annotated posts.
            is_known: whether a word has a pretrained vector; such a word gets a row even if it
                occurs once.
            least_count: how often a word without a vector has to occur to get a row.

        Raises:
            InputError: a post is not annotated, or no post has an entity.
        """
        words: Counter[str] = Counter()
        labels: set[str] = set()
        surfaces: set[str] = set()
        for post in posts:
            labels.update(entity.label for entity in require_entities(post))
            words.update(map(normalise, post.tokens))
            surfaces.update(post.tokens)
        if not labels:
            raise InputError(
                "the training posts hold no entity: expected at least one tag other than O"
            )
        kept = [
            word
            for word, count in words.items()
            if count >= least_count or word == URL_WORD or is_known(word)
        ]
        return cls(
            words=_numbered(sorted(kept)),
            characters=_numbered(sorted(set("".join(surfaces)))),
            shapes=_numbered(sorted(set(map(word_shape, surfaces)))),
            tags=tag_names(labels),
        )

    @classmethod
    def open(cls, path: Path) -> "Vocabulary":
        """Read what `save` wrote.

        Raises:
            InputError: the file is missing or damaged.
        """
        lists = read_json(path, _Lists, advice="expected what `Vocabulary.save` wrote")
        return cls(
            words=_numbered(lists.words),
            characters=_numbered(lists.characters),
            shapes=_numbered(lists.shapes),
            tags=tag_names(lists.labels),
        )

    def save(self, path: Path) -> None:
        """Write the vocabulary as JSON: lists in the order of the numbers."""
        lists = _Lists(
            list(self.words), list(self.characters), list(self.shapes), list(self.labels)
        )
        path.write_text(json.dumps(asdict(lists), indent=1) + "\n", encoding="utf-8")

    @property
    def labels(self) -> tuple[str, ...]:
        """The types of entities, sorted."""
        return tuple(tag[2:] for tag in self.tags if tag.startswith("B-"))

    @property
    def sizes(self) -> TableSizes:
        """How many rows the tables of words, characters and shapes have."""
        return TableSizes(
            words=RESERVED_ROWS + len(self.words),
            characters=RESERVED_ROWS + len(self.characters),
            shapes=RESERVED_ROWS + len(self.shapes),
        )


@dataclass(frozen=True)
class _Lists:
    """The file of a vocabulary: everything in the order of its numbers."""

    words: list[str]
    characters: list[str]
    shapes: list[str]
    labels: list[str]


def normalise(word: str) -> str:
    """Return the form under which words share a row.

    It is lower-cased and has no leading # and @. All URLs are one word.
    """
    if _URL.fullmatch(word):
        return URL_WORD
    return (word.lstrip("#@") or word).lower()


def word_shape(word: str) -> str:
    """Return the pattern of a word, of at most eight signs: `#McDonald's` gives `#XxXxx'x`.

    X, x and d stand for capitals, other letters and digits. Runs of one sign are cut to two.
    """
    if _URL.fullmatch(word):
        return URL_WORD
    signs = "".join(map(_sign, word))
    return re.sub(r"(.)\1{2,}", r"\1\1", signs)[:_LONGEST_SHAPE]


def _sign(character: str) -> str:
    if character.isdigit():
        return "d"
    if character.isupper():
        return "X"
    if character.isalpha():
        return "x"
    return character


def _numbered(items: Iterable[str]) -> dict[str, int]:
    """Number different items from the first row that is not reserved."""
    return {item: number for number, item in enumerate(items, start=RESERVED_ROWS)}
