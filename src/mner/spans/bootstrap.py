"""The bootstrap over posts and seeds: how far scores, and differences of systems, would move.

A resample draws as many posts as there are, with replacement, and scores what it drew. Posts are
drawn whole, since the entities of one post are not independent. Two systems are scored on the
same draws, so what is hard for both cancels in their difference. The method is that of
Berg-Kirkpatrick, Burkett and Klein, "An Empirical Investigation of Statistical Significance in
NLP", EMNLP-CoNLL 2012.

With one set of predictions a system, the intervals are about other posts of the same kind, not
about other trainings. With several, such as one for each seed, a resample has two levels: it
draws the posts, and for each system as many of its sets as there are, with replacement. Its score
is the mean over the sets drawn, so the intervals are about other posts and other seeds. Sets of
two systems are drawn apart, since seeds of different networks have nothing in common.

With a handful of posts, or of seeds, the intervals are too narrow, since no others are known; see
docs/evaluation.md for how much.

Shapes: K sets of predictions (one for each seed) of a system, P posts, R resamples, C columns.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mner.errors import InputError
from mner.spans.align import Aligned
from mner.spans.estimates import LEVEL, Estimate, Interval, PairedEstimate
from mner.types import Doubles, Ints, Post, Span

__all__ = [
    "MOST_RESAMPLES",
    "RESAMPLES",
    "Keep",
    "bootstrap",
    "has_label",
    "paired_bootstrap",
    "post_counts",
]

RESAMPLES = 10_000
MOST_RESAMPLES = 1_000_000
"""More resamples would add nothing, and fill the memory."""

Keep: TypeAlias = Callable[[Post, Span], bool]
"""Whether an entity of a post counts."""

_BLOCK = 1 << 17
"""The number of draws in memory at once. They fit a cache, which is twice as fast as sixteen
times as many."""
_EQUAL = 1e-12
"""Differences of F1 that differ by less are equal up to rounding."""


def bootstrap(
    counts: Mapping[str, Ints], *, resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, Estimate]:
    """Estimate micro precision, recall and F1 with their percentile intervals.

    A rate with nothing to divide by is 0, as in scoring; so it is in a resample that drew no post
    with an entity.

    Args:
        counts: by name, what is scored, such as all entities and those of each label: (P, 3) as
            `post_counts` returns it, or (K, P, 3), whose rates are averaged over K. Where K is
            above 1, the K sets are resampled too.
        resamples: R.
        seed: seed of the draws, which are the same for all names.

    Raises:
        InputError: there are no posts, no resamples or more than `MOST_RESAMPLES`, or the counts
            are not of the same number of posts.
    """
    stacks = {name: _stacked(array) for name, array in counts.items()}
    one_system = [0] * len(stacks)
    drawn = _resampled_rates(list(stacks.values()), one_system, resamples=resamples, seed=seed)
    estimates = {}
    for (name, stack), rates in zip(stacks.items(), drawn, strict=True):
        estimates[name] = _estimate(_mean_rates(stack), rates)
    return estimates


def paired_bootstrap(
    counts: Mapping[str, tuple[Ints, Ints]], *, resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, PairedEstimate]:
    """Estimate the rates of two systems, A and B, and their difference, B minus A.

    Both are scored on the same resamples of the same posts, each with its own draws of its sets of
    predictions where it has several. The p value is two-sided. With d the
    difference in F1 on the posts given and d_r that on resample r, it is (1 + n) / (1 + R), where
    n counts the resamples with |d_r - d| >= |d|: how often chance alone, which is how far a
    resample strays from d, makes a difference as large as the one seen. Berg-Kirkpatrick et al.
    count d_r > 2d, which is the same on one side. The 1 stands for the posts given, so that p is
    never 0 (Davison and Hinkley 1997, section 4.2).

    Args:
        counts: by name, the counts of A and of B, each (P, 3), or (K, P, 3) with a K of its own;
            see `bootstrap`.
        resamples: R.
        seed: seed of the draws, which are the same for all names.

    Raises:
        InputError: as `bootstrap`.
    """
    stacks: list[Ints] = []
    for first, second in counts.values():
        stacks += [_stacked(first), _stacked(second)]
    # A and B alternate.
    systems = [0, 1] * len(counts)
    drawn = _resampled_rates(stacks, systems, resamples=resamples, seed=seed)
    given = list(map(_mean_rates, stacks))
    pairs = map(_paired, given[::2], given[1::2], drawn[::2], drawn[1::2])
    return dict(zip(counts, pairs, strict=True))


def post_counts(posts: Iterable[Aligned], *, keep: Keep | None = None) -> Ints:
    """Count, in each post, the entities that are correct, predicted and gold, (P, 3).

    Args:
        posts: gold and predicted posts, as `mner.spans.align.align` pairs them.
        keep: which gold and predicted entities count; None for all.
    """
    counts = []
    for post, all_gold, all_predicted in posts:
        gold, predicted = _kept(post, all_gold, keep), _kept(post, all_predicted, keep)
        counts.append((len(gold & predicted), len(predicted), len(gold)))
    return np.array(counts, dtype=np.int64).reshape(-1, 3)


def has_label(label: str) -> Keep:
    """Return what keeps the entities of one label."""
    return lambda _post, span: span[2] == label


def _kept(post: Post, spans: frozenset[Span], keep: Keep | None) -> frozenset[Span]:
    if keep is None:
        return spans
    return frozenset(span for span in spans if keep(post, span))


def _stacked(counts: Ints) -> Ints:
    """Return counts as (K, P, 3)."""
    stack = counts[None] if counts.ndim == 2 else counts
    if stack.ndim != 3 or stack.shape[2] != 3 or not stack.size:
        raise InputError(
            "counts: expected shape (posts, 3) or (predictions, posts, 3) with at least one post, "
            f"got {counts.shape}; count with post_counts"
        )
    return stack


def _mean_rates(stack: Ints) -> Doubles:
    """Compute the mean rates (3,) of counts (K, P, 3) on the posts given."""
    rates: Doubles = _rates(stack.sum(axis=1)).mean(axis=0)
    return rates


def _resampled_rates(
    stacks: list[Ints], systems: list[int], *, resamples: int, seed: int
) -> list[Doubles]:
    """Compute, for each array (K, P, 3), its mean rates in each resample, (R, 3).

    Args:
        stacks: the arrays.
        systems: the number of the system that each array is of; its arrays share the draws of
            sets of predictions.
        resamples: R.
        seed: seed of all draws.
    """
    if not 1 <= resamples <= MOST_RESAMPLES:
        raise InputError(f"resamples: expected 1 to {MOST_RESAMPLES}, got {resamples}")
    sizes = [stack.shape[1] for stack in stacks]
    if len(set(sizes)) > 1:
        raise InputError(
            f"counts: expected the same posts everywhere, got {', '.join(map(str, sizes))} posts"
        )
    if not stacks:
        return []
    # All counts of a post stand side by side, so that one draw serves them all.
    rows = [stack.transpose(1, 0, 2).reshape(stack.shape[1], -1) for stack in stacks]  # (P, 3K)
    columns = np.concatenate(rows, axis=1)  # (P, C), where C is the sum of all 3K
    sums = _resampled_sums(columns, resamples=resamples, seed=seed)  # (R, C)
    # Each array takes its own columns back, and becomes rates.
    ends = 3 * np.cumsum(list(map(len, stacks)))
    rates = []
    for own, system in zip(np.split(sums, ends[:-1], axis=1), systems, strict=True):  # (R, 3K)
        of_sets = _rates(own.reshape(resamples, -1, 3))  # (R, K, 3)
        rates.append(_mean_of_drawn(of_sets, seed=[seed, system]))  # (R, 3)
    return rates


def _mean_of_drawn(rates: Doubles, *, seed: list[int]) -> Doubles:
    """Draw K of the K sets of predictions in each resample, and average their rates (R, K, 3)."""
    resamples, sets, _ = rates.shape
    if sets > 1:
        drawn = np.random.default_rng(seed).integers(sets, size=(resamples, sets))  # (R, K)
        rates = np.take_along_axis(rates, drawn[..., None], axis=1)
    mean: Doubles = rates.mean(axis=1)
    return mean


def _resampled_sums(columns: Ints, *, resamples: int, seed: int) -> Doubles:
    """Sum columns (P, C) over the posts of each resample, (R, C)."""
    rng = np.random.default_rng(seed)
    posts = len(columns)
    values = columns.astype(np.float64)
    sums = np.empty((resamples, columns.shape[1]))
    block = max(1, _BLOCK // posts)
    for first in range(0, resamples, block):
        count = min(block, resamples - first)
        # Each resample draws P posts; an offset of P for each keeps those of a block distinct.
        drawn = rng.integers(posts, size=(count, posts)) + posts * np.arange(count)[:, None]
        # How often each resample drew each post: one count over the whole block.
        times = np.bincount(drawn.ravel(), minlength=count * posts).reshape(count, posts)
        # A sum over the posts drawn is a sum over all posts, weighted by how often each was drawn.
        sums[first : first + count] = times @ values  # (count, P) @ (P, C)
    return sums


def _rates(sums: NDArray[Any]) -> Doubles:
    """Compute precision, recall and F1 (..., 3) of correct, predicted and gold (..., 3)."""
    correct, predicted, gold = np.moveaxis(sums.astype(np.float64), -1, 0)
    precision, recall = _quotient(correct, predicted), _quotient(correct, gold)
    f1 = _quotient(correct, (predicted + gold) / 2)
    return np.stack([precision, recall, f1], axis=-1)


def _quotient(number: Doubles, divisor: Doubles) -> Doubles:
    """Divide, with 0 where there is nothing to divide by."""
    quotient: Doubles = np.divide(number, divisor, out=np.zeros_like(number), where=divisor > 0)
    return quotient


def _estimate(values: Doubles, drawn: Doubles) -> Estimate:
    """Put percentile intervals from the resamples (R, 3) beside three numbers (3,)."""
    lows, highs = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)  # (3,) each
    precision, recall, f1 = map(Interval, values.tolist(), lows.tolist(), highs.tolist())
    return Estimate(precision, recall, f1)


def _paired(a: Doubles, b: Doubles, drawn_a: Doubles, drawn_b: Doubles) -> PairedEstimate:
    """Compare the rates of two systems: (3,) on the posts given, (R, 3) on the resamples."""
    difference, differences = b - a, drawn_b - drawn_a
    # A resample strays from the difference in F1 as far as that is from zero, or farther.
    strayed = np.abs(differences[:, 2] - difference[2]) >= abs(difference[2]) - _EQUAL  # (R,)
    return PairedEstimate(
        a=_estimate(a, drawn_a),
        b=_estimate(b, drawn_b),
        difference=_estimate(difference, differences),
        p_value=float(1 + strayed.sum()) / (1 + len(differences)),
    )
