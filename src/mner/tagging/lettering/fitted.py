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
    "": -3.242,
    "log odds, joined": 0.062,
    "log odds, line": 0.278,
    "log odds, joined recased": 0.277,
    "log odds, line recased": 0.240,
    "confidence": 2.471,
    "share of its text": -1.543,
    "log of its length": 0.778,
    "log of the number of lines": -0.152,
    "root of the number of readings": -0.105,
    "written in the post": -0.275,
    "entity of the post": 4.628,
}
"""By feature its weight; the constant has no name."""


def probability_of_name(features: Doubles) -> float:
    """Return the probability that a candidate is a name of its type; see `FEATURES`."""
    weights = [WEIGHTS[name] for name in FEATURES]
    odds = WEIGHTS[""] + float(features @ weights)
    return 1 / (1 + exp(-odds))
