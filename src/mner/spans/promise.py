"""The least probability at which a promised precision is kept, from annotated posts.

Entities are kept whose probability is at least a threshold. The lower the threshold, the more are
kept, and the less precise they are. The thresholds are tested one after another, beginning with a
high one that the promise alone decides, until a test does not reject that the precision is below
the promise ("fixed-sequence testing": Bauer 1991; Angelopoulos, Bates, Candes, Jordan and Lei,
*Learn then Test*, 2021). So the chance that the threshold found breaks the promise is at most 1
minus the confidence, however many thresholds were tested.

Each test is the one-sided binomial test of Clopper and Pearson (1934). It takes entities as
independent, and those of one post are not. So it counts fewer entities than there are: their number
is divided by the design effect, which is estimated from how the mistakes gather in posts (Korn and
Graubard, *Confidence Intervals for Proportions with Small Expected Number of Positive Counts
Estimated from Survey Data*, 1998).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor, lgamma, log

import numpy as np

from mner.types import Bools, Doubles, Ints

__all__ = ["Judged", "Kept", "Shortfall", "find_threshold"]

_STEPS = 100
"""Thresholds are hundredths."""
_ROUNDING = 1e-9
"""Whole numbers that come out a little smaller are still whole."""
_MOST_NEEDED = 1_000_000
"""Where so many entities would not be enough, no number is named."""


@dataclass(frozen=True)
class Judged:
    """N predicted entities, each of which is correct or not."""

    probabilities: Doubles
    """(N,), in [0, 1]."""
    correct: Bools
    """(N,), whether each is correct."""
    posts: Ints
    """(N,), the number of the post of each."""


@dataclass(frozen=True)
class Kept:
    """The entities whose probability is at least a threshold."""

    threshold: float
    count: int
    correct: int
    posts: int
    """How many posts they are in."""
    effective: int
    """How many independent entities they are worth, at most `count`."""

    @property
    def precision(self) -> float:
        """The share that is correct; 0.0 where nothing was kept."""
        return self.correct / self.count if self.count else 0.0

    @property
    def effective_wrong(self) -> int:
        """How many of the independent entities are wrong, rounded up."""
        wrong = self.count - self.correct
        return -(-wrong * self.effective // self.count) if self.count else 0


@dataclass(frozen=True)
class Shortfall:
    """Why no threshold keeps a promise: what the first threshold of the sequence keeps."""

    first: Kept
    needed: int | None
    """The number of entities that would do if they were as precise; None where none would."""


def find_threshold(judged: Judged, *, precision: float, confidence: float) -> Kept | Shortfall:
    """Find the least threshold whose entities have a precision that can be promised.

    Args:
        judged: the predicted entities of annotated posts.
        precision: what is promised, above 0 and below 1.
        confidence: how sure the promise is to be, above 0 and below 1.

    Returns:
        What the threshold keeps of these entities, or why there is no such threshold.
    """
    risk = 1 - confidence
    found: Kept | None = None
    for threshold in _sequence(precision):
        kept = _kept(judged, threshold)
        if not _is_sure(kept.effective, kept.effective_wrong, precision=precision, risk=risk):
            return found or Shortfall(kept, _needed(kept, precision=precision, risk=risk))
        found = kept
    assert found is not None
    return found


def _sequence(precision: float) -> Iterator[float]:
    """Yield thresholds from halfway between the promise and 1 down to 0."""
    first = floor(_STEPS * (1 + precision) / 2)
    yield from (step / _STEPS for step in range(first, -1, -1))


def _kept(judged: Judged, threshold: float) -> Kept:
    is_kept = judged.probabilities >= threshold  # (N,)
    correct = judged.correct[is_kept]
    _, numbers = np.unique(judged.posts[is_kept], return_inverse=True)
    posts = int(numbers.max()) + 1 if len(numbers) else 0
    return Kept(
        threshold,
        count=len(correct),
        correct=int(correct.sum()),
        posts=posts,
        effective=_effective(correct, numbers, posts=posts),
    )


def _effective(correct: Bools, numbers: Ints, *, posts: int) -> int:
    """Return how many independent entities K entities of some posts are worth.

    Args:
        correct: (K,), whether each is correct.
        numbers: (K,), the post of each, counted from 0.
        posts: how many posts there are.
    """
    count = len(correct)
    if posts < 2 or correct.all() or not correct.any():
        return posts  # how mistakes gather cannot be seen, so a post counts as one entity

    # The variance of the precision if posts are drawn rather than entities (linearised ratio).
    precision = correct.mean()
    residuals = np.bincount(numbers, weights=correct - precision, minlength=posts)  # (P,)
    by_posts = posts / (posts - 1) * np.square(residuals).sum() / count**2

    # Its ratio to the variance of independent entities is the design effect.
    by_entities = precision * (1 - precision) / count
    design = max(1.0, float(by_posts / by_entities))
    return max(1, floor(count / design + _ROUNDING))


def _is_sure(count: int, wrong: int, *, precision: float, risk: float) -> bool:
    """Return whether so few mistakes among independent entities are too few for chance."""
    return _at_most(wrong, count, 1 - precision) <= risk


def _at_most(wrong: int, count: int, rate: float) -> float:
    """Return the probability of at most so many mistakes, each made at a rate (binomial)."""
    mistakes = np.arange(wrong + 1)
    ways = np.array(
        [lgamma(count + 1) - lgamma(k + 1) - lgamma(count - k + 1) for k in mistakes.tolist()]
    )
    logarithms = ways + mistakes * log(rate) + (count - mistakes) * log(1 - rate)
    return min(1.0, float(np.exp(logarithms).sum()))


def _needed(kept: Kept, *, precision: float, risk: float) -> int | None:
    """Return how many entities of the same precision would do; None where none would."""
    if kept.precision <= precision:
        return None
    share = 1 - kept.precision
    count = max(1, kept.effective)
    while not _is_sure(count, ceil(share * count), precision=precision, risk=risk):
        count += max(1, count // 100)
        if count > _MOST_NEEDED:
            return None
    return ceil(count * kept.count / kept.effective)
