from math import comb

import numpy as np
import pytest

from mner.spans.promise import Judged, Kept, Shortfall, find_threshold


def judged(
    probabilities: list[float], correct: list[bool], posts: list[int] | None = None
) -> Judged:
    numbers = list(range(len(correct))) if posts is None else posts
    return Judged(np.array(probabilities), np.array(correct), np.array(numbers, dtype=np.int64))


def alike(correct: int, wrong: int, *, probability: float = 0.99) -> Judged:
    """Entities of one probability, each in a post of its own."""
    verdicts = [True] * correct + [False] * wrong
    return judged([probability] * len(verdicts), verdicts)


def chance(wrong: int, count: int, rate: float) -> float:
    """Of at most so many mistakes, by adding up the binomial distribution."""
    return sum(comb(count, k) * rate**k * (1 - rate) ** (count - k) for k in range(wrong + 1))


@pytest.mark.parametrize(("precision", "enough"), [(0.85, 19), (0.9, 29), (0.95, 59)])
def test_without_a_mistake_as_many_are_needed_as_the_bound_says(
    precision: float, enough: int
) -> None:
    assert precision**enough <= 0.05 < precision ** (enough - 1)
    found = find_threshold(alike(enough, 0), precision=precision, confidence=0.95)
    assert found == Kept(0.0, count=enough, correct=enough, posts=enough, effective=enough)
    refused = find_threshold(alike(enough - 1, 0), precision=precision, confidence=0.95)
    assert isinstance(refused, Shortfall)
    assert refused.needed == enough


@pytest.mark.parametrize("wrong", [1, 2, 5, 20])
def test_the_test_is_that_of_clopper_and_pearson(wrong: int) -> None:
    for count in range(wrong + 2, 250):
        found = find_threshold(alike(count - wrong, wrong), precision=0.85, confidence=0.9)
        # Posts of one entity are worth one entity less, as variances of P posts have P - 1.
        effective = count - 1
        is_sure = chance(-(-wrong * effective // count), effective, 0.15) <= 0.1
        assert isinstance(found, Kept) is is_sure, count


def test_the_least_threshold_of_an_unbroken_sequence_is_taken() -> None:
    # Sure ones are correct; those at 0.6 are all wrong; far below there are correct ones again.
    values = [0.99] * 40 + [0.6] * 40 + [0.2] * 2000
    verdicts = [True] * 40 + [False] * 40 + [True] * 2000
    found = find_threshold(judged(values, verdicts), precision=0.85, confidence=0.95)
    assert isinstance(found, Kept)
    assert (found.threshold, found.count, found.correct) == (0.61, 40, 40)


def test_the_sequence_begins_halfway_between_the_promise_and_1() -> None:
    refused = find_threshold(alike(100, 0, probability=0.91), precision=0.85, confidence=0.95)
    assert isinstance(refused, Shortfall)
    assert refused.first == Kept(0.92, count=0, correct=0, posts=0, effective=0)
    assert refused.needed is None
    assert refused.first.precision == 0
    assert isinstance(
        find_threshold(alike(100, 0, probability=0.92), precision=0.85, confidence=0.95), Kept
    )


def test_posts_whose_entities_share_their_mistakes_count_once() -> None:
    verdicts = [True] * 57 + [False] * 3
    alone = find_threshold(judged([0.99] * 60, verdicts), precision=0.85, confidence=0.95)
    shared = find_threshold(
        judged([0.99] * 60, verdicts, [number // 3 for number in range(60)]),
        precision=0.85,
        confidence=0.95,
    )
    assert isinstance(alone, Kept)
    assert alone.effective == 59
    assert isinstance(shared, Shortfall)
    assert shared.first.effective == 19
    assert shared.first.effective_wrong == 1


def test_where_no_mistake_is_seen_a_post_counts_as_one_entity() -> None:
    posts = [number // 4 for number in range(60)]
    refused = find_threshold(
        judged([0.99] * 60, [True] * 60, posts), precision=0.85, confidence=0.95
    )
    assert isinstance(refused, Shortfall)
    assert (refused.first.count, refused.first.effective, refused.needed) == (60, 15, 76)


def test_as_many_entities_as_are_said_to_be_needed_do() -> None:
    refused = find_threshold(alike(45, 5), precision=0.85, confidence=0.95)
    assert isinstance(refused, Shortfall)
    assert refused.needed is not None
    assert refused.needed > 100
    times = -(-refused.needed // 50)
    more = find_threshold(alike(45 * times, 5 * times), precision=0.85, confidence=0.95)
    assert isinstance(more, Kept)


def test_what_is_not_precise_enough_cannot_be_mended_by_more() -> None:
    refused = find_threshold(alike(80, 20), precision=0.85, confidence=0.95)
    assert isinstance(refused, Shortfall)
    assert refused.first.precision == 0.8
    assert refused.needed is None
