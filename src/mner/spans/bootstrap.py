"""How far a score would move with other posts: the bootstrap over posts, and the paired one that compares two systems.

A resample draws as many posts as there are, with replacement, and scores what it drew. Posts are drawn whole, since entities of one post are not independent;
two systems are scored on the same draw, so what is hard for both cancels in their difference. The method is that of Berg-Kirkpatrick, Burkett and Klein, "An
Empirical Investigation of Statistical Significance in NLP", EMNLP-CoNLL 2012. It tells about other posts of the same kind and nothing about other trainings:
for those give predictions of several seeds, whose mean F1 is then compared. With a handful of posts its intervals are too narrow, since it knows no others.

Shapes: K sets of predictions (one a seed) of a system, P posts, R resamples, N things scored on the same draws.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mner.errors import InputError
from mner.spans.align import Aligned
from mner.types import Ints, Post, Span

__all__ = [
    "FEW_POSTS",
    "LEVEL",
    "MOST_RESAMPLES",
    "RESAMPLES",
    "Estimate",
    "Interval",
    "Intervals",
    "Keep",
    "PairedEstimate",
    "bootstrap",
    "intervals",
    "of_few",
    "of_label",
    "paired_bootstrap",
    "post_counts",
]

RESAMPLES = 10_000
MOST_RESAMPLES = 1_000_000
"""More would tell no more, and fill the memory."""
FEW_POSTS = 30
"""With entities; of fewer the bootstrap's intervals are too narrow and its p values too small."""
LEVEL = 0.95
"""The share of the resamples that lies inside an interval."""

Keep: TypeAlias = Callable[[Post, Span], bool]
"""Whether an entity of a post counts."""

_Doubles: TypeAlias = NDArray[np.float64]

_BLOCK = 1 << 17
"""Draws that are in memory at once; they fit a cache, which is twice as fast as sixteen times as many."""
_EQUAL = 1e-12
"""Differences of F1 that differ by less are the same, up to rounding."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A number as it is on the posts given, and the percentile interval of the resamples; fractions."""

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        """For JSON."""
        return {"value": self.value, "low": self.low, "high": self.high}

    def __str__(self) -> str:
        """Its bounds in percent, `71.77 to 74.04`."""
        return f"{100 * self.low:.2f} to {100 * self.high:.2f}"


@dataclass(frozen=True, slots=True)
class Estimate:
    """Rates with their intervals; means over the K sets of predictions."""

    precision: Interval
    recall: Interval
    f1: Interval

    @property
    def intervals(self) -> tuple[Interval, Interval, Interval]:
        """Precision, recall, F1."""
        return self.precision, self.recall, self.f1

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {field.name: getattr(self, field.name).as_dict() for field in fields(self)}


@dataclass(frozen=True, slots=True)
class Intervals:
    """The bootstrap of one system, and what has to stand beside it."""

    overall: Estimate
    per_type: Mapping[str, Estimate]
    """By label, sorted; every label of gold or predicted entities."""
    resamples: int
    seed: int
    telling: int
    """Posts with an entity, gold or predicted."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON; rates are fractions."""
        about = {
            "resamples": self.resamples,
            "seed": self.seed,
            "level": LEVEL,
            "telling_posts": self.telling,
        }
        return {
            **about,
            **self.overall.as_dict(),
            "per_type": {label: estimate.as_dict() for label, estimate in self.per_type.items()},
        }

    def render(self) -> str:
        """Lines for people, in percent."""
        rates = ", ".join(
            f"{name} {interval}"
            for name, interval in zip(
                ("precision", "recall", "F1"), self.overall.intervals, strict=True
            )
        )
        types = ", ".join(f"{label} {estimate.f1}" for label, estimate in self.per_type.items())
        about = f"{100 * LEVEL:.0f}% intervals (bootstrap over posts, {self.resamples} resamples, seed {self.seed})"
        return "\n".join(
            [
                f"{about}: {rates}",
                *([f"F1 by type: {types}"] if types else []),
                *of_few(self.telling),
            ]
        )


