"""The last steps of the chain: emissions become spans, probabilities and entities."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from mner.spans.entities import EntityDecoder
from mner.spans.uncertainty import Uncertainty
from mner.tagging.batching import PostBatch
from mner.tagging.lines import line_starts
from mner.tagging.results import Tagged, tagged_post
from mner.types import Attention, Emitted, Floats, Post, Regions

__all__ = ["decode", "within_lines", "wordless"]


def decode(
    batch: PostBatch,
    emitted: Emitted,
    *,
    decoder: EntityDecoder,
    per_word: bool,
    uncalibrated: bool,
    uncertain: bool,
) -> Iterator[Tagged]:
    """Yield the posts of a batch, tagged.

    Args:
        batch: the posts.
        emitted: what `within_lines` gives for them.
        decoder: finds the entities, and how probable they are.
        per_word: whether the model's attention differs between words.
        uncalibrated: also give the probabilities without the decoder's temperature.
        uncertain: also say how uncertain each post is as a whole.
    """
    lengths = batch.arrays.lengths
    emissions = emitted.emissions
    spans = decoder.spans(emissions, lengths)
    probabilities = decoder.probabilities(emissions, lengths, spans)
    plain = [np.zeros(0)] * len(batch.posts)
    if uncalibrated:
        plain = decoder.probabilities(emissions, lengths, spans, temperature=1.0)
    uncertainties: list[Uncertainty | None] = [None] * len(batch.posts)
    if uncertain:
        uncertainties = [*decoder.uncertainties(emissions, lengths)]
    for row, (post, regions) in enumerate(zip(batch.posts, batch.regions, strict=True)):
        yield Tagged(
            tagged_post(post, spans[row], probabilities[row].tolist()),
            _attention(batch, emitted, row, per_word=per_word),
            regions.state,
            region_words=regions.words,
            uncalibrated=tuple(plain[row].tolist()),
            uncertainty=uncertainties[row],
            reason=regions.reason,
            pictures=regions.pictures,
        )


def within_lines(batch: PostBatch, emitted: Emitted, decoder: EntityDecoder) -> Emitted:
    """Return what a backend gave, with emissions that let no entity cross a line break.

    Every decoding starts from it, so that tagging, training and evaluation find the same entities.
    """
    starts = line_starts(batch.posts, emitted.emissions.shape[1])  # (B, T)
    if not starts.any():
        return emitted
    return replace(emitted, emissions=decoder.parted(emitted.emissions, starts))


def wordless(post: Post, regions: Regions) -> Tagged:
    """Return a post without words as tagged: it has no entities, and no network looks at it.

    Args:
        post: the post.
        regions: what the model would look at in it.
    """
    nothing: Floats = np.zeros((0, 0), dtype=np.float32)
    attention = Attention(nothing, nothing, np.zeros(0, dtype=np.float32), per_word=True)
    return Tagged(
        tagged_post(post, (), ()),
        attention,
        regions.state,
        region_words=regions.words,
        uncertainty=Uncertainty(entropy=0.0, best=1.0),
        reason=regions.reason,
        pictures=regions.pictures,
    )


def _attention(batch: PostBatch, emitted: Emitted, row: int, *, per_word: bool) -> Attention:
    """Cut the padding off the attention of one post."""
    words = int(batch.arrays.lengths[row])
    regions = int(batch.arrays.region_mask[row].sum())
    looked_at = words if words <= emitted.word_weights.shape[2] else 0
    return Attention(
        regions=emitted.region_weights[row, :words, :regions],
        words=emitted.word_weights[row, :words, :looked_at],
        gate=emitted.gate[row, :words],
        per_word=per_word,
    )
