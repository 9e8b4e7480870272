from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mner.errors import InputError
from mner.spans.align import align
from mner.spans.bootstrap import RESAMPLES, bootstrap, has_label, paired_bootstrap, post_counts
from mner.spans.estimates import Interval
from mner.spans.intervals import intervals
from mner.types import Entity, Ints, Post


def post(*spans: tuple[int, int, str]) -> Post:
    return Post(id="1", tokens=tuple("abcdefgh"), entities=tuple(Entity(*span) for span in spans))


def random_counts(seed: int, *, posts: int = 12) -> Ints:
    """Correct, predicted and gold entities of each post."""
    rng = np.random.default_rng(seed)
    gold = rng.integers(0, 4, size=posts)
    correct = rng.binomial(gold, 0.6)
    return np.stack([correct, correct + rng.integers(0, 3, size=posts), gold], axis=1).astype(
        np.int64
    )


def slow_rates(counts: Ints, chosen: list[int]) -> list[float]:
    """Precision, recall and F1 of the posts chosen, one after the other."""
    correct, predicted, gold = (
        sum(int(counts[place, column]) for place in chosen) for column in range(3)
    )
    return [
        float(Fraction(number, divisor)) if divisor else 0.0
        for number, divisor in (
            (correct, predicted),
            (correct, gold),
            (2 * correct, predicted + gold),
        )
    ]


def slow_bounds(values: list[float]) -> tuple[float, float]:
    """The 2.5% and 97.5% percentiles, interpolated between neighbours."""
    ordered, bounds = sorted(values), []
    for share in (0.025, 0.975):
        place = share * (len(values) - 1)
        below = int(place)
        above = min(below + 1, len(values) - 1)
        bounds.append(ordered[below] + (place - below) * (ordered[above] - ordered[below]))
    return bounds[0], bounds[1]


def check(found: Interval, value: float, drawn: list[float]) -> None:
    assert (found.value, found.low, found.high) == pytest.approx((value, *slow_bounds(drawn)))


@pytest.mark.parametrize("resamples", [1, 40, 25_000])
def test_the_paired_bootstrap_equals_a_loop_over_the_same_draws(resamples: int) -> None:
    counts = [random_counts(seed) for seed in (1, 2)]
    draws = np.random.default_rng(5).integers(12, size=(resamples, 12)).tolist()
    found = paired_bootstrap({"all": (counts[0], counts[1])}, resamples=resamples, seed=5)["all"]
    given_rates = [slow_rates(each, list(range(12))) for each in counts]
    drawn_rates = [[slow_rates(each, chosen) for chosen in draws] for each in counts]
    for column, name in enumerate(("precision", "recall", "f1")):
        for estimate, value, drawn in zip(
            (found.a, found.b), given_rates, drawn_rates, strict=True
        ):
            check(getattr(estimate, name), value[column], [rates[column] for rates in drawn])
        differences = [
            second[column] - first[column] for first, second in zip(*drawn_rates, strict=True)
        ]
        check(
            getattr(found.difference, name),
            given_rates[1][column] - given_rates[0][column],
            differences,
        )
    seen = given_rates[1][2] - given_rates[0][2]
    strayed = sum(
        abs(second[2] - first[2] - seen) >= abs(seen) - 1e-12
        for first, second in zip(*drawn_rates, strict=True)
    )
    assert found.p_value == pytest.approx((1 + strayed) / (1 + resamples))


def test_several_sets_of_predictions_are_averaged_in_each_resample() -> None:
    first, second = random_counts(1), random_counts(2)
    draws = np.random.default_rng(0).integers(12, size=(50, 12)).tolist()
    found = bootstrap({"all": np.stack([first, second])}, resamples=50)["all"].f1
    means = [
        (slow_rates(first, chosen)[2] + slow_rates(second, chosen)[2]) / 2
        for chosen in [list(range(12)), *draws]
    ]
    check(found, means[0], means[1:])


@given(st.integers(0, 1000), st.integers(1, 20))
def test_a_system_does_not_differ_from_itself(seed: int, posts: int) -> None:
    counts = random_counts(seed, posts=posts)
    found = paired_bootstrap({"all": (counts, counts)}, resamples=30)["all"]
    assert found.difference.f1 == Interval(0.0, 0.0, 0.0)
    assert found.p_value == 1.0
    assert found.a == found.b


@given(st.integers(0, 1000), st.integers(1, 20))
def test_exchanging_the_systems_negates_the_difference(seed: int, posts: int) -> None:
    first, second = random_counts(seed, posts=posts), random_counts(seed + 1, posts=posts)
    one, other = (
        paired_bootstrap({"all": pair}, resamples=30)["all"]
        for pair in ((first, second), (second, first))
    )
    assert (one.a, one.b, one.p_value) == (other.b, other.a, other.p_value)
    for there, back in zip(one.difference.intervals, other.difference.intervals, strict=True):
        assert (there.value, there.low, there.high) == pytest.approx(
            (-back.value, -back.high, -back.low)
        )


def test_a_large_difference_is_significant_and_chance_is_not() -> None:
    gold = np.ones(400, dtype=np.int64)
    good, bad = (
        np.stack([np.arange(400) % 10 < share, gold, gold], axis=1).astype(np.int64)
        for share in (9, 5)
    )
    assert paired_bootstrap({"all": (bad, good)}, resamples=999)["all"].p_value == 1 / 1000
    swapped = good[np.random.default_rng(0).permutation(400)]
    assert paired_bootstrap({"all": (swapped, good)}, resamples=999)["all"].p_value == 1.0


def test_intervals_have_their_level() -> None:
    """The recall of posts with one entity each is a binomial share, whose interval is known."""
    share, posts = 0.3, 1000
    correct = (np.arange(posts) < share * posts).astype(np.int64)
    found = bootstrap(
        {"all": np.stack([correct, np.ones_like(correct), np.ones_like(correct)], axis=1)}
    )["all"].recall
    half = 1.96 * (share * (1 - share) / posts) ** 0.5
    assert (found.low, found.high) == pytest.approx((share - half, share + half), abs=0.003)


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
        [post((0, 1, "PER"), (2, 4, "LOC")), post()],
        [post((0, 1, "PER"), (2, 3, "LOC"), (5, 6, "LOC")), post((1, 2, "PER"))],
    )
    assert post_counts(posts).tolist() == [[1, 3, 2], [0, 1, 0]]
    assert post_counts(posts, keep=has_label("LOC")).tolist() == [[0, 2, 1], [0, 0, 0]]
    assert post_counts([]).shape == (0, 3)


def test_intervals_of_one_system_name_every_label() -> None:
    posts = align([post((0, 1, "PER")), post()], [post((0, 1, "PER")), post((1, 2, "LOC"))])
    found = intervals(posts, resamples=20, seed=1)
    assert list(found.per_type) == ["LOC", "PER"]
    assert (
        found.per_type["PER"]
        == bootstrap({"": post_counts(posts, keep=has_label("PER"))}, resamples=20, seed=1)[""]
    )
    assert found.overall.f1.value == pytest.approx(2 / 3)
    assert found.as_dict()["per_type"]["LOC"]["f1"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert (
        found.render()
        .splitlines()[0]
        .startswith(
            "95% intervals (bootstrap over posts, 20 resamples, seed 1): precision 0.00 to 100.00, recall "
        )
    )


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
