"""The things that travel through `mner`: posts, entities, batches and attention.

Shapes: B posts, T words, C characters, R regions, D hidden, W spans of word pieces, P pieces,
K word vector, V region vector, L tags.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Literal, Self, TypeAlias

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
    "PictureBytes",
    "PictureEntity",
    "PictureState",
    "Post",
    "Reals",
    "Regions",
    "SeenPicture",
    "Span",
    "UntrustedReference",
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
"""What a model sees of a post beside its text."""

NO_ROW = 0
"""The row for padding, and for words that have only a pretrained vector. Nothing is learned for
it."""
UNKNOWN_ROW = 1
"""The row for what is neither in the vocabulary nor among the pretrained vectors.

Word dropout trains it in the table of words. In the tables of characters and of word shapes no
training post has it, so that it keeps the small random numbers it began with.
"""
RESERVED_ROWS = 2
"""Rows of every trained table before those of the vocabulary: `NO_ROW` and `UNKNOWN_ROW`."""


class PictureState(StrEnum):
    """What became of a post's picture."""

    PRESENT = "present"
    ABSENT = "absent"
    """The post names no picture, or the picture is not where it should be."""
    UNREADABLE = "unreadable"
    """The file is there but cannot be decoded safely."""


class UntrustedReference(str):
    """A reference to a picture that was read from a file of posts.

    Whoever wrote the file may be a stranger, so a path must not lead out of the folder where
    pictures are looked for. A reference that is a plain `str` was given by the program itself.
    """

    __slots__ = ()


class PictureBytes(str):
    """A picture that is given itself, in place of a reference to a file.

    As a string it is the picture's name, which is never looked for anywhere.

    Attributes:
        content: the bytes of the picture file.
    """

    __slots__ = ("content",)

    content: bytes

    def __new__(cls, name: str, content: bytes) -> Self:
        """Name a picture.

        Args:
            name: what results call it; it may be empty.
            content: the bytes of the picture file.
        """
        picture = super().__new__(cls, name)
        picture.content = content
        return picture


@dataclass(frozen=True, slots=True)
class Entity:
    """A named thing in a post."""

    start: int
    """The first token."""
    end: int
    """One past the last token."""
    label: str
    probability: float | None = None
    """The model's probability, in [0, 1]; None for gold."""
    text: str | None = None
    """The words as they are in the post's raw text; None if the post came as tokens only."""
    start_char: int | None = None
    """The first code point in the post's raw text; None if the post came as tokens only."""
    end_char: int | None = None
    """One past the last code point; None if the post came as tokens only."""

    @property
    def span(self) -> Span:
        """What scoring compares of an entity."""
        return (self.start, self.end, self.label)


@dataclass(frozen=True, slots=True)
class PictureEntity:
    """A named thing whose name is written in a post's picture."""

    text: str
    """The name as it was read, its lines joined by blanks."""
    label: str
    probability: float
    """How probable it is that this is a name of this type, in [0, 1]."""
    box: tuple[float, float, float, float]
    """Left, top, right and bottom in the upright picture, in shares of its width and height."""
    line: str
    """The line or lines in which the name stands, as they were read."""
    picture: str | None = None
    """The picture in which it stands, for a post of several pictures; None where there is one."""


@dataclass(frozen=True, slots=True)
class Post:
    """A social media post: its words and, where there is one, a reference to its picture."""

    id: str
    tokens: tuple[str, ...]
    entities: tuple[Entity, ...] | None = None
    """Gold or predicted entities in order; None if the post is not annotated."""
    picture: str | None = None
    """The first picture: an id or a path. The reader of pictures decides which of the two it is.
    Posts that were read from a file have an `UntrustedReference`."""
    caption: str | None = None
    """Words that describe the picture, if there are any."""
    text: str | None = None
    """The raw text, if the post came as raw text."""
    offsets: tuple[tuple[int, int], ...] | None = None
    """Start and end (half-open) of each token in `text`, in code points."""
    annotated: tuple[str, ...] | None = None
    """The labels that the annotators looked for; None for all labels. Where no entity is marked,
    there may be one of another label."""
    extra: Mapping[str, object] | None = field(default=None, compare=False)
    """Other fields or columns of the file, by name, which are passed through. Posts that differ in
    them alone are equal."""
    picture_entities: tuple[PictureEntity, ...] | None = None
    """Names that were found in the lettering of the pictures; None if nobody has looked."""
    more_pictures: tuple[str, ...] = ()
    """The pictures after the first; see `pictures`."""

    @property
    def pictures(self) -> tuple[str, ...]:
        """All pictures, in the order of the post."""
        return () if self.picture is None else (self.picture, *self.more_pictures)

    def with_pictures(self, pictures: Sequence[str]) -> Self:
        """Return the post with these pictures in place of its own."""
        first = pictures[0] if pictures else None
        return replace(self, picture=first, more_pictures=tuple(pictures[1:]))

    def was_sought(self, label: str) -> bool:
        """Return whether the annotators looked for entities of this label."""
        return self.annotated is None or label in self.annotated


