"""Entropies and probabilities of whole posts against the enumeration of all tag sequences."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mner.errors import InputError
from mner.spans.crf import CrfParameters
from mner.spans.decode import viterbi
from mner.spans.uncertainty import best_probabilities, sequence_entropies
from tests.spans.test_decode import CONSTRAINTS, LENGTHS, SIZE, enumerated, random_crf


@pytest.fixture(params=[0, 1, 2])
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    return np.random.default_rng(request.param)


@pytest.fixture(params=CONSTRAINTS)
def crf(request: pytest.FixtureRequest, rng: np.random.Generator) -> CrfParameters:
    return random_crf(rng, CONSTRAINTS[request.param])


@pytest.fixture
def emissions(rng: np.random.Generator) -> NDArray[np.float64]:
    return rng.normal(size=(len(LENGTHS), int(LENGTHS.max()), SIZE)) * 2


def probabilities(post: NDArray[np.float64], crf: CrfParameters) -> dict[tuple[int, ...], float]:
    """The probability of every allowed tag sequence of one post."""
    scores = enumerated(post, crf)
    total = np.logaddexp.reduce(list(scores.values()))
    return {path: float(np.exp(score - total)) for path, score in scores.items()}


def test_entropies_are_those_of_all_sequences(
    emissions: NDArray[np.float64], crf: CrfParameters
) -> None:
    expected = []
    for post, length in zip(emissions, LENGTHS, strict=True):
        shares = np.array(list(probabilities(post[:length], crf).values()))
        expected.append(-(shares * np.log(shares)).sum())
    np.testing.assert_allclose(sequence_entropies(emissions, LENGTHS, crf), expected, rtol=1e-10)


def test_the_best_sequence_is_as_probable_as_enumerated(
    emissions: NDArray[np.float64], crf: CrfParameters
) -> None:
    paths = viterbi(emissions, LENGTHS, crf)
    expected = [
        probabilities(post[:length], crf)[tuple(path.tolist())]
        for post, length, path in zip(emissions, LENGTHS, paths, strict=True)
    ]
    np.testing.assert_allclose(best_probabilities(emissions, LENGTHS, crf), expected, rtol=1e-10)


@pytest.mark.parametrize("measure", [sequence_entropies, best_probabilities])
def test_a_batch_is_its_posts_one_by_one(
    emissions: NDArray[np.float64], crf: CrfParameters, measure: type
) -> None:
    together = measure(emissions, LENGTHS, crf)
    emissions[np.arange(emissions.shape[1]) >= LENGTHS[:, None]] = np.nan
    np.testing.assert_array_equal(measure(emissions, LENGTHS, crf), together)
    for row, length in enumerate(LENGTHS):
        alone = measure(emissions[row : row + 1, :length], LENGTHS[row : row + 1], crf)
        np.testing.assert_allclose(alone, together[row], rtol=1e-12)


def test_where_all_sequences_are_alike_the_entropy_is_the_log_of_their_number() -> None:
    flat = CrfParameters(
        transitions=np.zeros((SIZE, SIZE)), start=np.zeros(SIZE), end=np.zeros(SIZE)
    )
    lengths = np.array([1, 2, 60])
    entropies = sequence_entropies(np.zeros((3, 60, SIZE)), lengths, flat)
    np.testing.assert_allclose(entropies, lengths * np.log(SIZE))
    best = best_probabilities(np.zeros((3, 60, SIZE)), lengths, flat)
    np.testing.assert_allclose(best, float(SIZE) ** -lengths)


@pytest.mark.parametrize("size", [1e3, 1e6, 1e12])
def test_a_sure_model_has_no_entropy_whatever_its_scores(size: float, crf: CrfParameters) -> None:
    emissions = np.full((1, 6, SIZE), -size)
    emissions[0, :, 0] = size
    assert sequence_entropies(emissions, np.array([6]), crf).tolist() == [0.0]
    assert best_probabilities(emissions, np.array([6]), crf).tolist() == [1.0]


def test_large_scores_that_cancel_leave_the_entropy_of_the_choice() -> None:
    flat = CrfParameters(transitions=np.zeros((2, 2)), start=np.zeros(2), end=np.zeros(2))
    emissions = np.full((1, 3, 2), 1e12)
    np.testing.assert_allclose(
        sequence_entropies(emissions, np.array([3]), flat), [3 * np.log(2)], rtol=1e-3
    )


@pytest.mark.parametrize("measure", [sequence_entropies, best_probabilities])
def test_an_empty_batch_and_a_broken_one(crf: CrfParameters, measure: type) -> None:
    nothing = np.zeros((0, 0, SIZE))
    assert measure(nothing, np.zeros(0, dtype=np.int64), crf).shape == (0,)
    broken = np.full((1, 2, SIZE), np.nan)
    with pytest.raises(InputError, match="NaN or infinity at post 0, word 0"):
        measure(broken, np.array([2]), crf)
