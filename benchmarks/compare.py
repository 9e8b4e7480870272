"""The time of the paired bootstrap on one core: of a pair of systems, and of a whole comparison.

usage: python -m benchmarks.compare [--posts 3257] [--resamples 10000]

The posts are made up. They have as many words and entities as the test file of Twitter-2015, and
the systems find about three in four entities.
"""

import os
import time
from collections.abc import Callable, Iterator
from functools import partial

# One core; this must be set before numpy is imported.
os.environ.update(
    dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
)

import numpy as np

from benchmarks.commands import new_parser
from mner.spans.align import align
from mner.spans.bootstrap import paired_bootstrap, post_counts
from mner.spans.compare import compare
from mner.types import Entity, Post

__all__ = ["main"]

_LABELS = ("LOC", "ORG", "OTHER", "PER")
_WORDS = 15
_REPETITIONS = 3


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--posts", type=int, default=3257)
    parser.add_argument("--resamples", type=int, default=10_000)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    gold = [
        Post(str(number), ("word",) * _WORDS, tuple(_entities(rng, share=0.12)))
        for number in range(options.posts)
    ]
    systems: list[list[Post]] = []
    for _ in range(10):
        systems.append([_predicted(post, rng) for post in gold])
    entities = sum(len(post.entities or ()) for post in gold)
    print(
        f"{options.resamples} resamples of {len(gold)} posts with {entities} entities, "
        f"one core, best of {_REPETITIONS}"
    )

    pair = {"all": (post_counts(align(gold, systems[0])), post_counts(align(gold, systems[1])))}
    run_pair = partial(paired_bootstrap, pair, resamples=options.resamples)
    _report("paired bootstrap of one pair", run_pair)
    for name, count in (("one file", 1), ("five files", 5)):
        a = {str(number): system for number, system in enumerate(systems[:count])}
        b = {str(number): system for number, system in enumerate(systems[5 : 5 + count])}
        run = partial(compare, gold, a, b, resamples=options.resamples)
        _report(f"comparison with its slices, {name} a system", run)


def _entities(rng: np.random.Generator, *, share: float) -> Iterator[Entity]:
    for position in np.flatnonzero(rng.random(_WORDS) < share).tolist():
        yield Entity(position, position + 1, _LABELS[rng.integers(len(_LABELS))])


def _predicted(post: Post, rng: np.random.Generator) -> Post:
    """Return a post with three in four of its entities, and with some that are wrong."""
    kept = [entity for entity in post.entities or () if rng.random() < 0.75]
    return Post(post.id, post.tokens, (*kept, *_entities(rng, share=0.03)))


def _report(name: str, run: Callable[[], object]) -> None:
    seconds = []
    for _ in range(_REPETITIONS):
        began = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - began)
    print(f"{name}: {min(seconds):.2f} s")


if __name__ == "__main__":
    main()
