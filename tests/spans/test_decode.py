from collections.abc import Callable
from itertools import pairwise, product

import numpy as np
import pytest
from numpy.typing import NDArray

from mner.bio import Transitions, allowed_transitions, tag_names, tags_to_spans
from mner.errors import InputError
from mner.spans.crf import CrfParameters
from mner.spans.decode import span_probabilities, viterbi
from tests.spans.lattice_sums import log_partition, marginals

TAGS = tag_names(["LOC", "PER"])
SIZE = len(TAGS)
LENGTHS = np.array([4, 1, 3, 2])


NO_PERSON_LAST = Transitions(*allowed_transitions(TAGS)[:2], np.arange(SIZE) < 3)
"""Those of IOB2, and that no tag of a person may be the last: IOB2 itself forbids no end."""
CONSTRAINTS: dict[str, Transitions | None] = {
    "IOB2": allowed_transitions(TAGS),
    "no person last": NO_PERSON_LAST,
    "free": None,
}


def random_crf(rng: np.random.Generator, allowed: Transitions | None) -> CrfParameters:
    return CrfParameters(
        transitions=rng.normal(size=(SIZE, SIZE)).astype(np.float32),
        start=rng.normal(size=SIZE).astype(np.float32),
        end=rng.normal(size=SIZE).astype(np.float32),
        allowed=allowed,
    )


def enumerated(emissions: NDArray[np.float64], crf: CrfParameters) -> dict[tuple[int, ...], float]:
    """The score of every allowed tag sequence of one post, straight from the definition."""
    scores = {}
    for path in product(range(SIZE), repeat=len(emissions)):
        steps = list(pairwise(path))
        if crf.allowed and not (
            crf.allowed.start[path[0]]
            and crf.allowed.end[path[-1]]
            and all(crf.allowed.step[step] for step in steps)
        ):
            continue
        arrived = float(crf.start[path[0]]) + float(crf.end[path[-1]])
        scores[path] = (
            arrived
            + sum(float(crf.transitions[step]) for step in steps)
            + sum(float(emissions[word, tag]) for word, tag in enumerate(path))
        )
    return scores


@pytest.fixture(params=[0, 1, 2])
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    return np.random.default_rng(request.param)


@pytest.fixture(params=CONSTRAINTS)
def crf(request: pytest.FixtureRequest, rng: np.random.Generator) -> CrfParameters:
    return random_crf(rng, CONSTRAINTS[request.param])


@pytest.fixture
def emissions(rng: np.random.Generator) -> NDArray[np.float64]:
    return rng.normal(size=(len(LENGTHS), int(LENGTHS.max()), SIZE)) * 2


def test_viterbi_finds_the_best_sequence_of_all(
    emissions: NDArray[np.float64], crf: CrfParameters
) -> None:
    for path, post, length in zip(
        viterbi(emissions, LENGTHS, crf), emissions, LENGTHS, strict=True
    ):
        scores = enumerated(post[:length], crf)
        assert tuple(path) == max(scores, key=lambda path: scores[path])


def test_log_partition_sums_over_all_sequences(
    emissions: NDArray[np.float64], crf: CrfParameters
) -> None:
    expected = [
        np.logaddexp.reduce(list(enumerated(post[:length], crf).values()))
        for post, length in zip(emissions, LENGTHS, strict=True)
    ]
    np.testing.assert_allclose(log_partition(emissions, LENGTHS, crf), expected, rtol=1e-12)


def test_marginals_sum_over_the_sequences_with_a_tag(
    emissions: NDArray[np.float64], crf: CrfParameters
) -> None:
    expected = np.zeros_like(emissions)
    for row, length in enumerate(LENGTHS):
        scores = enumerated(emissions[row, :length], crf)
        total = np.logaddexp.reduce(list(scores.values()))
        for path, value in scores.items():
            expected[row, np.arange(length), path] += np.exp(value - total)
    np.testing.assert_allclose(marginals(emissions, LENGTHS, crf), expected, atol=1e-12)


