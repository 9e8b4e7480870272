"""Indexed posts, and batches of them: posts of unlike length, padded to the longest."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from mner.encoding.pieces import PieceSpans
from mner.types import Batch, Bools, Floats, Ints, Regions

__all__ = ["IndexedPost", "pad_posts"]

_Number = TypeVar("_Number", bound=np.generic)


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
    piece_spans: PieceSpans | None = None
    """Word pieces for a pretrained transformer; None for a model without one."""
    tags: Ints | None = None
    """(T,); None where the tags were not asked for."""
    allowed: Bools | None = None
    """(T, L): the tags that gold does not exclude; None where `tags` is None."""


def pad_posts(
    posts: Sequence[IndexedPost], regions: Sequence[Regions] | None, *, padding_piece: int
) -> Batch:
    """Pad posts (B of them), and their regions, into one batch.

    Args:
        posts: at least one; either all have tags or none has.
        regions: of each post; None for a text-only model.
        padding_piece: the piece that fills up short spans of pieces.
    """
    lengths = [len(post.words) for post in posts]
    longest = max(lengths)
    longest_word = max(post.characters.shape[1] for post in posts)
    dimension = posts[0].vectors.shape[1]
    pieces = _pad_pieces(posts, longest, padding=padding_piece)
    padded_regions = _pad_regions(regions, len(posts))
    return Batch(
        words=_pad([post.words for post in posts], (longest,), np.int64),
        vectors=_pad([post.vectors for post in posts], (longest, dimension), np.float32),
        characters=_pad([post.characters for post in posts], (longest, longest_word), np.int64),
        shapes=_pad([post.shapes for post in posts], (longest,), np.int64),
        lengths=np.array(lengths, dtype=np.int64),
        regions=padded_regions.vectors,
        region_mask=padded_regions.mask,
        tags=_pad_tags(posts, longest),
        allowed=_pad_allowed(posts, longest),
        pieces=pieces.pieces,
        piece_mask=pieces.mask,
        first_pieces=pieces.first_pieces,
    )


class _PaddedPieces(NamedTuple):
    """The word pieces of a batch; without any for a model that has no transformer."""

    pieces: Ints
    """(W, P)"""
    mask: Bools
    """(W, P)"""
    first_pieces: Ints
    """(B, T): the position of each word's first piece in `pieces`, flattened."""


class _PaddedRegions(NamedTuple):
    """The regions of a batch; R is 0 for a text-only model."""

    vectors: Floats
    """(B, R, V)"""
    mask: Bools
    """(B, R)"""


def _pad_pieces(posts: Sequence[IndexedPost], longest: int, *, padding: int) -> _PaddedPieces:
    """Put the spans of pieces of all posts, one below the other, into one array."""
    of_posts = [post.piece_spans for post in posts if post.piece_spans is not None]
    spans = list(chain.from_iterable(piece_spans.spans for piece_spans in of_posts))
    if not spans:
        empty: Ints = np.zeros((0, 0), dtype=np.int64)
        return _PaddedPieces(empty, empty.astype(np.bool_), empty)
    lengths = list(map(len, spans))
    width = max(lengths)
    pieces = np.full((len(spans), width), padding, dtype=np.int64)
    for row, span in zip(pieces, spans, strict=True):
        row[: len(span)] = span
    first_pieces = np.zeros((len(posts), longest), dtype=np.int64)
    first_span = 0  # of this post, among those of the batch
    for row, piece_spans in zip(first_pieces, of_posts, strict=True):
        span_numbers, positions = piece_spans.first_pieces.T
        row[: len(positions)] = (first_span + span_numbers) * width + positions
        first_span += len(piece_spans.spans)
    return _PaddedPieces(pieces, _mask(lengths, width), first_pieces)


def _pad_regions(regions: Sequence[Regions] | None, size: int) -> _PaddedRegions:
    """Pad the regions of posts.

    R is at least 1 where regions are given, so that a batch without pictures keeps its width.
    """
    if regions is None:
        nothing = np.zeros((size, 0, 0), dtype=np.float32)
        return _PaddedRegions(nothing, np.zeros((size, 0), dtype=bool))
    counts = [len(post.vectors) for post in regions]
    most, width = max(1, *counts), regions[0].vectors.shape[1]
    vectors = _pad([post.vectors for post in regions], (most, width), np.float32)
    return _PaddedRegions(vectors, _mask(counts, most))


def _pad_tags(posts: Sequence[IndexedPost], longest: int) -> Ints | None:
    """Return the gold tags, (B, T); None where they were not asked for."""
    tags = [post.tags for post in posts if post.tags is not None]
    if not tags:
        return None
    assert len(tags) == len(posts)
    return _pad(tags, (longest,), np.int64)


def _pad_allowed(posts: Sequence[IndexedPost], longest: int) -> Bools | None:
    """Return the allowed tags, (B, T, L); None where no word of the batch has more than one."""
    allowed = [post.allowed for post in posts if post.allowed is not None]
    if not any(np.count_nonzero(post) > len(post) for post in allowed):
        return None
    return _pad(allowed, (longest, allowed[0].shape[1]), np.bool_)


def _pad(
    arrays: Sequence[NDArray[_Number]], shape: tuple[int, ...], dtype: type[_Number]
) -> NDArray[_Number]:
    """Return B arrays, each padded at the end of every axis, (B, *shape)."""
    padded = np.zeros((len(arrays), *shape), dtype=dtype)
    for target, array in zip(padded, arrays, strict=True):
        target[tuple(map(slice, array.shape))] = array
    return padded


def _mask(lengths: Sequence[int], longest: int) -> Bools:
    """Return where the first `lengths` of `longest` positions are, (len(lengths), longest)."""
    mask: Bools = np.arange(longest) < np.array(lengths)[:, None]
    return mask
