"""Samples of taggings: their shares are the probabilities of the model, and gold stays."""

from itertools import pairwise

import numpy as np

from benchmarks.teacher_labels import sample_tags
from mner.bio import allowed_transitions, tag_names, tags_to_spans
from mner.spans.crf import CrfParameters
from mner.spans.decode import span_probabilities

TAGS = tag_names(["LOC", "PER"])


def test_shares_of_spans_in_samples_are_their_probabilities() -> None:
    rng = np.random.default_rng(0)
    size = len(TAGS)
    crf = CrfParameters(
        rng.normal(size=(size, size)),
        rng.normal(size=size),
        rng.normal(size=size),
        allowed_transitions(TAGS),
    )
    emissions = rng.normal(size=(2, 3, size))
    lengths = np.array([3, 2])
    begin, inside = TAGS.index("B-LOC"), TAGS.index("I-LOC")
    spans = [(0, 1, begin, inside), (0, 2, begin, inside), (1, 2, begin, inside)]
    expected = span_probabilities(emissions, lengths, crf, spans=[spans, spans])
    counts = np.zeros((2, len(spans)))
    draws = 20_000
    repeated = np.repeat(emissions, draws, axis=0)
    paths = sample_tags(repeated, np.repeat(lengths, draws), crf, rng=rng)
    for number, path in enumerate(paths):
        found = tags_to_spans([TAGS[tag] for tag in path])
        counts[number // draws] += [(first, stop, "LOC") in found for first, stop, _, _ in spans]
    np.testing.assert_allclose(counts / draws, np.array(expected), atol=0.015)


def test_samples_are_as_long_as_their_posts_and_well_formed() -> None:
    rng = np.random.default_rng(1)
    size = len(TAGS)
    crf = CrfParameters(np.zeros((size, size)), np.zeros(size), np.zeros(size))
    forbidding = CrfParameters(crf.transitions, crf.start, crf.end, allowed_transitions(TAGS))
    lengths = np.array([1, 4, 2])
    for _ in range(50):
        paths = sample_tags(rng.normal(size=(3, 4, size)), lengths, forbidding, rng=rng)
        assert [len(path) for path in paths] == [1, 4, 2]
        for path in paths:
            tags = ["O", *(TAGS[tag] for tag in path)]
            for before, after in pairwise(tags):
                assert not after.startswith("I-") or before[2:] == after[2:]
