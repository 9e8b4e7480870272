"""How often a promised precision is broken, on made-up posts and on posts of a corpus.

usage: python -m benchmarks.promise [--trials 500] [--seed 0] [--model MODEL FILE ...]

A promise of 0.85 with confidence 0.95 may be broken in 5% of the trials. Each trial draws posts,
finds the threshold on them, and compares it with the precision of a million other posts. The
probabilities are a little too high, and the entities of one post are right or wrong together to
some degree. Printed are the share of the trials that made a promise, and the share that broke it:
with the posts as they are taken, and with the entities taken as independent.

Then dev chooses one of 12 epochs before it makes the promise. The epochs are equally good, so that
whichever is chosen looks better on dev than it is.

With --model, FILE is parted in two at random, 200 times: one half makes the promise, and the other
shows what it was worth. That half is a sample, too, and lacks what the first half had, so that a
promise of 5% is broken there in about 12%.
"""

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from benchmarks.commands import new_parser
from mner.evaluation.evaluate import evaluate
from mner.evaluation.promises import judged_entities
from mner.spans.promise import Judged, Kept, find_threshold
from mner.types import Doubles

__all__ = ["Population", "Shares", "broken", "chosen", "halves"]

PRECISION, CONFIDENCE = 0.85, 0.95
SIZES = (100, 300, 1000)
EPOCHS = 12
HALVES = 200


class Population(NamedTuple):
    """What posts are drawn from."""

    entities: float = 1.5
    """The mean number of predicted entities of a post."""
    together: float = 0.0
    """How far the entities of one post are right or wrong together, from 0 to 1."""
    excess: float = 0.03
    """How much too high the probabilities are."""

    def draw(self, rng: np.random.Generator, posts: int, *, epochs: int = 1) -> list[Judged]:
        """Draw posts as several epochs tag them; nine in ten mistakes are those of all epochs."""
        numbers = np.repeat(np.arange(posts), rng.poisson(self.entities, size=posts))  # (N,)
        probabilities = rng.beta(1.6, 0.8, size=len(numbers))
        ease = np.sqrt(self.together) * rng.normal(size=posts)[numbers]
        ease += np.sqrt(1 - self.together) * rng.normal(size=len(numbers))
        judged = []
        for _ in range(epochs):
            mixed = ease
            if epochs > 1:
                mixed = np.sqrt(0.9) * ease + np.sqrt(0.1) * rng.normal(size=len(numbers))
            correct = mixed < _normal_quantiles(np.clip(probabilities - self.excess, 0, 1))
            judged.append(Judged(probabilities, correct, numbers))
        return judged


class Shares(NamedTuple):
    """What became of the trials."""

    made: float
    """The share that made a promise."""
    broken: float
    """The share that made one and broke it."""
    threshold: float
    """The mean threshold of those that made one."""


class Truth:
    """The precision of a population from each threshold on."""

    def __init__(self, rng: np.random.Generator, population: Population) -> None:
        (judged,) = population.draw(rng, 1_000_000)
        order = np.argsort(-judged.probabilities)
        self._probabilities = -judged.probabilities[order]
        self._correct = np.cumsum(judged.correct[order])

    def __call__(self, threshold: float) -> float:
        """Return the precision of the entities that a threshold keeps."""
        count = int(np.searchsorted(self._probabilities, -threshold, side="right"))
        return float(self._correct[count - 1] / count)


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--trials", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", type=Path)
    parser.add_argument("files", type=Path, nargs="*", metavar="FILE")
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    if arguments.model is not None:
        for file in arguments.files:
            _print_halves(rng, arguments.model, file)
        return
    for entities, together in ((1.5, 0.0), (1.5, 0.5), (4.0, 0.5), (4.0, 0.95)):
        _print_simulated(rng, arguments, Population(entities, together))


