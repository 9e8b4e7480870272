"""Posts to arrays of numbers: words, vectors, characters, shapes, word pieces and tags."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from mner.bio import spans_to_tags
from mner.encoding.batches import IndexedPost, pad_posts
from mner.encoding.hashtags import hashtag_words
from mner.encoding.pieces import Pieces
from mner.encoding.vectors import VectorTable
from mner.encoding.vocab import Vocabulary, normalise, word_shape
from mner.errors import InputError, clipped, quoted
from mner.require import require_entities, require_words
from mner.types import NO_ROW, UNKNOWN_ROW, Batch, Bools, Floats, Ints, Post, Regions

__all__ = ["Indexer"]

_LARGEST_CACHE = 200_000


class Indexer:
    """Turns posts into numbers by a fixed vocabulary and a fixed table of word vectors.

    Args:
        vocabulary: rows of words, characters and shapes, and the tags.
        vectors: the pretrained word vectors.
        pieces: word pieces of a transformer; None for a model without one.
        longest_word: how many characters of a word are read.
        parts_hashtags: give a hashtag that is known nowhere the mean vector of its words.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        vectors: VectorTable,
        pieces: Pieces | None = None,
        *,
        longest_word: int,
        parts_hashtags: bool = False,
    ) -> None:
        self._vocabulary = vocabulary
        self._vectors = vectors
        self._pieces = pieces
        self._longest_word = longest_word
        self._parts_hashtags = parts_hashtags
        self._tag_numbers = {tag: number for number, tag in enumerate(vocabulary.tags)}
        self._seen: dict[str, _Word] = {}

    def index(self, post: Post, *, with_tags: bool = False) -> IndexedPost:
        """Return the arrays of one post.

        Raises:
            InputError: the post has no words; with `with_tags`, it is not annotated or has a label
                that the model does not know.
        """
        require_words(post)
        known = self._known(post.tokens)
        words = [known[token] for token in post.tokens]
        numbers, vector_rows, characters, shapes, pieces, parts = zip(*words, strict=True)
        piece_spans, tags, allowed = None, None, None
        if self._pieces is not None:
            piece_spans = self._pieces.lay_out(pieces)
        if with_tags:
            tags = self._tags(post)
            allowed = self._allowed(tags, post.annotated)
        return IndexedPost(
            words=np.array(numbers, dtype=np.int64),
            vectors=self._vectors_of(np.array(vector_rows, dtype=np.int64), parts),
            characters=_pad_characters(characters),
            shapes=np.array(shapes, dtype=np.int64),
            piece_spans=piece_spans,
            tags=tags,
            allowed=allowed,
        )

    def index_all(self, posts: Sequence[Post]) -> list[IndexedPost]:
        """Return the arrays of many posts; raises as `index` does.

        It is faster than one call a post, because all words are looked up together.
        """
        self._known(_tokens_of(posts))
        return [self.index(post) for post in posts]

    def lengths(self, posts: Iterable[Post]) -> list[int]:
        """Return the length that each post is padded by, for `buckets`.

        It counts word pieces where a transformer reads them, which costs most, and words elsewhere.
        """
        if self._pieces is None:
            return [len(post.tokens) for post in posts]
        lengths = []
        for post in posts:
            known = self._known(post.tokens)
            lengths.append(sum(len(known[token].pieces) for token in post.tokens))
        return lengths

    def batch(
        self, posts: Sequence[IndexedPost], regions: Sequence[Regions] | None = None
    ) -> Batch:
        """Pad indexed posts (B of them), and the regions of their pictures, into one batch.

        Args:
            posts: at least one; with tags either all or none.
            regions: of each post; None for a text-only model.
        """
        padding_piece = self._pieces.padding if self._pieces else 0
        return pad_posts(posts, regions, padding_piece=padding_piece)

    def hit_rate(self, posts: Iterable[Post]) -> float:
        """Return the share of the posts' words that have a pretrained vector, in [0, 1]."""
        words, hits = 0, 0
        for post in posts:
            known = self._known(post.tokens)
            words += len(post.tokens)
            hits += sum(known[token].vector_row >= 0 for token in post.tokens)
        return hits / words if words else 0.0

    def _known(self, tokens: Sequence[str]) -> Mapping[str, "_Word"]:
        """Return what is known of these tokens and of others; new ones are looked up together."""
        if len(self._seen) > _LARGEST_CACHE:
            self._seen = {}  # another thread may still read the old one
        seen = self._seen
        new = [token for token in dict.fromkeys(tokens) if token not in seen]
        if not new:
            return seen
        rows = self._vectors.rows(new).tolist()
        pieces = self._pieces.of_words(new) if self._pieces else [()] * len(new)
        for token, row, token_pieces in zip(new, rows, pieces, strict=True):
            seen[token] = self._look_up(token, row, pieces=token_pieces)
        return seen

    def _vectors_of(self, rows: Ints, parts: Sequence[tuple[int, ...]]) -> Floats:
        """Return the vectors of rows, or the mean of those of a hashtag's parts, (T, K)."""
        vectors = self._vectors.vectors(rows)
        for position, of_word in enumerate(parts):
            if of_word:
                part_rows = np.array(of_word, dtype=np.int64)
                vectors[position] = self._vectors.vectors(part_rows).mean(axis=0)
        return vectors

    def _look_up(self, token: str, vector_row: int, *, pieces: tuple[int, ...]) -> "_Word":
        vocabulary = self._vocabulary
        parts: tuple[int, ...] = ()
        if vector_row < 0 and self._parts_hashtags and normalise(token) not in vocabulary.words:
            rows = self._vectors.rows(hashtag_words(token)).tolist()
            parts = tuple(row for row in rows if row >= 0)
        without_row = UNKNOWN_ROW if vector_row < 0 and not parts else NO_ROW
        characters = token[: self._longest_word]
        return _Word(
            number=vocabulary.words.get(normalise(token), without_row),
            vector_row=vector_row,
            characters=[vocabulary.characters.get(sign, UNKNOWN_ROW) for sign in characters],
            shape=vocabulary.shapes.get(word_shape(token), UNKNOWN_ROW),
            pieces=pieces,
            parts=parts,
        )

    def _tags(self, post: Post) -> Ints:
        """Return the numbers of a post's gold tags, (T,)."""
        spans = [entity.span for entity in require_entities(post)]
        tags = spans_to_tags(spans, len(post.tokens))
        try:
            return np.array([self._tag_numbers[tag] for tag in tags], dtype=np.int64)
        except KeyError as exc:
            labels = clipped(", ".join(self._vocabulary.labels))
            raise InputError(
                f"post {quoted(post.id)} has the tag {quoted(exc.args[0])}: the training posts "
                f"hold only {labels}"
            ) from exc

    def _allowed(self, tags: Ints, annotated: Sequence[str] | None) -> Bools:
        """Return the tags that gold does not exclude, (T, L).

        These are the gold tags themselves and, where they say O, every tag of a label that the
        annotators did not look for.
        """
        allowed: Bools = np.arange(len(self._tag_numbers)) == tags[:, None]
        if annotated is not None:
            unsought = [tag != "O" and tag[2:] not in annotated for tag in self._tag_numbers]
            allowed |= (tags == 0)[:, None] & np.array(unsought)
        return allowed


class _Word(NamedTuple):
    """What is known of a token."""

    number: int
    """Its row in the trained word table."""
    vector_row: int
    """Its row in the table of vectors; -1 where it has none."""
    characters: list[int]
    shape: int
    pieces: tuple[int, ...]
    """For a pretrained transformer; empty for a model without one."""
    parts: tuple[int, ...]
    """The rows of the words of a hashtag that is known nowhere; empty for all other tokens."""


def _tokens_of(posts: Sequence[Post]) -> list[str]:
    tokens: list[str] = []
    for post in posts:
        tokens.extend(post.tokens)
    return tokens


def _pad_characters(words: Sequence[Sequence[int]]) -> Ints:
    """Return the characters of T words, padded to the longest, (T, C)."""
    longest = max(map(len, words))
    padded = np.full((len(words), longest), NO_ROW, dtype=np.int64)
    for row, characters in zip(padded, words, strict=True):
        row[: len(characters)] = characters
    return padded
