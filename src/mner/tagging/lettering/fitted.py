"""The fitted steps: from features of a candidate to its probability, and what lettering adds.

The numbers are from `python -m benchmarks.lettering --fit`: logistic regressions on the first 250
of 500 annotated posts with pictures, with the starter model. Labels are no features, so that models
with other labels can use them.
"""

from collections.abc import Mapping
from math import exp

from mner.tagging.lettering.candidates import FEATURES, log_odds
from mner.types import Doubles

__all__ = ["WEIGHTS", "WRITTEN", "probability_of_name", "raised"]

WEIGHTS: Mapping[str, float] = {
    "": -2.031,
    "log odds, joined": 0.144,
    "log odds, line": 0.408,
    "log odds, joined recased": 0.029,
    "log odds, line recased": 0.243,
    "confidence": 3.799,
    "share of its text": -0.760,
    "log of its length": 0.265,
    "log of the number of lines": -0.263,
    "root of the number of readings": -0.803,
    "written in the post": -0.455,
    "entity of the post": 2.935,
}
"""By feature its weight; the constant has no name."""
WRITTEN = 0.11
"""What is added to the log odds of an entity whose name is also written in the picture.

It is small: of the 105 entities that the starter finds in the 250 texts, 7 are written there."""


def probability_of_name(features: Doubles) -> float:
    """Return the probability that a candidate is a name of its type; see `FEATURES`."""
    weights = [WEIGHTS[name] for name in FEATURES]
    return _logistic(WEIGHTS[""] + float(features @ weights))


def raised(probability: float) -> float:
    """Return the probability of an entity of the text whose name the picture holds, too."""
    return max(probability, _logistic(log_odds(probability) + WRITTEN))


def _logistic(odds: float) -> float:
    return 1 / (1 + exp(-odds))