@dataclass(frozen=True, slots=True)
class PairedEstimate:
    """Two systems on the same posts."""

    a: Estimate
    b: Estimate
    difference: Estimate
    """B minus A."""
    p_value: float
    """Two-sided, of the difference in F1; see `paired_bootstrap`."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "a": self.a.as_dict(),
            "b": self.b.as_dict(),
            "difference": self.difference.as_dict(),
            "p_value": self.p_value,
        }


def post_counts(posts: Iterable[Aligned], *, keep: Keep | None = None) -> Ints:
    """How many entities each post has that are correct, predicted and gold, (P, 3).

    Args:
        posts: as of `mner.spans.align.align`.
        keep: which gold and predicted entities count; None for all.
    """
    counts = []
    for post, gold, predicted in posts:
        heaps = (gold & predicted, predicted, gold)
        counts.append(
            [
                len(heap) if keep is None else sum(keep(post, span) for span in heap)
                for heap in heaps
            ]
        )
    return np.array(counts, dtype=np.int64).reshape(-1, 3)


def of_label(label: str) -> Keep:
    """Counts the entities of one label."""
    return lambda _post, span: span[2] == label


def intervals(posts: Sequence[Aligned], *, resamples: int = RESAMPLES, seed: int = 0) -> Intervals:
    """How surely one set of predictions has the precision, recall and F1 that it has, in all and by label.

    Args:
        posts: as of `mner.spans.align.align`.
        resamples: R.
        seed: of the draws.

    Raises:
        InputError: as `bootstrap`.
    """
    labels = sorted({span[2] for _, *heaps in posts for heap in heaps for span in heap})
    of_types = {label: post_counts(posts, keep=of_label(label)) for label in labels}
    overall, *per_type = bootstrap(
        {"": post_counts(posts), **of_types}, resamples=resamples, seed=seed
    ).values()
    telling = sum(bool(gold or predicted) for _, gold, predicted in posts)
    return Intervals(overall, dict(zip(labels, per_type, strict=True)), resamples, seed, telling)


def of_few(telling: int) -> list[str]:
    """What has to be said beside a bootstrap where few posts have entities; no line where enough have."""
    if telling >= FEW_POSTS:
        return []
    return [
        f"posts with entities: {telling}, too few for the bootstrap: below {FEW_POSTS} its intervals are too narrow and its p values too small"
    ]


def bootstrap(
    counts: Mapping[str, Ints], *, resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, Estimate]:
    """Micro precision, recall and F1 with their percentile intervals.

    A rate with nothing to divide by is 0, as in scoring, also in a resample that drew no post with an entity.

    Args:
        counts: by name what is to be scored, such as all entities and those of each label: (P, 3) as of `post_counts`, or (K, P, 3), whose rates are averaged.
        resamples: R.
        seed: of the draws, which are the same for all names.

    Raises:
        InputError: there are no posts, no resamples or more than `MOST_RESAMPLES`, or the counts are not of the same number of posts.
    """
    arrays = {name: _stacked(array) for name, array in counts.items()}
    resampled = _resampled_rates(list(arrays.values()), resamples=resamples, seed=seed)
    return {
        name: _estimate(_rates(array.sum(axis=1)), drawn)
        for (name, array), drawn in zip(arrays.items(), resampled, strict=True)
    }


def paired_bootstrap(
    counts: Mapping[str, tuple[Ints, Ints]], *, resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, PairedEstimate]:
    """Two systems, A and B, on the same resamples of the same posts, and their difference, B minus A.

    The p value is two-sided. With d the difference in F1 on the posts given and d_r that on resample r, it is (1 + n) / (1 + R), where n counts the resamples
    with |d_r - d| >= |d|: how often chance alone, which is how far a resample strays from d, makes a difference as large as the one seen. Berg-Kirkpatrick et
    al. count d_r > 2d, the same on one side; the 1 stands for the posts given, so that p is never 0 (Davison and Hinkley 1997, section 4.2).

    Args:
        counts: by name the counts of A and of B, each (P, 3), or (K, P, 3) with a K of its own; see `bootstrap`.
        resamples: R.
        seed: of the draws, which are the same for all names.

    Raises:
        InputError: as `bootstrap`.
    """
    arrays = {name: (_stacked(first), _stacked(second)) for name, (first, second) in counts.items()}
    resampled = _resampled_rates(
        [array for pair in arrays.values() for array in pair], resamples=resamples, seed=seed
    )
    return {
        name: _paired(*pair, *resampled[2 * place : 2 * place + 2])
        for place, (name, pair) in enumerate(arrays.items())
    }


def _stacked(counts: Ints) -> Ints:
    """(K, P, 3)."""
    stacked = counts[None] if counts.ndim == 2 else counts
    if stacked.ndim != 3 or stacked.shape[2] != 3 or not stacked.size:
        raise InputError(
            f"counts: expected shape (posts, 3) or (predictions, posts, 3) with at least one post, got {counts.shape}; count with post_counts"
        )
    return stacked


def _resampled_rates(arrays: list[Ints], *, resamples: int, seed: int) -> list[_Doubles]:
    """For each array (K, P, 3) its rates in each resample, (K, R, 3)."""
    if not 1 <= resamples <= MOST_RESAMPLES:
        raise InputError(f"resamples: expected 1 to {MOST_RESAMPLES}, got {resamples}")
    if len({array.shape[1] for array in arrays}) > 1:
        raise InputError(
            f"counts: expected the same posts everywhere, got {', '.join(str(array.shape[1]) for array in arrays)} posts"
        )
    if not arrays:
        return []
    columns = np.concatenate(
        [array.transpose(1, 0, 2).reshape(array.shape[1], -1) for array in arrays], axis=1
    )  # (P, sum of 3K)
    sums = _resampled_sums(columns, resamples=resamples, seed=seed)
    ends = np.cumsum([3 * len(array) for array in arrays])
    return [
        _rates(part.reshape(resamples, -1, 3)).transpose(1, 0, 2)
        for part in np.split(sums, ends[:-1], axis=1)
    ]


def _resampled_sums(columns: Ints, *, resamples: int, seed: int) -> _Doubles:
    """The sum of each of C columns (P, C) over the posts of each resample, (R, C): how often a post was drawn times what it counts."""
    rng = np.random.default_rng(seed)
    posts = len(columns)
    weights = columns.astype(np.float64)
    sums = np.empty((resamples, columns.shape[1]))
    rows = max(1, _BLOCK // posts)
    for first in range(0, resamples, rows):
        count = min(rows, resamples - first)
        drawn = rng.integers(posts, size=(count, posts)) + posts * np.arange(count)[:, None]
        times = np.bincount(drawn.ravel(), minlength=count * posts).reshape(count, posts)
        sums[first : first + count] = times @ weights
    return sums


def _rates(sums: NDArray[Any]) -> _Doubles:
    """Precision, recall and F1 (..., 3) of correct, predicted and gold (..., 3)."""
    correct, predicted, gold = (sums[..., column].astype(np.float64) for column in range(3))
    divisors = (predicted, gold, (predicted + gold) / 2)
    return np.stack(
        [
            np.divide(correct, divisor, out=np.zeros_like(correct), where=divisor > 0)
            for divisor in divisors
        ],
        axis=-1,
    )


def _estimate(given: _Doubles, drawn: _Doubles) -> Estimate:
    """From rates (K, 3) on the posts given and (K, R, 3) on the resamples."""
    return _intervals(given.mean(axis=0), drawn.mean(axis=0))


def _intervals(values: _Doubles, drawn: _Doubles) -> Estimate:
    """From three numbers (3,) and their resamples (R, 3)."""
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return Estimate(
        *(Interval(*map(float, bounds)) for bounds in zip(values, low, high, strict=True))
    )


def _paired(
    first: Ints, second: Ints, drawn_first: _Doubles, drawn_second: _Doubles
) -> PairedEstimate:
    given = [_rates(array.sum(axis=1)) for array in (first, second)]
    difference = given[1].mean(axis=0) - given[0].mean(axis=0)
    drawn = drawn_second.mean(axis=0) - drawn_first.mean(axis=0)  # (R, 3)
    strayed = np.abs(drawn[:, 2] - difference[2]) >= abs(difference[2]) - _EQUAL
    return PairedEstimate(
        a=_estimate(given[0], drawn_first),
        b=_estimate(given[1], drawn_second),
        difference=_intervals(difference, drawn),
        p_value=float(1 + strayed.sum()) / (1 + len(drawn)),
    )
