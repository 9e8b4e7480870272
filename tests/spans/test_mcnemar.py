from itertools import product
from statistics import NormalDist

import numpy as np
import pytest

from mner.spans.align import Aligned, align
from mner.spans.mcnemar import mcnemar
from tests.spans.posts import post


def found_by(
    only_a: int, only_b: int, both: int = 0, neither: int = 0
) -> tuple[list[Aligned], list[Aligned]]:
    """Two systems beside gold, with one gold entity in each post, found by those systems."""
    person, nobody = post("a", (0, 1, "PER")), post("a")
    a = [person] * only_a + [nobody] * only_b + [person] * both + [nobody] * neither
    b = [nobody] * only_a + [person] * only_b + [person] * both + [nobody] * neither
    gold = [person] * len(a)
    return align(gold, a), align(gold, b)


@pytest.mark.parametrize(
    ("only_a", "only_b"), [(0, 0), (1, 0), (3, 3), (2, 9), (0, 24), (12, 12), (11, 13)]
)
def test_few_discordant_entities_are_tested_exactly(only_a: int, only_b: int) -> None:
    test = mcnemar(*found_by(only_a, only_b, both=2, neither=1))
    assert (test.both, test.only_a, test.only_b, test.neither) == (2, only_a, only_b, 1)
    assert test.method == "exact binomial"
    heads = np.ones(1)
    for _ in range(only_a + only_b):
        heads = np.convolve(heads, [0.5, 0.5])
    as_far = np.abs(np.arange(len(heads)) - len(heads) / 2 + 0.5) >= abs(only_a - only_b) / 2
    assert test.p_value == pytest.approx(heads[as_far].sum())


def test_the_exact_test_equals_enumeration() -> None:
    heads = [sum(flips) for flips in product((0, 1), repeat=7)]
    as_far = sum(count <= 2 or count >= 5 for count in heads)
    assert mcnemar(*found_by(2, 5)).p_value == pytest.approx(as_far / len(heads))


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 25), (10, 15), (12, 13), (30, 30), (155, 205)])
def test_many_discordant_entities_are_tested_by_chi_squared(only_a: int, only_b: int) -> None:
    test = mcnemar(*found_by(only_a, only_b))
    assert test.method == "chi-squared with continuity correction"
    deviation = max(0, abs(only_a - only_b) - 1) / (only_a + only_b) ** 0.5
    assert test.p_value == pytest.approx(2 * NormalDist().cdf(-deviation))


def test_found_means_start_end_and_label() -> None:
    gold = [post("a b", (0, 2, "PER")), post("a b", (0, 1, "LOC"))]
    a = [post("a b", (0, 1, "PER")), post("a b", (0, 1, "PER"))]
    test = mcnemar(align(gold, a), align(gold, gold))
    assert (test.both, test.only_a, test.only_b, test.neither) == (0, 0, 2, 0)
