"""How far intervals and p values can be believed, on made-up posts whose true F1 is known.

usage: python -m benchmarks.coverage [--trials 1000] [--resamples 1000] [--seed 0]

Each trial draws a file of posts. The entities of one post are found or missed together to some
degree, as in life. Printed are the share of the intervals of 95% that hold the true F1, by the
number of posts; the same for the mean of several seeds, which differ; and how often two systems
that are equally good differ with p below 0.05, by McNemar's test and by the bootstrap over posts.
"""

from argparse import Namespace
from typing import NamedTuple

import numpy as np

from benchmarks.commands import new_parser
from mner.spans.align import Aligned
from mner.spans.bootstrap import bootstrap, paired_bootstrap, post_counts
from mner.spans.mcnemar import mcnemar
from mner.types import Doubles, Ints, Post

__all__ = ["Population", "coverage", "rejections"]

SIZES = (10, 30, 100, 1000)
SEEDS = (1, 3, 5, 10)
NOMINAL = 0.05
SCATTER = 0.015
"""How far the recall of a seed strays from the mean of all seeds (standard deviation)."""


class Population(NamedTuple):
    """What posts are drawn from."""

    entities: float = 1.6
    """The mean number of gold entities of a post, at least 1 in each."""
    spurious: float = 0.4
    """The mean number of wrong predictions of a post."""
    alpha: float = 1.4
    beta: float = 0.6
    """The share of a post's entities that is found is drawn from this beta distribution."""

    def gold(self, rng: np.random.Generator, posts: int) -> Ints:
        """Draw the number of gold entities of each post, (P,)."""
        return 1 + rng.poisson(self.entities - 1, size=posts)

    def recall(self, rng: np.random.Generator, posts: int) -> Doubles:
        """Draw the share of the entities of each post that is found, (P,)."""
        return rng.beta(self.alpha, self.beta, size=posts)

    def counts(self, rng: np.random.Generator, posts: int, *, seeds: int, scatter: float) -> Ints:
        """Draw the counts of each post for each seed, (K, P, 3), as `post_counts` returns them."""
        gold, recall = self.gold(rng, posts), self.recall(rng, posts)
        shifts = rng.normal(scale=scatter, size=(seeds, 1)) if scatter else np.zeros((seeds, 1))
        correct = rng.binomial(gold, np.clip(recall + shifts, 0, 1))  # (K, P)
        predicted = correct + rng.poisson(self.spurious, size=correct.shape)
        return np.stack([correct, predicted, np.broadcast_to(gold, correct.shape)], axis=2)

    def f1(self, rng: np.random.Generator, *, scatter: float) -> float:
        """Return the true F1: that of a million posts, a thousand of each of a thousand seeds."""
        sums = np.zeros(3)
        for _ in range(1000):
            sums += self.counts(rng, 1000, seeds=1, scatter=scatter).sum(axis=(0, 1))
        correct, predicted, gold = sums.tolist()
        return float(2 * correct / (predicted + gold))


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    for posts in SIZES:
        share = coverage(rng, arguments, posts=posts)
        print(f"{posts:5} posts, one system: {100 * share:.1f}% of the intervals hold F1")
    for seeds in SEEDS:
        share = coverage(rng, arguments, posts=1000, seeds=seeds, scatter=SCATTER)
        print(f" 1000 posts, {seeds:2} seeds that differ: {100 * share:.1f}%")
    for population in (Population(), Population(entities=4.0)):
        by_entities, by_posts = rejections(rng, arguments, population, posts=200)
        print(
            f"  200 posts with {population.entities} entities, equal systems, p < {NOMINAL}: "
            f"McNemar {by_entities:.3f}, bootstrap {by_posts:.3f}"
        )


def coverage(
    rng: np.random.Generator,
    arguments: Namespace,
    *,
    posts: int,
    seeds: int = 1,
    scatter: float = 0.0,
) -> float:
    """Return the share of the trials whose interval holds the true F1."""
    population = Population()
    truth = population.f1(rng, scatter=scatter)
    held: int = 0
    for _ in range(arguments.trials):
        counts = population.counts(rng, posts, seeds=seeds, scatter=scatter)
        draws = int(rng.integers(1 << 30))
        f1 = bootstrap({"": counts}, resamples=arguments.resamples, seed=draws)[""].f1
        held += int(f1.low <= truth <= f1.high)
    share: float = held / arguments.trials
    return share


def rejections(
    rng: np.random.Generator, arguments: Namespace, population: Population, *, posts: int
) -> tuple[float, float]:
    """Return how often McNemar's test and the bootstrap find a difference where there is none."""
    found = np.zeros(2)
    for _ in range(arguments.trials):
        gold = population.gold(rng, posts)
        a, b = _system(rng, population, gold), _system(rng, population, gold)
        counts = (post_counts(a), post_counts(b))
        draws = int(rng.integers(1 << 30))
        paired = paired_bootstrap({"": counts}, resamples=arguments.resamples, seed=draws)[""]
        found += np.array([mcnemar(a, b).p_value, paired.p_value]) < NOMINAL
    by_entities, by_posts = (found / arguments.trials).tolist()
    return by_entities, by_posts


def _system(rng: np.random.Generator, population: Population, gold: Ints) -> list[Aligned]:
    """Draw what a system predicts; each of its posts is easy or hard for it alone."""
    aligned = []
    wrong = rng.poisson(population.spurious, size=len(gold)).tolist()
    recall = population.recall(rng, len(gold))
    for entities, spurious, share in zip(gold.tolist(), wrong, recall, strict=True):
        spans = [(start, start + 1, "X") for start in range(entities)]
        is_found = rng.random(entities) < share
        predicted = [span for span, hit in zip(spans, is_found, strict=True) if hit]
        predicted += [(100 + start, 101 + start, "X") for start in range(spurious)]
        aligned.append(Aligned(Post("", ()), frozenset(spans), frozenset(predicted)))
    return aligned


if __name__ == "__main__":
    main()