def test_a_batch_is_its_posts_one_by_one(
    emissions: NDArray[np.float64], crf: CrfParameters
) -> None:
    together = viterbi(emissions, LENGTHS, crf)
    likely = marginals(emissions, LENGTHS, crf)
    total = log_partition(emissions, LENGTHS, crf)
    for row, length in enumerate(LENGTHS):
        post, words = emissions[row : row + 1, :length], LENGTHS[row : row + 1]
        np.testing.assert_array_equal(together[row], viterbi(post, words, crf)[0])
        np.testing.assert_array_equal(likely[row, :length], marginals(post, words, crf)[0])
        np.testing.assert_array_equal(total[row], log_partition(post, words, crf)[0])


@pytest.mark.parametrize("garbage", [np.nan, np.inf, -np.inf, 1e300])
def test_what_stands_in_the_padding_plays_no_part(
    emissions: NDArray[np.float64], crf: CrfParameters, garbage: float
) -> None:
    padded = np.concatenate([emissions, np.zeros_like(emissions)], axis=1)
    padded[np.arange(padded.shape[1]) >= LENGTHS[:, None]] = garbage
    for clean, dirty in zip(
        viterbi(emissions, LENGTHS, crf), viterbi(padded, LENGTHS, crf), strict=True
    ):
        np.testing.assert_array_equal(clean, dirty)
    width = emissions.shape[1]
    np.testing.assert_array_equal(
        marginals(padded, LENGTHS, crf)[:, :width], marginals(emissions, LENGTHS, crf)
    )
    assert not marginals(padded, LENGTHS, crf)[:, width:].any()
    np.testing.assert_array_equal(
        log_partition(padded, LENGTHS, crf), log_partition(emissions, LENGTHS, crf)
    )


def test_emissions_are_not_changed(emissions: NDArray[np.float64], crf: CrfParameters) -> None:
    before = emissions.copy()
    viterbi(emissions, LENGTHS, crf)
    marginals(emissions, LENGTHS, crf)
    np.testing.assert_array_equal(emissions, before)


def test_constrained_paths_are_well_formed_where_free_ones_are_not(
    rng: np.random.Generator,
) -> None:
    emissions = rng.normal(size=(50, 12, SIZE)) * 100
    lengths = np.full(50, 12)
    paths = {
        name: viterbi(emissions, lengths, random_crf(rng, allowed))
        for name, allowed in CONSTRAINTS.items()
    }
    ill_formed = {
        name: sum(
            tags_to_spans([TAGS[tag] for tag in path], orphans="begin")
            != tags_to_spans([TAGS[tag] for tag in path], orphans="drop")
            for path in found
        )
        for name, found in paths.items()
    }
    assert ill_formed["IOB2"] == ill_formed["no person last"] == 0
    assert ill_formed["free"] > 25


def test_constraints_hold_against_any_emission() -> None:
    crf = CrfParameters(
        transitions=np.zeros((SIZE, SIZE)),
        start=np.zeros(SIZE),
        end=np.zeros(SIZE),
        allowed=allowed_transitions(TAGS),
    )
    emissions = np.zeros((1, 1, SIZE), dtype=np.float32)
    emissions[..., TAGS.index("I-PER")] = 1e30
    assert [TAGS[tag] for tag in viterbi(emissions, np.array([1]), crf)[0]] == ["O"]
    assert marginals(emissions, np.array([1]), crf)[0, 0, TAGS.index("I-PER")] == 0


def test_the_first_tag_wins_a_tie() -> None:
    crf = CrfParameters(
        transitions=np.zeros((SIZE, SIZE)), start=np.zeros(SIZE), end=np.zeros(SIZE)
    )
    paths = viterbi(np.zeros((2, 5, SIZE)), np.array([5, 2]), crf)
    assert [path.tolist() for path in paths] == [[0] * 5, [0] * 2]


def test_marginals_stay_exact_where_scores_are_far_apart(crf: CrfParameters) -> None:
    emissions = np.full((1, 6, SIZE), -1e6)
    emissions[0, :, 1] = 1e6
    likely = marginals(emissions, np.array([6]), crf)
    np.testing.assert_allclose(likely.sum(axis=2), 1.0)
    np.testing.assert_allclose(likely[0, :, 1], 1.0)