@dataclass(frozen=True, slots=True)
class SeenPicture:
    """What became of one picture of a post."""

    name: str
    """The reference by which the post names it."""
    state: PictureState
    regions: int
    """How many of the post's regions are parts of it; those of its earlier pictures come first."""
    reason: str | None = None
    """Why it could not be looked at, if the reader of the picture gives a reason."""


@dataclass(frozen=True, slots=True)
class Regions:
    """What the co-attention looks at in one post: vectors of picture regions or caption words."""

    state: PictureState
    """Of several pictures the best: one that is present, else one that is unreadable."""
    vectors: Floats
    """(R, V); R is 0 unless a picture is present."""
    words: tuple[str, ...] = ()
    """The caption words that are the regions; empty if the regions are parts of a picture."""
    reason: str | None = None
    """Why there are no vectors, if the reader of the picture gives a reason."""
    pictures: tuple[SeenPicture, ...] = ()
    """All pictures of the post, in its order, whatever their state; empty for caption words."""


@dataclass(frozen=True, slots=True)
class Attention:
    """Where the tagger looked, for one post."""

    regions: Floats
    """(T, R): for each word a distribution over the regions; all zeros without a picture."""
    words: Floats
    """(T, T): for each word a distribution over the words of the post. (T, 0) for a fusion that
    does not look at words, and for a post that was read in windows."""
    gate: Floats
    """(T,): the mean share of the picture in the fused vector of each word, in [0, 1]."""
    per_word: bool
    """False for `concat` and `mean` attention, which give all words of a post the same weights."""


@dataclass(frozen=True, slots=True)
class Emitted:
    """What a backend gives for a batch: scores of tags, and where the model looked.

    See `Attention` for the weights and the gate.
    """

    emissions: Floats
    """(B, T, L): the score of each tag at each word; values in the padding have no meaning."""
    region_weights: Floats
    """(B, T, R)"""
    word_weights: Floats
    """(B, T, T). (B, T, 0) for a fusion that does not look at words. Where a post of the batch is
    read in windows it is (B, T, W), W the most words of a window, and holds the weights of posts
    that fit into one window; those of longer posts are lost."""
    gate: Floats
    """(B, T)"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Posts as arrays, padded at the end to the length of the longest."""

    words: Ints
    """(B, T): rows of the trained word table; `NO_ROW` for padding and for words that have only a
    pretrained vector."""
    vectors: Floats
    """(B, T, K): pretrained vectors; zeros for padding and for words without one."""
    characters: Ints
    """(B, T, C): rows of the table of characters; `NO_ROW` for padding."""
    shapes: Ints
    """(B, T): rows of the table of word shapes; `NO_ROW` for padding."""
    lengths: Ints
    """(B,): number of words in each post, at least 1."""
    regions: Floats
    """(B, R, V): vectors of regions; zeros where masked. R is 0 for a batch without pictures."""
    region_mask: Bools
    """(B, R): True at a region that may be looked at."""
    tags: Ints | None = None
    """(B, T): gold tags; 0 for padding."""
    allowed: Bools | None = None
    """(B, T, L): the tags that gold allows; None if it allows no others than `tags`."""
    pieces: Ints = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))
    """(W, P): word pieces of a pretrained transformer, in W spans of pieces; W is 0 for a model
    without a transformer."""
    piece_mask: Bools = field(default_factory=lambda: np.zeros((0, 0), dtype=np.bool_))
    """(W, P): False at padding."""
    first_pieces: Ints = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))
    """(B, T): position of each word's first piece in the flattened spans of pieces; 0 for
    padding."""

    @property
    def mask(self) -> Bools:
        """True at a word, False at padding; (B, T)."""
        return np.arange(self.words.shape[1]) < self.lengths[:, None]
