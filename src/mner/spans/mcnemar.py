"""McNemar's test: do two systems find equally many of the gold entities?"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mner.spans.align import Aligned

__all__ = ["McNemar", "mcnemar"]

_EXACT_BELOW = 25
"""The discordant entities from which on chi-squared is close enough."""


@dataclass(frozen=True, slots=True)
class McNemar:
    """Gold entities by which of two systems finds them, and whether one finds more.

    `mcnemar` describes the test.
    """

    both: int
    only_a: int
    only_b: int
    neither: int
    p_value: float
    method: str
    """The name of the test, in words."""


def mcnemar(a: Sequence[Aligned], b: Sequence[Aligned]) -> McNemar:
    """Test whether two systems find equally many of the gold entities (Psychometrika 12, 1947).

    A pair is one gold entity, found by A or not and found by B or not; found means predicted with
    its start, end and label. Only those that exactly one of the two finds say which is better.
    Below 25 of them the p value is exact: twice the smaller tail of the binomial distribution
    with one half, at most 1. From 25 on it is that of chi-squared,

        (|only A - only B| - 1)^2 / (only A + only B),

    with one degree of freedom. Wrong predictions play no part, and entities of one post are taken
    as independent, which they are not quite. The bootstrap over posts counts the former and does
    not need the latter.

    Args:
        a: posts with the predictions of A, as `mner.spans.align.align` pairs them.
        b: the same posts with the predictions of B.
    """
    pairs: Counter[tuple[bool, bool]] = Counter()
    for first, second in zip(a, b, strict=True):
        for span in first.gold:
            pairs[span in first.predicted, span in second.predicted] += 1
    only_a, only_b = pairs[True, False], pairs[False, True]
    if only_a + only_b < _EXACT_BELOW:
        p_value, method = _exact(only_a, only_b), "exact binomial"
    else:
        p_value, method = _chi_squared(only_a, only_b), "chi-squared with continuity correction"
    return McNemar(
        both=pairs[True, True],
        only_a=only_a,
        only_b=only_b,
        neither=pairs[False, False],
        p_value=p_value,
        method=method,
    )


def _exact(only_a: int, only_b: int) -> float:
    total = only_a + only_b
    if not total:
        return 1.0
    tail = sum(math.comb(total, count) for count in range(min(only_a, only_b) + 1))
    both_tails: float = tail / 2 ** (total - 1)
    return min(1.0, both_tails)


def _chi_squared(only_a: int, only_b: int) -> float:
    statistic = max(0, abs(only_a - only_b) - 1) ** 2 / (only_a + only_b)
    return math.erfc(math.sqrt(statistic / 2))  # the upper tail at one degree of freedom