def test_no_probability_is_above_one(rng: np.random.Generator, crf: CrfParameters) -> None:
    emissions, lengths = rng.normal(size=(200, 12, SIZE)) * 50, np.full(200, 12)
    spans = [[(start, start + 1, 1, 2) for start in range(12)]] * 200
    assert max(map(np.max, span_probabilities(emissions, lengths, crf, spans=spans))) <= 1
    assert marginals(emissions, lengths, crf).max() <= 1


def test_an_empty_batch_has_no_paths(crf: CrfParameters) -> None:
    nothing = np.zeros((0, 0, SIZE), dtype=np.float32)
    lengths = np.zeros(0, dtype=np.int64)
    assert viterbi(nothing, lengths, crf) == []
    assert marginals(nothing, lengths, crf).shape == (0, 0, SIZE)
    assert log_partition(nothing, lengths, crf).shape == (0,)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("decode", [viterbi, marginals, log_partition])
def test_an_emission_at_a_word_must_be_finite(
    decode: Callable[..., object], bad: float, emissions: NDArray[np.float64], crf: CrfParameters
) -> None:
    emissions[2, 1, 0] = bad
    with pytest.raises(InputError, match="NaN or infinity at post 2, word 1"):
        decode(emissions, LENGTHS, crf)


@pytest.mark.parametrize("lengths", [[4, 1, 3], [4, 0, 3, 2], [5, 1, 3, 2]])
def test_lengths_must_fit_the_batch(
    lengths: list[int], emissions: NDArray[np.float64], crf: CrfParameters
) -> None:
    with pytest.raises(InputError, match="expected 4 numbers from 1 to 4"):
        viterbi(emissions, np.array(lengths), crf)


def test_emissions_must_fit_the_crf(emissions: NDArray[np.float64], crf: CrfParameters) -> None:
    with pytest.raises(InputError, match=r"expected shape \(posts, words, 5\), got \(4, 4, 3\)"):
        viterbi(emissions[:, :, :3], LENGTHS, crf)


@pytest.mark.parametrize("decode", [viterbi, marginals, log_partition])
def test_constraints_must_allow_a_sequence(decode: Callable[..., object]) -> None:
    nowhere = Transitions(
        np.ones(2, dtype=bool), np.zeros((2, 2), dtype=bool), np.ones(2, dtype=bool)
    )
    crf = CrfParameters(
        transitions=np.zeros((2, 2)), start=np.zeros(2), end=np.zeros(2), allowed=nowhere
    )
    with pytest.raises(InputError, match="at least one allowed sequence of 3 tags"):
        decode(np.zeros((2, 3, 2)), np.array([1, 3]), crf)


def test_a_span_is_as_probable_as_all_sequences_that_mark_it(
    emissions: NDArray[np.float64], rng: np.random.Generator
) -> None:
    crf = random_crf(rng, allowed_transitions(TAGS))
    every = [
        [
            (start, stop, 1 + 2 * label, 2 + 2 * label)
            for start in range(length)
            for stop in range(start + 1, length + 1)
            for label in range(2)
        ]
        for length in LENGTHS
    ]
    found = span_probabilities(emissions, LENGTHS, crf, spans=every)
    for post, length, spans, probabilities in zip(emissions, LENGTHS, every, found, strict=True):
        scores = enumerated(post[:length], crf)
        total = np.logaddexp.reduce(list(scores.values()))
        for (start, stop, begin, _), probability in zip(spans, probabilities, strict=True):
            label = TAGS[begin].removeprefix("B-")
            marking = [
                value
                for path, value in scores.items()
                if (start, stop, label) in tags_to_spans([TAGS[tag] for tag in path])
            ]
            assert probability == pytest.approx(
                np.exp(np.logaddexp.reduce(marking) - total), abs=1e-9
            )


def test_a_post_without_spans_has_no_probabilities(
    emissions: NDArray[np.float64], rng: np.random.Generator
) -> None:
    crf = random_crf(rng, allowed_transitions(TAGS))
    found = span_probabilities(emissions, LENGTHS, crf, spans=[[], [], [], []])
    assert list(map(len, found)) == [0, 0, 0, 0]
