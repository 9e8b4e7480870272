"""The things that travel through `mner`: posts, entities, batches and attention.

Shapes: B posts, T words, C characters, R regions, D hidden, W spans of word pieces, P pieces,
K word vector, V region vector, L tags.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "NO_ROW",
    "RESERVED_ROWS",
    "UNKNOWN_ROW",
    "Attention",
    "Batch",
    "Bools",
    "Doubles",
    "Emitted",
    "Entity",
    "Floats",
    "Ints",
    "LooksAt",
    "PictureState",
    "Post",
    "Reals",
    "Regions",
    "Span",
]

Floats: TypeAlias = NDArray[np.float32]
Doubles: TypeAlias = NDArray[np.float64]
Reals: TypeAlias = NDArray[np.floating[Any]]
"""Floating-point numbers of any width."""
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Span: TypeAlias = tuple[int, int, str]
"""First token, one past the last token, label."""
LooksAt: TypeAlias = Literal["pictures", "captions"]
"""What of a post a model sees beside the text."""

NO_ROW = 0
"""The row for padding, and for words that have only a pretrained vector: nothing is learned for
them."""
UNKNOWN_ROW = 1
"""The row for what is neither in the vocabulary nor among the pretrained vectors."""
RESERVED_ROWS = 2
"""Rows of every trained table before those of the vocabulary: `NO_ROW` and `UNKNOWN_ROW`."""


class PictureState(StrEnum):
    """What became of a post's picture."""

    PRESENT = "present"
    ABSENT = "absent"
    """The post names no picture, or the picture is not where it should be."""
    UNREADABLE = "unreadable"
    """The file is there but cannot be decoded safely."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A named thing in a post: tokens `start` to `end` (half-open) and a label.

    `probability` is the model's, in [0, 1], and None for gold. `text`, `start_char` and `end_char` (half-open, code points of
    the post's `text`) are None where the post came as tokens only.
    """

    start: int
    end: int
    label: str
    probability: float | None = None
    text: str | None = None
    start_char: int | None = None
    end_char: int | None = None

    @property
    def span(self) -> Span:
        """The part of an entity that scoring compares."""
        return (self.start, self.end, self.label)


@dataclass(frozen=True, slots=True)
class Post:
    """A social media post: its words and, where there is one, a reference to its picture."""

    id: str
    tokens: tuple[str, ...]
    entities: tuple[Entity, ...] | None = None
    """Gold or predicted entities in order; None where nobody has annotated the post."""
    picture: str | None = None
    """A picture id or a path; which of the two is for the reader of pictures to decide."""
    caption: str | None = None
    """Words that describe the picture, where some were given."""
    text: str | None = None
    """The raw text, where the post came as one."""
    offsets: tuple[tuple[int, int], ...] | None = None
    """For each token its half-open place in `text`, in code points."""
    annotated: tuple[str, ...] | None = None
    """The labels that the annotators looked for; None for all. Where there is no entity there may be one of another label."""

    def was_sought(self, label: str) -> bool:
        """Whether the annotators looked for entities of this label."""
        return self.annotated is None or label in self.annotated


@dataclass(frozen=True, slots=True)
class Regions:
    """What the co-attention looks at in one post: vectors of picture regions or of caption words."""

    state: PictureState
    vectors: Floats
    """(R, V); R is 0 unless the picture is present."""
    words: tuple[str, ...] = ()
    """The caption words that are the regions; empty where regions are parts of a picture."""
    reason: str | None = None
    """Why there are no vectors, where the reader of the picture says so."""


@dataclass(frozen=True, slots=True)
class Attention:
    """Where the tagger looked, for one post."""

    regions: Floats
    """(T, R): for each word a distribution over the regions; all zeros where there is no picture."""
    words: Floats
    """(T, T): for each word a distribution over the words of the post; (T, 0) for a fusion that does not look at them, and beside a post read in windows."""
    gate: Floats
    """(T,): the mean share of the picture in the fused vector, in [0, 1]."""
    per_word: bool
    """False for `concat` and `mean` attention, whose weights are the same for every word of a post."""


@dataclass(frozen=True, slots=True)
class Emitted:
    """What a backend gives for a batch: scores of tags, and where the model looked (see `Attention`)."""

    emissions: Floats
    """(B, T, L): the score of each tag at each word; what stands in the padding plays no part."""
    region_weights: Floats
    """(B, T, R)"""
    word_weights: Floats
    """(B, T, T); (B, T, 0) for a fusion that does not look at the words, and for posts that were read in windows."""
    gate: Floats
    """(B, T)"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Posts as arrays, padded behind to the longest."""

    words: Ints
    """(B, T): rows of the trained word table; 0 for padding and for words that have only a pretrained vector."""
    vectors: Floats
    """(B, T, K): pretrained vectors; zeros for padding and for words that have none."""
    characters: Ints
    """(B, T, C): 0 for padding."""
    shapes: Ints
    """(B, T): 0 for padding."""
    lengths: Ints
    """(B,): words in each post, at least 1."""
    regions: Floats
    """(B, R, V): zeros where masked; R is 0 for a batch without pictures."""
    region_mask: Bools
    """(B, R): True at a region that may be looked at."""
    tags: Ints | None = None
    """(B, T): gold tags; 0 for padding."""
    allowed: Bools | None = None
    """(B, T, L): the tags that gold leaves open; None where it leaves nothing open beside `tags`."""
    pieces: Ints = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))
    """(W, P): word pieces for a pretrained transformer, in W spans; W is 0 for a model without one."""
    piece_mask: Bools = field(default_factory=lambda: np.zeros((0, 0), dtype=np.bool_))
    """(W, P): False at padding."""
    first_pieces: Ints = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))
    """(B, T): where a word's first piece is in the flattened spans of pieces; 0 for padding."""

    @property
    def mask(self) -> Bools:
        """(B, T): True at a word, False at padding."""
        return np.arange(self.words.shape[1]) < self.lengths[:, None]
