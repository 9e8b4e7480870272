"""From the emissions of a batch to its posts with their entities."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mner.spans.entities import EntityDecoder
from mner.tagging.batching import PostBatch
from mner.tagging.lines import line_starts
from mner.tagging.results import Tagged, tagged_post
from mner.types import Attention, Emitted, Span

__all__ = ["decode", "span_probabilities"]

_Scores: TypeAlias = NDArray[np.floating[Any]]


def decode(
    batch: PostBatch,
    emitted: Emitted,
    *,
    decoder: EntityDecoder,
    per_word: bool,
    uncalibrated: bool,
) -> Iterator[Tagged]:
    """Yield the posts of a batch, tagged.

    Args:
        batch: the posts.
        emitted: what the backend gives for them.
        decoder: finds the entities, and how probable they are.
        per_word: whether the model's attention differs between words.
        uncalibrated: also give the probabilities without the decoder's temperature.
    """
    lengths = batch.arrays.lengths
    emissions = _within_lines(batch, emitted, decoder)
    spans = decoder.spans(emissions, lengths)
    probabilities = decoder.probabilities(emissions, lengths, spans)
    plain = [np.zeros(0)] * len(batch.posts)
    if uncalibrated:
        plain = decoder.probabilities(emissions, lengths, spans, temperature=1.0)
    for row, (post, regions) in enumerate(zip(batch.posts, batch.regions, strict=True)):
        yield Tagged(
            tagged_post(post, spans[row], probabilities[row].tolist()),
            _attention(batch, emitted, row, per_word=per_word),
            regions.state,
            region_words=regions.words,
            uncalibrated=tuple(plain[row].tolist()),
            reason=regions.reason,
        )


def span_probabilities(
    batch: PostBatch, emitted: Emitted, decoder: EntityDecoder, *, spans: Sequence[Sequence[Span]]
) -> list[NDArray[np.float64]]:
    """Return how probable given spans are, those of each post of a batch."""
    emissions = _within_lines(batch, emitted, decoder)
    return decoder.probabilities(emissions, batch.arrays.lengths, spans)


def _within_lines(batch: PostBatch, emitted: Emitted, decoder: EntityDecoder) -> _Scores:
    """Return emissions (B, T, L) with which no entity goes on in the next line of a text."""
    starts = line_starts(batch.posts, emitted.emissions.shape[1])  # (B, T)
    if not starts.any():
        return emitted.emissions
    return decoder.parted(emitted.emissions, starts)


def _attention(batch: PostBatch, emitted: Emitted, row: int, *, per_word: bool) -> Attention:
    """Cut the padding off the attention of one post."""
    words = int(batch.arrays.lengths[row])
    regions = int(batch.arrays.region_mask[row].sum())
    return Attention(
        regions=emitted.region_weights[row, :words, :regions],
        words=emitted.word_weights[row, :words, :words],
        gate=emitted.gate[row, :words],
        per_word=per_word,
    )
