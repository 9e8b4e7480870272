from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mner.errors import InputError
from mner.spans.align import align
from mner.spans.bootstrap import RESAMPLES, bootstrap, has_label, paired_bootstrap, post_counts
from mner.spans.estimates import Interval
from mner.types import Ints, Post
from tests.spans.posts import letters


def random_counts(seed: int, *, posts: int = 12) -> Ints:
    """Correct, predicted and gold entities of each post."""
    rng = np.random.default_rng(seed)
    gold = rng.integers(0, 4, size=posts)
    correct = rng.binomial(gold, 0.6)
    return np.stack([correct, correct + rng.integers(0, 3, size=posts), gold], axis=1).astype(
        np.int64
    )


def slow_rates(counts: Ints, chosen: list[int]) -> list[float]:
    """Precision, recall and F1 of the posts chosen, added up one after the other."""
    correct = sum(int(counts[post, 0]) for post in chosen)
    predicted = sum(int(counts[post, 1]) for post in chosen)
    gold = sum(int(counts[post, 2]) for post in chosen)
    return [ratio(correct, predicted), ratio(correct, gold), ratio(2 * correct, predicted + gold)]


def ratio(number: int, divisor: int) -> float:
    return float(Fraction(number, divisor)) if divisor else 0.0


def slow_bounds(values: list[float]) -> tuple[float, float]:
    """The 2.5% and 97.5% percentiles, interpolated between neighbours."""
    ordered, bounds = sorted(values), []
    for share in (0.025, 0.975):
        position = share * (len(values) - 1)
        below = int(position)
        above = min(below + 1, len(values) - 1)
        bounds.append(ordered[below] + (position - below) * (ordered[above] - ordered[below]))
    return bounds[0], bounds[1]


def check(interval: Interval, value: float, drawn: list[float]) -> None:
    """Compare an interval with a number and its resamples."""
    bounds = (interval.value, interval.low, interval.high)
    assert bounds == pytest.approx((value, *slow_bounds(drawn)))


@pytest.mark.parametrize("resamples", [1, 40, 25_000])
def test_the_paired_bootstrap_equals_a_loop_over_the_same_draws(resamples: int) -> None:
    first, second = random_counts(1), random_counts(2)
    draws = np.random.default_rng(5).integers(12, size=(resamples, 12)).tolist()
    estimate = paired_bootstrap({"all": (first, second)}, resamples=resamples, seed=5)["all"]
    given_a, given_b = slow_rates(first, list(range(12))), slow_rates(second, list(range(12)))
    drawn_a = [slow_rates(first, chosen) for chosen in draws]
    drawn_b = [slow_rates(second, chosen) for chosen in draws]
    for column, name in enumerate(("precision", "recall", "f1")):
        values_a = [rates[column] for rates in drawn_a]
        values_b = [rates[column] for rates in drawn_b]
        differences = [b - a for a, b in zip(values_a, values_b, strict=True)]
        difference = given_b[column] - given_a[column]
        check(getattr(estimate.a, name), given_a[column], values_a)
        check(getattr(estimate.b, name), given_b[column], values_b)
        check(getattr(estimate.difference, name), difference, differences)
    # The last column was F1, of which the p value is.
    strayed = sum(abs(drawn - difference) >= abs(difference) - 1e-12 for drawn in differences)
    assert estimate.p_value == pytest.approx((1 + strayed) / (1 + resamples))


def two_level(stack: Ints, posts: list[list[int]], sets: list[list[int]]) -> list[list[float]]:
    """Mean rates of each resample: of the sets it drew, on the posts it drew, one by one."""
    means = []
    for drawn_posts, drawn_sets in zip(posts, sets, strict=True):
        rates = [slow_rates(stack[one], drawn_posts) for one in drawn_sets]
        means.append([sum(column) / len(rates) for column in zip(*rates, strict=True)])
    return means


def test_several_sets_of_predictions_are_resampled_with_the_posts() -> None:
    stack = np.stack([random_counts(1), random_counts(2), random_counts(3)])
    posts = np.random.default_rng(0).integers(12, size=(50, 12)).tolist()
    sets = np.random.default_rng([0, 0]).integers(3, size=(50, 3)).tolist()
    estimate = bootstrap({"all": stack, "again": stack}, resamples=50)
    assert estimate["all"] == estimate["again"]
    ((given,),) = [two_level(stack, [list(range(12))], [[0, 1, 2]])]
    drawn = two_level(stack, posts, sets)
    for column, interval in enumerate(estimate["all"].intervals):
        check(interval, given[column], [rates[column] for rates in drawn])


def test_the_sets_of_two_systems_are_drawn_apart() -> None:
    first = np.stack([random_counts(1), random_counts(2), random_counts(3)])
    second = np.stack([random_counts(4), random_counts(5)])
    posts = np.random.default_rng(7).integers(12, size=(60, 12)).tolist()
    sets_a = np.random.default_rng([7, 0]).integers(3, size=(60, 3)).tolist()
    sets_b = np.random.default_rng([7, 1]).integers(2, size=(60, 2)).tolist()
    counts = {"all": (first, second), "again": (first, second)}
    estimates = paired_bootstrap(counts, resamples=60, seed=7)
    assert estimates["all"] == estimates["again"]
    drawn_a, drawn_b = two_level(first, posts, sets_a), two_level(second, posts, sets_b)
    differences = [b[2] - a[2] for a, b in zip(drawn_a, drawn_b, strict=True)]
    found = estimates["all"].difference.f1
    check(found, found.value, differences)
    strayed = sum(abs(one - found.value) >= abs(found.value) - 1e-12 for one in differences)
    assert estimates["all"].p_value == pytest.approx((1 + strayed) / 61)


