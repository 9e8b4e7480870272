"""Tagging speed: posts a second in batch, milliseconds for one post, cold start, and a profile.

usage: python -m benchmarks.speed --text MODEL [--captions MODEL] [--pixels MODEL] [--posts 3257]
           [--pictures 256] [--singles 300] [--repetitions 5] [--threads 2] [--out runs/speed]

Beside mner stands spaCy's small English pipeline. $MNER_DATA is the folder that holds twitter2015/
and posts/. The models are folders that `mner train` and `mner export` wrote.

All systems get the same posts, Twitter-2015 test, as tokens. For "stored regions" the features of
pictures were extracted before, as the words of captions are there before; for "new picture" each
post comes with a picture from a file, those of posts/ in turn, which is decoded and encoded. All
run in this one program on the same cores (spaCy in a process of its own, of which one thread
works). All are warmed up and take turns, and the median turn counts. The environment of spaCy is
made by pip in --out.
"""

import os
import statistics
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Literal

# This must be set before torch is imported: threads that spin while they wait would slow down the
# system that has the turn.
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"

from benchmarks.commands import new_parser, run_watched, twitter2015
from benchmarks.runs import machine
from benchmarks.spacy_process import start_spacy
from benchmarks.speed_profile import matmul_peak, needed_flops, profile
from mner import Post, load, read_posts
from mner.pictures.extract import extract_features
from mner.posts.captions import attach_captions
from mner.recipe.sections import PictureSection
from mner.tagging.tagger import Tagger

TEXT = "Rep. Howard Coble in Baltimore"
BACKENDS: tuple[Literal["onnx", "torch"], ...] = ("onnx", "torch")
COUNTS = {"posts": 3257, "pictures": 256, "singles": 300, "repetitions": 5, "threads": 2}
"""Options that are numbers, with their defaults."""

Timer = Callable[[Sequence[Post]], list[float]]


@dataclass(frozen=True)
class System:
    """A system that tags: its seconds for posts together, and for each post alone."""

    name: str
    batch: Timer
    single: Timer
    posts: Sequence[Post]


def main() -> None:
    arguments = _arguments()
    threads: int = arguments.threads
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    arguments.out.mkdir(parents=True, exist_ok=True)
    posts = list(read_posts(twitter2015() / "test.txt"))[: arguments.posts]
    systems = [spacy(arguments.out, posts)]
    systems += ours("text only", arguments.text, posts, threads=threads)
    if arguments.captions:
        captioned = list(attach_captions(posts, twitter2015() / "captions.jsonl"))
        systems += ours("caption", arguments.captions, captioned, threads=threads)
    if arguments.pixels:
        pictured = with_pictures(posts)
        store = stored(arguments.out, pictured)
        of_pixels = partial(ours, model=arguments.pixels, threads=threads)
        systems += of_pixels("stored regions", posts=pictured, features=store)
        few = pictured[: arguments.pictures]
        systems += of_pixels("new picture", posts=few, pictures=pictures_folder())
    print(
        f"{machine()}, {threads} threads; Twitter-2015 test, {len(posts)} posts, "
        f"with new pictures {min(arguments.pictures, len(posts))}\n"
    )
    print_speeds(systems, singles=arguments.singles, repetitions=arguments.repetitions)
    print_cold(arguments.text, repetitions=arguments.repetitions)
    print_profile(arguments.text, posts, threads=threads)


def _arguments() -> Namespace:
    parser = new_parser(__doc__)
    for name in ("text", "captions", "pixels"):
        parser.add_argument(f"--{name}", type=Path, required=name == "text", metavar="MODEL")
    for name, default in COUNTS.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--out", type=Path, default=Path("runs/speed"))
    return parser.parse_args()


def ours(
    kind: str,
    model: Path,
    posts: Sequence[Post],
    *,
    threads: int,
    pictures: Path | None = None,
    features: Path | None = None,
) -> list[System]:
    """Return the two backends of a model."""
    systems = []
    for backend in BACKENDS:
        tagger = load(model, backend=backend, pictures=pictures, features=features, threads=threads)
        batch, single = partial(batch_seconds, tagger), partial(single_seconds, tagger)
        systems.append(System(f"mner, {kind}, {backend}", batch, single, posts))
    import torch  # takes its threads from the setting of the program, once it is loaded

    torch.set_num_threads(threads)
    return systems


def batch_seconds(tagger: Tagger, posts: Sequence[Post]) -> list[float]:
    started = time.perf_counter()
    assert sum(1 for _ in tagger.tag(posts)) == len(posts)
    return [time.perf_counter() - started]


