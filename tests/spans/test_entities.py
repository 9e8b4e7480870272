import numpy as np

from mner.bio import allowed_transitions, tag_names
from mner.spans.decode import CrfParameters
from mner.spans.entities import EntityDecoder

TAGS = tag_names(["LOC", "PER"])


def test_lowering_o_is_the_same_as_lowering_its_emissions() -> None:
    rng = np.random.default_rng(0)
    size = len(TAGS)
    crf = CrfParameters(rng.normal(size=(size, size)), rng.normal(size=size), rng.normal(size=size), allowed=allowed_transitions(TAGS))
    decoder = EntityDecoder(TAGS, crf, temperature=1.5)
    emissions, lengths = rng.normal(size=(20, 6, size)), rng.integers(1, 7, 20)
    emissions[..., 0] += 2.0
    shifted = emissions.copy()
    shifted[..., 0] -= 0.7
    lowered = decoder.lowered(0.7)
    spans = lowered.spans(emissions, lengths)
    assert spans == decoder.spans(shifted, lengths) != decoder.spans(emissions, lengths)
    assert lowered.temperature == 1.5
    for one, other in zip(lowered.probabilities(emissions, lengths, spans), decoder.probabilities(shifted, lengths, spans), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)
