"""Posts to arrays: words, vectors, characters and shapes as numbers, and batches of posts of like length."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mner.bio import spans_to_tags
from mner.encoding.pieces import Pieces
from mner.encoding.vectors import VectorTable
from mner.encoding.vocab import NO_ROW, UNKNOWN, Vocabulary, normalise, word_shape
from mner.errors import InputError
from mner.require import require_entities, require_words
from mner.types import Batch, Bools, Floats, Ints, Post, Regions

__all__ = ["IndexedPost", "Indexer", "buckets"]

_LARGEST_CACHE = 200_000


@dataclass(frozen=True, slots=True)
class IndexedPost:
    """The arrays of one post; see `Batch` for what they hold."""

    words: Ints
    """(T,)"""
    vectors: Floats
    """(T, K)"""
    characters: Ints
    """(T, C), C as long as the longest word or the bound."""
    shapes: Ints
    """(T,)"""
    tags: Ints | None
    """(T,), None where the post is not annotated or its tags were not asked for."""
    windows: tuple[Ints, ...] = ()
    """Word pieces for a pretrained transformer; none for a model without one."""
    first_pieces: Ints | None = None
    """(T, 2): the window and the place in it of each word's first piece."""
    allowed: Bools | None = None
    """(T, L): the tags that gold does not exclude; None where `tags` is None."""


class _Word(NamedTuple):
    """What is known of a token."""

    number: int
    """In the trained word table."""
    row: int
    """In the table of vectors; -1 where it has none."""
    characters: list[int]
    shape: int
    pieces: tuple[int, ...]
    """For a pretrained transformer; none for a model without one."""


class Indexer:
    """Turns posts into numbers with a fixed vocabulary and table of vectors."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        vectors: VectorTable,
        pieces: Pieces | None = None,
        *,
        longest_word: int,
    ) -> None:
        """Take the vocabulary, the vectors, the word pieces of a transformer, and how many characters of a word are read."""
        self._vocabulary = vocabulary
        self._vectors = vectors
        self._pieces = pieces
        self._longest_word = longest_word
        self._tag_numbers = {tag: number for number, tag in enumerate(vocabulary.tags)}
        self._seen: dict[str, _Word] = {}

    def index(self, post: Post, *, with_tags: bool = False) -> IndexedPost:
        """The arrays of one post.

        Raises:
            InputError: the post has no words; with `with_tags`, it is not annotated or holds a label the model does not know.
        """
        require_words(post)
        known = self._known(post.tokens)
        words = [known[token] for token in post.tokens]
        characters = np.zeros(
            (len(words), max(len(word.characters) for word in words)), dtype=np.int64
        )
        for row, word in zip(characters, words, strict=True):
            row[: len(word.characters)] = word.characters
        tags = self._tags(post) if with_tags else None
        windows, first_pieces = (
            self._pieces.windows([word.pieces for word in words]) if self._pieces else ([], None)
        )
        return IndexedPost(
            words=np.array([word.number for word in words], dtype=np.int64),
            vectors=self._vectors.vectors(np.array([word.row for word in words], dtype=np.int64)),
            characters=characters,
            shapes=np.array([word.shape for word in words], dtype=np.int64),
            tags=tags,
            windows=tuple(windows),
            first_pieces=first_pieces,
            allowed=None if tags is None else self._allowed(tags, post.annotated),
        )

    def index_all(self, posts: Sequence[Post]) -> list[IndexedPost]:
        """The arrays of many posts, sooner than one by one because their words are looked up together; raises as `index` does."""
        self._known([token for post in posts for token in post.tokens])
        return [self.index(post) for post in posts]

    def lengths(self, posts: Sequence[Post]) -> list[int]:
        """What a post is padded by, for `buckets`: its word pieces where a transformer reads them, which costs most, else its words."""
        if self._pieces is None:
            return [len(post.tokens) for post in posts]
        known = self._known([token for post in posts for token in post.tokens])
        return [sum(len(known[token].pieces) for token in post.tokens) for post in posts]

    def batch(
        self, posts: Sequence[IndexedPost], regions: Sequence[Regions] | None = None
    ) -> Batch:
        """Pad encoded posts (B of them) and, where the model looks at pictures, their regions into one batch."""
        longest = max(len(post.words) for post in posts)
        widest = max(post.characters.shape[1] for post in posts)
        region_vectors, region_mask = _pad_regions(regions, len(posts))
        return Batch(
            words=_pad([post.words for post in posts], (longest,), np.int64),
            vectors=_pad(
                [post.vectors for post in posts], (longest, self._vectors.dimension), np.float32
            ),
            characters=_pad([post.characters for post in posts], (longest, widest), np.int64),
            shapes=_pad([post.shapes for post in posts], (longest,), np.int64),
            lengths=np.array([len(post.words) for post in posts], dtype=np.int64),
            regions=region_vectors,
            region_mask=region_mask,
            tags=None
            if posts[0].tags is None
            else _pad([post.tags for post in posts], (longest,), np.int64),
            allowed=_pad_allowed(
                [post.allowed for post in posts if post.allowed is not None], longest
            ),
            **(_lay_out(posts, longest, padding=self._pieces.padding) if self._pieces else {}),
        )

    def hit_rate(self, posts: Sequence[Post]) -> float:
        """The share of the posts' words that have a pretrained vector, in [0, 1]."""
        tokens = [token for post in posts for token in post.tokens]
        return float(np.mean(self._vectors.rows(tokens) >= 0)) if tokens else 0.0

    def _known(self, tokens: Sequence[str]) -> Mapping[str, "_Word"]:
        """What is known of these tokens among others, all new ones looked up together."""
        if len(self._seen) > _LARGEST_CACHE:
            self._seen = {}  # another thread goes on with the old one
        seen = self._seen
        new = [token for token in dict.fromkeys(tokens) if token not in seen]
        pieces = self._pieces.of_words(new) if self._pieces else [()] * len(new)
        for token, row, own in zip(new, self._vectors.rows(new).tolist(), pieces, strict=True):
            number, shape = (
                self._word(token, has_vector=row >= 0),
                self._vocabulary.shapes.get(word_shape(token), UNKNOWN),
            )
            seen[token] = _Word(number, row, self._characters(token), shape, own)
        return seen

    def _word(self, token: str, *, has_vector: bool) -> int:
        return self._vocabulary.words.get(normalise(token), NO_ROW if has_vector else UNKNOWN)

    def _characters(self, token: str) -> list[int]:
        return [
            self._vocabulary.characters.get(character, UNKNOWN)
            for character in token[: self._longest_word]
        ]

    def _tags(self, post: Post) -> Ints:
        spans = [entity.span for entity in require_entities(post)]
        tags = spans_to_tags(spans, len(post.tokens))
        try:
            return np.array([self._tag_numbers[tag] for tag in tags], dtype=np.int64)
        except KeyError as exc:
            raise InputError(
                f"post {post.id} has the tag {exc.args[0]!r}: the training posts hold only {', '.join(self._vocabulary.labels)}"
            ) from exc

    def _allowed(self, tags: Ints, annotated: Sequence[str] | None) -> Bools:
        """(T, L): the tags themselves and, where they say O, every tag of a label that the annotators did not look for."""
        allowed: Bools = np.arange(len(self._tag_numbers)) == tags[:, None]
        if annotated is not None:
            unsought = np.array(
                [tag != "O" and tag[2:] not in annotated for tag in self._tag_numbers]
            )
            allowed |= (tags == 0)[:, None] & unsought
        return allowed


