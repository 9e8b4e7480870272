"""How long the paired bootstrap takes on one core: 10,000 resamples of 3,257 posts, one pair of systems, and a whole comparison with its slices.

python -m benchmarks.compare [--posts 3257] [--resamples 10000]

The posts are made up: as many words and entities as in the test file of Twitter-2015, and two systems that find about three in four of them.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator

# One core; must be set before numpy is imported.
os.environ.update(
    dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
)

import numpy as np

from mner.spans.align import align
from mner.spans.bootstrap import paired_bootstrap, post_counts
from mner.spans.compare import compare
from mner.types import Entity, Post

__all__ = ["main"]

_LABELS = ("LOC", "ORG", "OTHER", "PER")
_WORDS = 15
_REPETITIONS = 3


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--posts", type=int, default=3257)
    parser.add_argument("--resamples", type=int, default=10_000)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    gold = [
        Post(str(number), ("word",) * _WORDS, tuple(_entities(rng, share=0.12)))
        for number in range(options.posts)
    ]
    systems = [[_predicted(post, rng) for post in gold] for _ in range(10)]
    pair = {"all": (post_counts(align(gold, systems[0])), post_counts(align(gold, systems[1])))}
    entities = sum(len(post.entities or ()) for post in gold)
    print(
        f"{options.resamples} resamples of {len(gold)} posts with {entities} entities, one core, best of {_REPETITIONS}"
    )
    _report(
        "paired bootstrap of one pair", lambda: paired_bootstrap(pair, resamples=options.resamples)
    )
    _report(
        "comparison with its slices, one file a system",
        lambda: compare(gold, {"a": systems[0]}, {"b": systems[1]}, resamples=options.resamples),
    )
    sides = [
        {str(number): system for number, system in enumerate(side)}
        for side in (systems[:5], systems[5:])
    ]
    _report(
        "comparison with its slices, five files a system",
        lambda: compare(gold, sides[0], sides[1], resamples=options.resamples),
    )


def _entities(rng: np.random.Generator, *, share: float) -> Iterator[Entity]:
    for place in np.flatnonzero(rng.random(_WORDS) < share).tolist():
        yield Entity(place, place + 1, _LABELS[rng.integers(len(_LABELS))])


def _predicted(post: Post, rng: np.random.Generator) -> Post:
    """A post of which three in four entities are found, and some that are none."""
    found = [entity for entity in post.entities or () if rng.random() < 0.75]
    return Post(post.id, post.tokens, (*found, *_entities(rng, share=0.03)))


def _report(name: str, run: Callable[[], object]) -> None:
    seconds = []
    for _ in range(_REPETITIONS):
        began = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - began)
    print(f"{name}: {min(seconds):.2f} s")


if __name__ == "__main__":
    main()
