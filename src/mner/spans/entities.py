"""Emissions to entities: the best spans of each post, and how probable each is."""

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from mner.bio import tags_to_spans
from mner.spans.crf import CrfParameters
from mner.spans.decode import TagSpan, span_probabilities, viterbi
from mner.spans.lattice import Lengths
from mner.spans.uncertainty import Uncertainty, best_probabilities, sequence_entropies
from mner.types import Bools, Doubles, Reals, Span

__all__ = ["EntityDecoder"]

_Real = TypeVar("_Real", bound=np.floating[Any])

_NEVER = -1e4
"""Added to the score of a tag that cannot be. It is finite, since decoding takes infinity for a
sign of a broken model."""


class EntityDecoder:
    """The last step of every backend: emissions in, entities out.

    Args:
        tags: L tags, in the order of the emissions and of `bio.tag_names`.
        crf: the scores between them.
        temperature: see below.

    Attributes:
        labels: the types of entities that it distinguishes, in the order of its tags.
        crf: the scores between tags.
        temperature: emissions and CRF scores are divided by it before probabilities are computed;
            it changes no entity.
    """

    def __init__(
        self, tags: Sequence[str], crf: CrfParameters, *, temperature: float = 1.0
    ) -> None:
        self._tags = tuple(tags)
        self._begins: dict[str, int] = {}
        for number, tag in enumerate(self._tags):
            if tag.startswith("B-"):
                label = tag.removeprefix("B-")
                assert self._tags[number + 1] == f"I-{label}"
                self._begins[label] = number
        self.crf = crf
        self.labels = tuple(self._begins)
        self.temperature = temperature

    def spans(self, emissions: Reals, lengths: Lengths) -> list[list[Span]]:
        """Find the entities of the best tag sequence of each post.

        Args:
            emissions: (B, T, L).
            lengths: (B,), words of each post.
        """
        entities = []
        for path in viterbi(emissions, lengths, self.crf):
            tags = [self._tags[number] for number in path]
            entities.append(tags_to_spans(tags))
        return entities

    def probabilities(
        self,
        emissions: Reals,
        lengths: Lengths,
        spans: Sequence[Sequence[Span]],
        *,
        temperature: float | None = None,
    ) -> list[Doubles]:
        """Compute the probability of each given entity.

        Args:
            emissions: (B, T, L).
            lengths: (B,), words of each post.
            spans: for each post the entities that are asked for.
            temperature: replaces the decoder's own.
        """
        if temperature is None:
            temperature = self.temperature
        numbered = [list(map(self._numbered, of_post)) for of_post in spans]
        crf = self._divided(temperature)
        return span_probabilities(emissions / temperature, lengths, crf, spans=numbered)

    def uncertainties(self, emissions: Reals, lengths: Lengths) -> list[Uncertainty]:
        """Compute how uncertain each post is, by the decoder's temperature.

        Args:
            emissions: (B, T, L).
            lengths: (B,), words of each post.
        """
        scores, crf = emissions / self.temperature, self._divided(self.temperature)
        entropies = sequence_entropies(scores, lengths, crf).tolist()
        best = best_probabilities(scores, lengths, crf).tolist()
        return list(map(Uncertainty, entropies, best))

    def parted(self, emissions: NDArray[_Real], begins: Bools) -> NDArray[_Real]:
        """Return emissions with which no entity continues across given words.

        Args:
            emissions: (B, T, L).
            begins: (B, T), True at words that cannot continue an entity; what stands in the
                padding plays no part.

        Returns:
            A copy, (B, T, L), with a low score of every I- tag at those words.
        """
        penalties = np.where(begins, _NEVER, 0.0)[..., None].astype(emissions.dtype)  # (B, T, 1)
        insides = [number + 1 for number in self._begins.values()]
        parted = emissions.copy()
        parted[..., insides] += penalties
        return parted

    def lowered(self, offset: float) -> "EntityDecoder":
        """Return the same decoder with a number taken from the score of O at every word.

        It finds more entities where the offset is above 0.
        """
        outside = self._tags.index("O")
        crf = self.crf.lowered(outside, by=offset)
        return EntityDecoder(self._tags, crf, temperature=self.temperature)

    def _divided(self, temperature: float) -> CrfParameters:
        return self.crf if temperature == 1.0 else self.crf.divided(temperature)

    def _numbered(self, span: Span) -> TagSpan:
        start, end, label = span
        begin = self._begins[label]
        return start, end, begin, begin + 1