def buckets(
    lengths: Sequence[int], batch_size: int, *, rng: np.random.Generator | None = None
) -> Iterator[list[int]]:
    """Batches of positions with like lengths.

    Args:
        lengths: of the posts, as `Indexer.lengths` gives them.
        batch_size: posts in a batch; the last may be smaller.
        rng: shuffles posts of like length and the order of the batches; without it, posts go from short to long.
    """
    if rng is None:
        order = np.argsort(np.asarray(lengths), kind="stable")
        starts = np.arange(0, len(order), batch_size)
    else:
        # A length differs by up to one from its neighbours' in rank, so that batches are not the same in every epoch.
        order = np.argsort(
            np.asarray(lengths) + rng.uniform(-1.0, 1.0, len(lengths)), kind="stable"
        )
        starts = rng.permutation(np.arange(0, len(order), batch_size))
    for start in starts:
        yield order[start : start + batch_size].tolist()


def _pad_allowed(allowed: Sequence[Bools], longest: int) -> Bools | None:
    """(B, T, L); None where no word of a batch has more than one tag."""
    if not any(np.count_nonzero(post) > len(post) for post in allowed):
        return None
    return _pad(allowed, (longest, allowed[0].shape[1]), np.bool_)


def _lay_out(posts: Sequence[IndexedPost], longest: int, *, padding: int) -> dict[str, Any]:
    """The windows of all posts, padded to the longest, and where in them the words are."""
    windows = [window for post in posts for window in post.windows]
    most = max(map(len, windows))
    pieces = np.full((len(windows), most), padding, dtype=np.int64)
    for row, window in zip(pieces, windows, strict=True):
        row[: len(window)] = window
    first_windows = np.cumsum([0, *(len(post.windows) for post in posts[:-1])])
    first_pieces = np.zeros((len(posts), longest), dtype=np.int64)
    for row, post, first in zip(first_pieces, posts, first_windows, strict=True):
        assert post.first_pieces is not None
        row[: len(post.words)] = (first + post.first_pieces[:, 0]) * most + post.first_pieces[:, 1]
    return {
        "pieces": pieces,
        "piece_mask": np.arange(most) < np.array([len(window) for window in windows])[:, None],
        "first_pieces": first_pieces,
    }


def _pad_regions(regions: Sequence[Regions] | None, size: int) -> tuple[Floats, Bools]:
    """(B, R, V) and its mask; R is at least 1 where regions are given, so that a batch without pictures keeps its width."""
    if regions is None:
        return np.zeros((size, 0, 0), dtype=np.float32), np.zeros((size, 0), dtype=bool)
    most = max(1, *(len(region.vectors) for region in regions))
    width = regions[0].vectors.shape[1]
    mask = np.arange(most) < np.array([len(region.vectors) for region in regions])[:, None]
    return _pad([region.vectors for region in regions], (most, width), np.float32), mask


def _pad(
    arrays: Sequence[NDArray[Any] | None], shape: tuple[int, ...], dtype: type[Any]
) -> NDArray[Any]:
    padded: NDArray[Any] = np.zeros((len(arrays), *shape), dtype=dtype)
    for target, array in zip(padded, arrays, strict=True):
        assert array is not None
        target[tuple(slice(size) for size in array.shape)] = array
    return padded