def broken(
    rng: np.random.Generator,
    population: Population,
    *,
    truth: "Truth",
    posts: int,
    trials: int,
    is_clustered: bool = True,
    epochs: int = 1,
) -> Shares:
    """Make a promise many times, and see how often it is broken.

    Args:
        rng: draws the posts.
        population: what they are drawn from.
        truth: the precision of the population.
        posts: how many make a promise.
        trials: how many promises.
        is_clustered: whether the posts of the entities are regarded.
        epochs: of how many equally good ones these posts choose first.
    """
    thresholds = []
    for _ in range(trials):
        judged = chosen(population.draw(rng, posts, epochs=epochs))
        if not is_clustered:
            judged = replace(judged, posts=np.arange(len(judged.correct)))
        found = find_threshold(judged, precision=PRECISION, confidence=CONFIDENCE)
        if isinstance(found, Kept):
            thresholds.append(found.threshold)
    wrong = sum(truth(threshold) < PRECISION for threshold in thresholds)
    mean = float(np.mean(thresholds)) if thresholds else float("nan")
    return Shares(len(thresholds) / trials, wrong / trials, mean)


def chosen(epochs: list[Judged]) -> Judged:
    """Return the epoch with most correct entities, the first where several have as many."""
    return max(epochs, key=lambda judged: int(judged.correct.sum()))


def halves(rng: np.random.Generator, judged: Judged, *, posts: int) -> Iterator[tuple[Kept, float]]:
    """Part posts in two at random, many times; one half makes the promise.

    Args:
        rng: parts the posts.
        judged: the predicted entities of all posts.
        posts: how many posts there are.

    Yields:
        What the promise keeps of its own half, and the precision that it has in the other half,
        for each parting in which it could be made.
    """
    for _ in range(HALVES):
        is_first = rng.permutation(posts) < posts // 2  # (P,)
        is_own = is_first[judged.posts]  # (N,)
        own = Judged(judged.probabilities[is_own], judged.correct[is_own], judged.posts[is_own])
        found = find_threshold(own, precision=PRECISION, confidence=CONFIDENCE)
        if isinstance(found, Kept):
            is_kept = ~is_own & (judged.probabilities >= found.threshold)
            yield found, float(judged.correct[is_kept].mean())


def _print_simulated(
    rng: np.random.Generator, arguments: Namespace, population: Population
) -> None:
    print(f"{population.entities:g} entities a post, together {population.together:g}")
    ways: dict[str, dict[str, Any]] = {
        "as promised": {},
        "entities taken as independent": {"is_clustered": False},
        f"after choosing one of {EPOCHS} epochs": {"epochs": EPOCHS},
    }
    truth = Truth(rng, population)
    for posts in SIZES:
        for name, way in ways.items():
            shares = broken(
                rng, population, truth=truth, posts=posts, trials=arguments.trials, **way
            )
            print(
                f"  {posts:4} posts, {name}: made {100 * shares.made:.1f}%, "
                f"broken {100 * shares.broken:.1f}%, from {shares.threshold:.2f} on",
                flush=True,
            )


def _print_halves(rng: np.random.Generator, model: Path, file: Path) -> None:
    evaluation = evaluate(model, file)
    judged, gold = judged_entities(evaluation.gold, evaluation.tagged)
    posts = len(evaluation.gold)
    results = list(halves(rng, judged, posts=posts))
    print(
        f"{file.name}: {posts} posts, {len(judged.correct)} entities found, {gold} gold, precision "
        f"{100 * judged.correct.mean():.1f}; made in {100 * len(results) / HALVES:.0f}% of halves"
    )
    if not results:
        return
    precisions = np.array([precision for _, precision in results])
    thresholds = np.array([kept.threshold for kept, _ in results])
    below = (precisions < PRECISION).sum() / HALVES
    recalls = np.array([2 * kept.correct / gold for kept, _ in results])
    print(
        f"  from {thresholds.mean():.2f} on; precision in the other half "
        f"{100 * precisions.mean():.1f} on average, made and below the promise there in "
        f"{100 * below:.1f}% of halves; recall about {100 * recalls.mean():.1f}"
    )


def _normal_quantiles(shares: Doubles) -> Doubles:
    """Return the quantiles of the standard normal distribution, from a table."""
    steps = np.linspace(0.0005, 0.9995, 1000)
    table = np.array([NormalDist().inv_cdf(step) for step in steps])
    quantiles: Doubles = np.interp(shares, steps, table, left=-np.inf, right=np.inf)
    return quantiles


if __name__ == "__main__":
    main()
