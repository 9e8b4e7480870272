"""What eight bits change in a model: posts a second, one post alone, and F1 on dev files.

usage: python -m benchmarks.eight_bits MODEL ... [--posts 200] [--singles 50] [--repetitions 3]

Each MODEL is a folder with a graph, such as one that `mner export` wrote and one by `mner export
--int8`. The first is what the others are compared with. One thread each; the models take turns with
the first posts of Twitter-2015 dev, and the median turn counts. Scored are the dev files of the
starter's corpora, as its recipe reads them, and Twitter-2015 dev. $MNER_DATA is the folder that
holds tweets/ and twitter2015/.
"""

import os
import statistics
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

# This must be set before the runtime is imported: threads that spin disturb the next turn.
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"

from benchmarks.commands import new_parser, twitter2015
from benchmarks.runs import machine
from mner import Post, load
from mner.corpora.adapt import adapt
from mner.corpora.corpus import read_corpus
from mner.errors import DataWarning
from mner.recipe.read import read_recipe, recipe_file
from mner.spans.score import score
from mner.tagging.model_folder import ModelFiles
from mner.tagging.tagger import Tagger

__all__ = ["dev_files", "milliseconds", "posts_a_second"]


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("models", type=Path, nargs="+", metavar="MODEL")
    for name, default in {"posts": 200, "singles": 50, "repetitions": 3}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", DataWarning)
    files = dict(dev_files())
    posts = files["Twitter-2015"][: arguments.posts]
    taggers = [load(model, backend="onnx", threads=1) for model in arguments.models]
    turns: list[list[float]] = [[] for _ in taggers]
    alone: list[list[float]] = [[] for _ in taggers]
    for _ in range(arguments.repetitions):
        for tagger, speeds, times in zip(taggers, turns, alone, strict=True):
            speeds.append(posts_a_second(tagger, posts))
            times.extend(milliseconds(tagger, posts[: arguments.singles]))
    print(f"{machine()}, 1 thread; {len(posts)} posts, {arguments.repetitions} turns")
    for model, speeds, times in zip(arguments.models, turns, alone, strict=True):
        size = (model / ModelFiles().graph).stat().st_size / 1e6
        print(
            f"{model.name}: {size:.0f} MB, {statistics.median(speeds):.1f} posts/s "
            f"({min(speeds):.1f} to {max(speeds):.1f}), p50 {statistics.median(times):.1f} ms",
            flush=True,
        )
    for name, gold in files.items():
        scores = [_f1(tagger, gold) for tagger in taggers]
        rest = "".join(f", {f1:.2f} ({f1 - scores[0]:+.2f})" for f1 in scores[1:])
        print(f"{name}, {len(gold)} posts: F1 {scores[0]:.2f}{rest}", flush=True)


def dev_files() -> Iterator[tuple[str, list[Post]]]:
    """Yield the dev posts of Twitter-2015 and of the starter's corpora, by name."""
    data = read_recipe(
        recipe_file("starter-teacher"), changes=["text.vectors=none", "transformer.model="]
    ).data
    yield "Twitter-2015", list(read_corpus(twitter2015() / "valid.txt", data, captions=None))
    for corpus in data.corpora:
        file = Path(corpus.dev)
        yield file.name.split(".")[0], list(adapt(read_corpus(file, data, captions=None), corpus))


def posts_a_second(tagger: Tagger, posts: Sequence[Post]) -> float:
    """Return how many posts a tagger tags in a second, given together."""
    start = time.perf_counter()
    for _ in tagger.tag(posts):
        pass
    return len(posts) / (time.perf_counter() - start)


def milliseconds(tagger: Tagger, posts: Sequence[Post]) -> list[float]:
    """Return how long a tagger takes for each post alone."""
    times = []
    for post in posts:
        start = time.perf_counter()
        list(tagger.tag([post]))
        times.append(1000 * (time.perf_counter() - start))
    return times


def _f1(tagger: Tagger, gold: Sequence[Post]) -> float:
    return 100 * score(gold, list(tagger.tag(gold))).f1


if __name__ == "__main__":
    main()
