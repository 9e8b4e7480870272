"""The fitted step from features of a candidate to its probability.

The numbers are from `python -m benchmarks.lettering --fit`: a logistic regression on the first 250
of 500 annotated posts with pictures, with the starter model. Labels are no features, so that models
with other labels can use them.
"""

from collections.abc import Mapping
from math import exp

from mner.tagging.lettering.candidates import FEATURES
from mner.types import Doubles

__all__ = ["WEIGHTS", "probability_of_name"]

WEIGHTS: Mapping[str, float] = {
    "": -9.760,
    "mean log odds": 0.903,
    "over several lines": -1.289,
    "confidence": 7.997,
    "share of its text": -1.391,
    "log of its length": 0.708,
    "entity of the post": 4.132,
    "in a hashtag or username of the post": 0.998,
    "name of the training": 0.772,
}
"""By feature its weight; the constant has no name."""


def probability_of_name(features: Doubles) -> float:
    """Return the probability that a candidate is a name of its type; see `FEATURES`."""
    weights = [WEIGHTS[name] for name in FEATURES]
    odds = WEIGHTS[""] + float(features @ weights)
    return 1 / (1 + exp(-odds))
