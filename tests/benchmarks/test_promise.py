import numpy as np
import pytest

from benchmarks.promise import Population, Truth, broken, chosen, halves
from mner.spans.promise import Judged


def test_a_promise_is_broken_as_seldom_as_it_says() -> None:
    rng = np.random.default_rng(0)
    population = Population(entities=4.0, together=0.95)
    shares = broken(rng, population, truth=Truth(rng, population), posts=300, trials=100)
    assert shares.made > 0.5
    assert shares.broken <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 100)


def test_the_truth_is_the_precision_of_what_is_kept() -> None:
    population = Population()
    truth = Truth(np.random.default_rng(1), population)
    (judged,) = population.draw(np.random.default_rng(2), 200_000)
    for threshold in (0.0, 0.5, 0.9):
        kept = judged.correct[judged.probabilities >= threshold]
        assert truth(threshold) == pytest.approx(kept.mean(), abs=0.005)


def test_the_best_epoch_is_chosen_and_halves_are_parted_by_posts() -> None:
    rng = np.random.default_rng(0)
    epochs = Population().draw(rng, 300, epochs=5)
    best = chosen(epochs)
    assert best.correct.sum() == max(judged.correct.sum() for judged in epochs)
    always = Judged(np.full(200, 0.99), np.ones(200, dtype=bool), np.arange(200) // 2)
    results = list(halves(rng, always, posts=100))
    assert len(results) == 200
    assert all(kept.count == 100 and precision == 1.0 for kept, precision in results)