def single_seconds(tagger: Tagger, posts: Sequence[Post]) -> list[float]:
    return [batch_seconds(tagger, [post])[0] for post in posts]


def with_pictures(posts: Sequence[Post]) -> list[Post]:
    """Return the posts with pictures of other posts, which makes no difference to speed."""
    files = cycle(sorted(pictures_folder().iterdir()))
    return [replace(post, picture=file.name) for post, file in zip(posts, files, strict=False)]


def pictures_folder() -> Path:
    return Path(os.environ["MNER_DATA"]) / "posts" / "images"


def stored(out: Path, posts: Sequence[Post]) -> Path:
    """Return a store of the posts' pictures, which is made if it is not there."""
    folder = out / f"features-{len({post.picture for post in posts})}"
    extract_features(posts, pictures=pictures_folder(), out=folder, encoder=PictureSection())
    return folder


def spacy(out: Path, posts: Sequence[Post]) -> System:
    """Start a process that tags by spaCy on request."""
    spacy_seconds = start_spacy(out)

    def ask(kind: str, posts: Sequence[Post]) -> list[float]:
        return spacy_seconds(kind, [post.tokens for post in posts])

    name = "spaCy, en_core_web_sm, ner alone"
    return System(name, partial(ask, "batch"), partial(ask, "single"), posts)


def print_speeds(systems: Sequence[System], *, singles: int, repetitions: int) -> None:
    for system in systems:  # warms them up
        system.batch(system.posts[:64])
        system.single(system.posts[:32])

    turns: dict[str, list[float]] = {system.name: [] for system in systems}
    for _ in range(repetitions):
        for system in systems:
            turns[system.name].append(len(system.posts) / system.batch(system.posts)[0])
    milliseconds = {}
    for system in systems:
        seconds = system.single(system.posts[:singles])
        milliseconds[system.name] = sorted(1000 * value for value in seconds)

    baseline = statistics.median(turns[systems[0].name])
    print(
        "| system | posts/s in batch, median | all turns | times spaCy's | one post, p50 ms "
        "| p95 ms |"
    )
    print("|---|---|---|---|---|---|")
    for name, speeds in turns.items():
        median, alone = statistics.median(speeds), milliseconds[name]
        tail = alone[int(0.95 * len(alone))]
        by_turn = ", ".join(f"{speed:.0f}" for speed in speeds)
        print(
            f"| {name} | {median:.0f} | {by_turn} | {median / baseline:.2f} "
            f"| {statistics.median(alone):.2f} | {tail:.2f} |"
        )


def print_cold(model: Path, *, repetitions: int) -> None:
    """Measure whole processes of `mner tag TEXT`, from start to end.

    The first process brings files into memory and does not count.
    """
    command = [sys.executable, "-m", "mner", "tag", TEXT, "--model", str(model)]
    runs = [run_watched(command, is_quiet=True) for _ in range(repetitions + 1)]
    seconds, _, peaks = zip(*runs[1:], strict=True)
    print(
        f'\n`mner tag "{TEXT}"`, a process from start to end: {statistics.median(seconds):.2f} s '
        f"(fastest {min(seconds):.2f}), {max(peaks) / 1e3:.0f} MB"
    )


def print_profile(model: Path, posts: Sequence[Post], *, threads: int) -> None:
    profile(model, posts[:64], threads=threads)  # warms up
    seconds = profile(model, posts, threads=threads)
    flops = needed_flops(model, posts)
    peak = matmul_peak(threads=threads)
    total = sum(seconds.values())
    print("\n| step, text only, in batch | microseconds a post | share |\n|---|---|---|")
    for step, spent in seconds.items():
        print(f"| {step} | {1e6 * spent / len(posts):.0f} | {spent / total:.0%} |")
    print(
        f"\nThe graph needs {_millions(flops, len(posts))} a post; matrix products reach "
        f"{peak / 1e9:.0f} billion a second on {threads} threads, so that"
    )
    least = sum(flops.values()) / peak
    print(
        f"this arithmetic takes at least {1e6 * least / len(posts):.0f} microseconds a post, "
        f"{least / seconds['graph']:.0%} of the graph's time."
    )


def _millions(flops: Mapping[str, float], posts: int) -> str:
    parts = ", ".join(f"{name} {count / posts / 1e6:.2f}" for name, count in flops.items())
    return f"{sum(flops.values()) / posts / 1e6:.1f} million floating-point operations ({parts})"


if __name__ == "__main__":
    main()