def test_seeds_that_differ_make_a_difference_uncertain() -> None:
    """One of five trainings is much better: by posts alone the difference would be sure."""
    gold = np.ones(400, dtype=np.int64)

    def right(share: int) -> Ints:
        return np.stack([np.arange(400) % 10 < share, gold, gold], axis=1).astype(np.int64)

    steady, lucky = np.stack([right(5)] * 5), np.stack([right(5)] * 4 + [right(9)])
    assert paired_bootstrap({"": (steady, lucky)}, resamples=999)[""].p_value > 0.1
    better = np.stack([right(6)] * 5)
    assert paired_bootstrap({"": (steady, better)}, resamples=999)[""].p_value == 1 / 1000


@given(st.integers(0, 1000), st.integers(1, 20))
def test_a_system_does_not_differ_from_itself(seed: int, posts: int) -> None:
    counts = random_counts(seed, posts=posts)
    estimate = paired_bootstrap({"all": (counts, counts)}, resamples=30)["all"]
    assert estimate.difference.f1 == Interval(0.0, 0.0, 0.0)
    assert estimate.p_value == 1.0
    assert estimate.a == estimate.b


@given(st.integers(0, 1000), st.integers(1, 20))
def test_exchanging_the_systems_negates_the_difference(seed: int, posts: int) -> None:
    first, second = random_counts(seed, posts=posts), random_counts(seed + 1, posts=posts)
    there = paired_bootstrap({"all": (first, second)}, resamples=30)["all"]
    back = paired_bootstrap({"all": (second, first)}, resamples=30)["all"]
    assert (there.a, there.b, there.p_value) == (back.b, back.a, back.p_value)
    pairs = zip(there.difference.intervals, back.difference.intervals, strict=True)
    for forth, negated in pairs:
        assert (forth.value, forth.low, forth.high) == pytest.approx(
            (-negated.value, -negated.high, -negated.low)
        )


def test_a_large_difference_is_significant_and_chance_is_not() -> None:
    gold = np.ones(400, dtype=np.int64)
    good = np.stack([np.arange(400) % 10 < 9, gold, gold], axis=1).astype(np.int64)
    bad = np.stack([np.arange(400) % 10 < 5, gold, gold], axis=1).astype(np.int64)
    assert paired_bootstrap({"all": (bad, good)}, resamples=999)["all"].p_value == 1 / 1000
    swapped = good[np.random.default_rng(0).permutation(400)]
    assert paired_bootstrap({"all": (swapped, good)}, resamples=999)["all"].p_value == 1.0


def test_intervals_have_their_level() -> None:
    """The recall of posts with one entity each is a binomial share, whose interval is known."""
    share, posts = 0.3, 1000
    correct = (np.arange(posts) < share * posts).astype(np.int64)
    counts = np.stack([correct, np.ones_like(correct), np.ones_like(correct)], axis=1)
    recall = bootstrap({"all": counts})["all"].recall
    half = 1.96 * (share * (1 - share) / posts) ** 0.5
    assert (recall.low, recall.high) == pytest.approx((share - half, share + half), abs=0.003)


def test_the_seed_decides_the_draws_and_names_share_them() -> None:
    first, second = random_counts(1), random_counts(2)
    together = bootstrap({"x": first, "y": second}, resamples=20, seed=3)
    assert together == {
        "x": bootstrap({"x": first}, resamples=20, seed=3)["x"],
        "y": bootstrap({"y": second}, resamples=20, seed=3)["y"],
    }
    assert together != bootstrap({"x": first, "y": second}, resamples=20, seed=4)
    assert bootstrap({}) == {}


def test_entities_are_counted_by_post() -> None:
    posts = align(
        [letters((0, 1, "PER"), (2, 4, "LOC")), letters()],
        [letters((0, 1, "PER"), (2, 3, "LOC"), (5, 6, "LOC")), letters((1, 2, "PER"))],
    )
    assert post_counts(posts).tolist() == [[1, 3, 2], [0, 1, 0]]
    assert post_counts(posts, keep=has_label("LOC")).tolist() == [[0, 2, 1], [0, 0, 0]]
    assert post_counts([]).shape == (0, 3)


def test_ten_thousand_resamples_unless_told_otherwise() -> None:
    assert RESAMPLES == 10_000


def test_what_cannot_be_resampled_is_an_error() -> None:
    counts = random_counts(1)
    for resamples in (0, 100_000_000_000):
        with pytest.raises(InputError, match=f"resamples: expected 1 to 1000000, got {resamples}"):
            bootstrap({"all": counts}, resamples=resamples)
    with pytest.raises(InputError, match="expected the same posts everywhere, got 12, 11 posts"):
        paired_bootstrap({"all": (counts, counts[:11])})
    with pytest.raises(InputError, match=r"expected shape \(posts, 3\).*got \(0, 3\)"):
        bootstrap({"all": counts[:0]})


def test_counts_of_posts_are_whole_numbers_also_where_there_are_none() -> None:
    for posts in ([], align([Post("1", ("a",), ())], [Post("1", ("a",), ())])):
        counts = post_counts(posts)
        assert counts.shape == (len(posts), 3)
        assert counts.dtype == np.int64
