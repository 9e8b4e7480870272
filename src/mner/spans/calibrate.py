"""How far probabilities can be believed: one temperature fitted on dev, and the expected calibration error before and after."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Bin",
    "Threshold",
    "expected_calibration_error",
    "fit_temperature",
    "reliability",
    "thresholds",
]

_Doubles: TypeAlias = NDArray[np.float64]

_LOWEST, _HIGHEST = 0.2, 5.0
_TOLERANCE = 1e-3
_GOLDEN = (np.sqrt(5.0) - 1) / 2


@dataclass(frozen=True, slots=True)
class Bin:
    """The predictions whose probability lies in one part of [0, 1]."""

    low: float
    high: float
    count: int
    probability: float
    """Mean of what was predicted; 0.0 in an empty bin."""
    correct: float
    """Share that is correct; 0.0 in an empty bin."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """What is left when less probable predictions are left out."""

    probability: float
    precision: float
    """0.0 where nothing is left."""
    recall: float


def fit_temperature(
    probabilities: Callable[[float], _Doubles], correct: NDArray[np.bool_]
) -> float:
    """The temperature at which the predictions' probabilities have the least log loss (after Guo et al. 2017).

    Args:
        probabilities: for a temperature the probability in [0, 1] of each of N predictions.
        correct: (N,) whether each is correct.

    Returns:
        A number from 0.2 to 5, found by golden section on its logarithm; 1.0 where all or none are correct, since then nothing can be learned.
    """
    if correct.all() or not correct.any():
        return 1.0

    def loss(log_temperature: float) -> float:
        values = np.clip(probabilities(float(np.exp(log_temperature))), 1e-12, 1 - 1e-12)
        return float(-np.log(np.where(correct, values, 1 - values)).mean())

    low, high = np.log(_LOWEST), np.log(_HIGHEST)
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
    return float(np.exp((low + high) / 2))


def reliability(
    probabilities: NDArray[np.floating[Any]], correct: NDArray[np.bool_], *, bins: int = 10
) -> list[Bin]:
    """Predictions by their probability, in bins of equal width.

    Args:
        probabilities: (N,) in [0, 1].
        correct: (N,) whether each prediction is correct.
        bins: how many.
    """
    edges = np.linspace(0.0, 1.0, bins + 1)
    places = np.clip(np.digitize(probabilities, edges) - 1, 0, bins - 1)
    found = []
    for place in range(bins):
        inside = places == place
        means = (
            (float(probabilities[inside].mean()), float(correct[inside].mean()))
            if inside.any()
            else (0.0, 0.0)
        )
        found.append(Bin(float(edges[place]), float(edges[place + 1]), int(inside.sum()), *means))
    return found


def thresholds(
    probabilities: NDArray[np.floating[Any]],
    correct: NDArray[np.bool_],
    *,
    gold: int,
    steps: int = 20,
) -> list[Threshold]:
    """Precision and recall over the threshold, from 0 in equal steps to just below 1.

    Args:
        probabilities: (N,) in [0, 1].
        correct: (N,) whether each prediction is correct.
        gold: how many entities there are to be found.
        steps: how many thresholds.
    """
    curve = []
    for least in np.arange(steps) / steps:
        kept = probabilities >= least
        hits = int(correct[kept].sum())
        curve.append(
            Threshold(
                float(least),
                hits / int(kept.sum()) if kept.any() else 0.0,
                hits / gold if gold else 0.0,
            )
        )
    return curve


def expected_calibration_error(
    probabilities: NDArray[np.floating[Any]], correct: NDArray[np.bool_], *, bins: int = 10
) -> float:
    """The mean distance between probability and share of correct predictions over the bins, weighted by their counts; 0.0 without predictions."""
    found = reliability(probabilities, correct, bins=bins)
    total = sum(one.count for one in found)
    return (
        sum(one.count * abs(one.probability - one.correct) for one in found) / total
        if total
        else 0.0
    )
