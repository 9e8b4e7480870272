"""Emissions to entities: the best spans, and how probable each is."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mner.bio import tags_to_spans
from mner.spans.decode import CrfParameters, span_probabilities, viterbi
from mner.types import Bools, Span

__all__ = ["EntityDecoder"]

_NEVER = -1e4
"""Added to the score of a tag that cannot be; finite, since decoding takes infinity for a broken model."""


class EntityDecoder:
    """The last step of every backend.

    Attributes:
        labels: the types of entities it tells apart, in the order of its tags.
        crf: the scores between tags.
        temperature: emissions and CRF scores are divided by it before probabilities are taken; it changes no entity.
    """

    def __init__(
        self, tags: Sequence[str], crf: CrfParameters, *, temperature: float = 1.0
    ) -> None:
        """Take L tags in the order of the emissions and of `bio.tag_names`, the scores between them, and the temperature."""
        self._tags = tuple(tags)
        self.crf = crf
        self._begins = {
            tag[2:]: number for number, tag in enumerate(self._tags) if tag.startswith("B-")
        }
        assert all(self._tags[number + 1] == f"I-{label}" for label, number in self._begins.items())
        self.labels = tuple(self._begins)
        self.temperature = temperature

    def spans(
        self, emissions: NDArray[np.floating[Any]], lengths: NDArray[np.integer[Any]]
    ) -> list[list[Span]]:
        """The entities of the best tag sequence of each post; emissions (B, T, L), lengths (B,)."""
        return [
            tags_to_spans([self._tags[tag] for tag in path])
            for path in viterbi(emissions, lengths, self.crf)
        ]

    def parted(
        self, emissions: NDArray[np.floating[Any]], begins: Bools
    ) -> NDArray[np.floating[Any]]:
        """Emissions (B, T, L) with which no entity goes on at the words of `begins` (B, T); what stands in the padding plays no part."""
        parted = emissions.copy()
        parted[..., [number + 1 for number in self._begins.values()]] += np.where(
            begins, _NEVER, 0.0
        )[..., None].astype(emissions.dtype)
        return parted

    def lowered(self, offset: float) -> "EntityDecoder":
        """The same decoder with a number taken from the score of O at every word, so that more entities are found."""
        start, transitions = self.crf.start.copy(), self.crf.transitions.copy()
        start[0] -= offset
        transitions[:, 0] -= offset
        return EntityDecoder(
            self._tags,
            replace(self.crf, start=start, transitions=transitions),
            temperature=self.temperature,
        )

    def probabilities(
        self,
        emissions: NDArray[np.floating[Any]],
        lengths: NDArray[np.integer[Any]],
        spans: Sequence[Sequence[Span]],
        *,
        temperature: float | None = None,
    ) -> list[NDArray[np.float64]]:
        """The probability of each given entity.

        Args:
            emissions: (B, T, L).
            lengths: (B,).
            spans: for each post the entities that are asked for.
            temperature: in place of the decoder's own.
        """
        divisor = self.temperature if temperature is None else temperature
        crf = (
            self.crf
            if divisor == 1.0
            else replace(
                self.crf,
                **{
                    name: getattr(self.crf, name) / divisor
                    for name in ("transitions", "start", "end")
                },
            )
        )
        numbered = [
            [
                (start, end, self._begins[label], self._begins[label] + 1)
                for start, end, label in found
            ]
            for found in spans
        ]
        return span_probabilities(emissions / divisor, lengths, crf, spans=numbered)
