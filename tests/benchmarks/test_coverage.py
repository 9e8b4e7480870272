from argparse import Namespace

import numpy as np
import pytest

from benchmarks.coverage import Population, coverage, rejections

FEW = Namespace(trials=40, resamples=200)


def test_the_true_f1_is_that_of_the_means() -> None:
    correct, predicted, gold = 1.6 * 0.7, 1.6 * 0.7 + 0.4, 1.6
    f1 = Population().f1(np.random.default_rng(0), scatter=0.0)
    assert f1 == pytest.approx(2 * correct / (predicted + gold), abs=0.002)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    assert coverage(np.random.default_rng(1), FEW, posts=100) > 0.85
    no_spurious = Population(spurious=0.0, alpha=500.0, beta=1e-6)
    counts = no_spurious.counts(np.random.default_rng(0), 5, seeds=2, scatter=0.0)
    assert (counts == counts[:, :, :1]).all(), "all that is there is found, and nothing else"


def test_mcnemar_is_bolder_than_the_bootstrap_where_entities_stick_together() -> None:
    sticky = Population(entities=9.0)
    by_entities, by_posts = rejections(np.random.default_rng(2), FEW, sticky, posts=60)
    assert by_entities > 0.15 > by_posts
