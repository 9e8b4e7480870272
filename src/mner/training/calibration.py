"""What is fitted to dev once the network is trained: the balance of O, and the temperature."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mner.spans.calibrate import fit_temperature
from mner.spans.entities import EntityDecoder
from mner.spans.gold import annotated_spans
from mner.spans.score import score
from mner.tagging.tagger import Tagger
from mner.types import Entity, Post, Span

__all__ = ["balance", "temperature_of"]

_OFFSETS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
"""What `balance` tries, in the units of emissions."""


def balance(tagger: Tagger, gold: Sequence[Post]) -> Tagger:
    """Lower the score of O by the offset that gives the best F1.

    Args:
        tagger: the tagger as it was trained.
        gold: annotated posts.

    Returns:
        The same tagger with that offset in its decoder; the smallest offset among equals.
    """
    emitted = [
        (batch.positions, scores.emissions, batch.arrays.lengths)
        for batch, scores in tagger.emissions(gold)
    ]

    def f1(decoder: EntityDecoder) -> float:
        spans: dict[int, list[Span]] = {}
        for positions, emissions, lengths in emitted:
            spans.update(zip(positions, decoder.spans(emissions, lengths), strict=True))
        predicted = [_with_spans(post, spans[position]) for position, post in enumerate(gold)]
        return score(gold, predicted).f1

    decoders = [tagger.decoder.lowered(offset) for offset in _OFFSETS]
    return tagger.with_decoder(max(decoders, key=f1))


def temperature_of(tagger: Tagger, gold: Sequence[Post]) -> float:
    """Fit the temperature that makes the probabilities of the tagger's entities believable.

    Entities with labels that the annotators did not look for play no part.

    Args:
        tagger: with the final balance of O.
        gold: annotated posts.

    Returns:
        See `mner.spans.calibrate.fit_temperature`.
    """
    evidence, correct = [], []
    for batch, emitted in tagger.emissions(gold):
        lengths = batch.arrays.lengths
        decoded = tagger.decoder.spans(emitted.emissions, lengths)
        spans = []
        for post, predicted in zip(batch.posts, decoded, strict=True):
            sought = [span for span in predicted if post.was_sought(span[2])]
            truth = annotated_spans(post)
            correct += [span in truth for span in sought]
            spans.append(sought)
        evidence.append((emitted.emissions, lengths, spans))

    def probabilities(temperature: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        values = []
        for emissions, lengths, spans in evidence:
            values += tagger.decoder.probabilities(
                emissions, lengths, spans, temperature=temperature
            )
        return np.concatenate(values)

    return fit_temperature(probabilities, np.array(correct, dtype=bool))


def _with_spans(post: Post, spans: Sequence[Span]) -> Post:
    return replace(post, entities=tuple(Entity(*span) for span in spans))
