from itertools import chain, pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mner.encoding.buckets import buckets


@given(
    st.lists(st.integers(1, 40), max_size=60),
    st.integers(1, 9),
    st.one_of(st.none(), st.integers(0, 5)),
)
def test_buckets_hold_every_post_once(lengths: list[int], size: int, seed: int | None) -> None:
    rng = None if seed is None else np.random.default_rng(seed)
    batches = list(buckets(lengths, size, rng=rng))
    assert sorted(chain.from_iterable(batches)) == list(range(len(lengths)))
    assert sum(len(batch) < size for batch in batches) <= 1


def test_buckets_bring_like_lengths_together_and_differ_between_epochs() -> None:
    lengths = [1 + number % 30 for number in range(300)]
    first = list(buckets(lengths, 10, rng=np.random.default_rng(1)))
    second = list(buckets(lengths, 10, rng=np.random.default_rng(2)))
    assert first != second
    assert max(np.ptp(np.array(lengths)[batch]) for batch in first) <= 3


def test_posts_of_one_length_keep_their_order() -> None:
    lengths = [1 + number % 3 for number in range(500)]
    (order,) = buckets(lengths, 500)
    assert order == sorted(range(500), key=lambda position: lengths[position])


def test_posts_change_places_with_those_whose_length_is_less_than_two_away() -> None:
    lengths = [number // 10 for number in range(400)]
    (order,) = buckets(lengths, 400, rng=np.random.default_rng(0))
    drops = [lengths[before] - lengths[after] for before, after in pairwise(order)]
    assert max(drops) == 1
