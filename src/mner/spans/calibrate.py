"""Calibration: how far probabilities can be believed, and the temperature that improves them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mner.types import Bools, Doubles, Reals

__all__ = [
    "Bin",
    "Threshold",
    "expected_calibration_error",
    "fit_temperature",
    "reliability",
    "thresholds",
]

_LOWEST, _HIGHEST = 0.2, 5.0
"""The temperatures between which the best is searched."""
_TOLERANCE = 1e-3
"""Of the temperature's logarithm."""
_GOLDEN = (np.sqrt(5.0) - 1) / 2
"""The golden ratio's inverse: the share of an interval that one step of the search keeps."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The predictions whose probability lies in one interval of [0, 1]."""

    low: float
    high: float
    count: int
    probability: float
    """Mean probability of the predictions; 0.0 in an empty bin."""
    correct: float
    """Share of the predictions that is correct; 0.0 in an empty bin."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """What remains when predictions below a probability are left out."""

    probability: float
    precision: float
    """0.0 where nothing remains."""
    recall: float


def fit_temperature(probabilities: Callable[[float], Doubles], correct: Bools) -> float:
    """Find the temperature at which N predictions have the least log loss (Guo et al. 2017).

    Args:
        probabilities: returns, for a temperature, the probability in [0, 1] of each prediction.
        correct: (N,), whether each prediction is correct.

    Returns:
        A number from 0.2 to 5; 1.0 where all or none are correct, since then nothing can be
        learned.
    """
    if correct.all() or not correct.any():
        return 1.0

    def loss(log_temperature: float) -> float:
        values = np.clip(probabilities(float(np.exp(log_temperature))), 1e-12, 1 - 1e-12)  # (N,)
        return float(-np.log(np.where(correct, values, 1 - values)).mean())

    return float(np.exp(_golden_section(loss, float(np.log(_LOWEST)), float(np.log(_HIGHEST)))))


def reliability(probabilities: Reals, correct: Bools, *, bins: int = 10) -> list[Bin]:
    """Group predictions by their probability, in bins of equal width.

    Args:
        probabilities: (N,), in [0, 1].
        correct: (N,), whether each prediction is correct.
        bins: how many.
    """
    edges = np.linspace(0.0, 1.0, bins + 1)
    numbers = np.clip(np.digitize(probabilities, edges) - 1, 0, bins - 1)  # (N,)
    groups = []
    for number in range(bins):
        inside = numbers == number  # (N,)
        groups.append(
            Bin(
                low=float(edges[number]),
                high=float(edges[number + 1]),
                count=int(inside.sum()),
                probability=_mean(probabilities[inside]),
                correct=_mean(correct[inside]),
            )
        )
    return groups


def thresholds(
    probabilities: Reals, correct: Bools, *, gold: int, steps: int = 20
) -> list[Threshold]:
    """Compute precision and recall for thresholds in equal steps, from 0 to just below 1.

    Args:
        probabilities: (N,), in [0, 1].
        correct: (N,), whether each prediction is correct.
        gold: how many entities there are to find.
        steps: how many thresholds.
    """
    curve = []
    for least in np.arange(steps) / steps:
        kept = probabilities >= least  # (N,)
        recall = int(correct[kept].sum()) / gold if gold else 0.0
        curve.append(Threshold(float(least), precision=_mean(correct[kept]), recall=recall))
    return curve


def expected_calibration_error(probabilities: Reals, correct: Bools, *, bins: int = 10) -> float:
    """Compute the expected calibration error; 0.0 without predictions.

    It is the distance between mean probability and share of correct predictions in each bin,
    averaged over the bins with their counts as weights.

    Args:
        probabilities: (N,), in [0, 1].
        correct: (N,), whether each prediction is correct.
        bins: how many.
    """
    if not len(probabilities):
        return 0.0
    distance = 0.0
    for group in reliability(probabilities, correct, bins=bins):
        distance += group.count * abs(group.probability - group.correct)
    return distance / len(probabilities)


def _golden_section(loss: Callable[[float], float], low: float, high: float) -> float:
    """Find the least point of a function with one valley between two points (Kiefer 1953)."""
    # Two points cut the interval by the golden ratio. Whichever end lies beyond the worse point
    # is dropped; the better point then cuts the rest by the same ratio, so each step needs one
    # new loss only.
    first, second = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_first, at_second = loss(first), loss(second)
    while high - low > _TOLERANCE:
        if at_first < at_second:
            high, second, at_second = second, first, at_first
            first = high - _GOLDEN * (high - low)
            at_first = loss(first)
        else:
            low, first, at_first = first, second, at_second
            second = low + _GOLDEN * (high - low)
            at_second = loss(second)
    return (low + high) / 2


def _mean(values: Reals | Bools) -> float:
    return float(values.mean()) if len(values) else 0.0
