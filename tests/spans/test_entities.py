from itertools import pairwise, product

import numpy as np
import pytest

from mner.bio import allowed_transitions, tag_names, tags_to_spans
from mner.spans.crf import CrfParameters
from mner.spans.entities import EntityDecoder
from mner.spans.uncertainty import best_probabilities, sequence_entropies

TAGS = tag_names(["LOC", "PER"])


def test_lowering_o_is_the_same_as_lowering_its_emissions() -> None:
    rng = np.random.default_rng(0)
    size = len(TAGS)
    crf = CrfParameters(
        rng.normal(size=(size, size)),
        rng.normal(size=size),
        rng.normal(size=size),
        allowed=allowed_transitions(TAGS),
    )
    decoder = EntityDecoder(TAGS, crf, temperature=1.5)
    emissions, lengths = rng.normal(size=(20, 6, size)), rng.integers(1, 7, 20)
    emissions[..., 0] += 2.0
    shifted = emissions.copy()
    shifted[..., 0] -= 0.7
    lowered = decoder.lowered(0.7)
    spans = lowered.spans(emissions, lengths)
    assert spans == decoder.spans(shifted, lengths) != decoder.spans(emissions, lengths)
    assert lowered.temperature == 1.5
    values = lowered.probabilities(emissions, lengths, spans)
    expected = decoder.probabilities(shifted, lengths, spans)
    np.testing.assert_allclose(np.concatenate(values), np.concatenate(expected), atol=1e-9)
    assert list(map(len, values)) == list(map(len, expected))


def test_at_words_that_begin_a_line_no_entity_continues() -> None:
    rng = np.random.default_rng(1)
    size, words = len(TAGS), 4
    crf = CrfParameters(
        rng.normal(size=(size, size)),
        rng.normal(size=size),
        rng.normal(size=size),
        allowed=allowed_transitions(TAGS),
    )
    decoder = EntityDecoder(TAGS, crf, temperature=1.25)
    crossed = 0
    for _ in range(20):
        emissions = rng.normal(size=(1, words, size))
        begins = np.array([[False, False, True, False]])
        emissions[..., [2, 4]] += 1.5  # I-
        lengths = np.array([words])
        (spans,) = decoder.spans(parted := decoder.parted(emissions, begins), lengths)
        (probabilities,) = decoder.probabilities(parted, lengths, [spans])
        weights: dict[tuple[int, ...], float] = {}
        for tags in product(range(size), repeat=words):
            allowed = (
                crf.allowed is not None
                and crf.allowed.start[tags[0]]
                and all(crf.allowed.step[step] for step in pairwise(tags))
            )
            if allowed and tags[2] not in (2, 4):
                steps = sum(crf.transitions[step] for step in pairwise(tags))
                score = (
                    crf.start[tags[0]]
                    + steps
                    + crf.end[tags[-1]]
                    + sum(emissions[0, word, tag] for word, tag in enumerate(tags))
                )
                weights[tags] = float(np.exp(score / 1.25))
        best = max(weights, key=lambda tags: weights[tags])
        assert spans == tags_to_spans([TAGS[tag] for tag in best])
        for span, probability in zip(spans, probabilities, strict=True):
            share = sum(
                weight
                for tags, weight in weights.items()
                if span in tags_to_spans([TAGS[tag] for tag in tags])
            ) / sum(weights.values())
            assert probability == pytest.approx(share, abs=1e-9)
        crossed += any(start < 2 < end for start, end, _ in decoder.spans(emissions, lengths)[0])
    assert crossed > 5


def test_a_decoder_says_what_it_finds_and_divides_only_where_it_has_to() -> None:
    size = len(TAGS)
    crf = CrfParameters(np.zeros((size, size)), np.zeros(size), np.zeros(size))
    decoder = EntityDecoder(TAGS, crf)
    assert decoder.labels == ("LOC", "PER")
    assert decoder.temperature == 1.0
    assert decoder.crf is crf


@pytest.mark.parametrize("temperature", [1.0, 1.5])
def test_uncertainties_are_those_of_scores_that_are_divided_by_the_temperature(
    temperature: float,
) -> None:
    rng = np.random.default_rng(2)
    size = len(TAGS)
    crf = CrfParameters(
        rng.normal(size=(size, size)),
        rng.normal(size=size),
        rng.normal(size=size),
        allowed=allowed_transitions(TAGS),
    )
    emissions, lengths = rng.normal(size=(3, 4, size)), np.array([4, 1, 2])
    found = EntityDecoder(TAGS, crf, temperature=temperature).uncertainties(emissions, lengths)
    scores, divided = emissions / temperature, crf.divided(temperature)
    assert [one.entropy for one in found] == pytest.approx(
        sequence_entropies(scores, lengths, divided), rel=1e-12
    )
    assert [one.best for one in found] == pytest.approx(
        best_probabilities(scores, lengths, divided), rel=1e-12
    )
    assert found[0] != found[1]
