"""The peak of memory of a training, by the size of its corpus.

usage: python -m benchmarks.large_corpus [--posts 4000 400000] [--epochs 1] [--out runs/large]

$MNER_DATA is the folder that holds twitter2017/. Its training posts are repeated with new ids until
there are enough of them, so that the vocabulary stays the same. A small network is trained on them
(text alone, no pretrained vectors, one thread), each size in a process of its own, together with
the start of Python and torch. What is printed is the table of RESULTS.md.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from textwrap import fill
from typing import NamedTuple

from benchmarks.commands import new_parser
from benchmarks.runs import machine

_WATCHER = """
import json, resource, subprocess, sys, time
started = time.perf_counter()
subprocess.run(sys.argv[1:], check=True)
seconds = time.perf_counter() - started
print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))
"""
"""The peak of a child begins with that of its parent, so a small process stands between."""
_SMALL = {
    "text.vectors": "",
    "text.dimension": 16,
    "text.hidden": 16,
    "characters.filters": 4,
    "training.batch_size": 64,
}


class Training(NamedTuple):
    """What one training took."""

    posts: int
    file: int
    """The bytes of the corpus."""
    peak: int
    """Kilobytes."""
    seconds: float


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--posts", type=int, nargs="+", default=[4000, 400_000])
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("runs/large"))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    trainings = [_train(posts, arguments.epochs, arguments.out) for posts in arguments.posts]
    heading = (
        f"`python -m benchmarks.large_corpus --posts {' '.join(map(str, arguments.posts))} "
        f"--epochs {arguments.epochs}`: {machine()}; load of the machine {os.getloadavg()[0]:.1f} "
        "at the end."
    )
    print(fill(heading, 100))
    print("\n| training posts | their file, MB | peak of memory, MB | minutes |")
    print("|---|---|---|---|")
    for one in trainings:
        print(
            f"| {one.posts} | {one.file / 1e6:.0f} | {one.peak / 1e3:.0f} | "
            f"{one.seconds / 60:.1f} |"
        )


def _train(posts: int, epochs: int, out: Path) -> Training:
    source = Path(os.environ["MNER_DATA"]) / "twitter2017"
    corpus = out / f"{posts}.txt"
    with corpus.open("w", encoding="utf-8") as stream:
        for number, lines in enumerate(islice(cycle(_posts(source / "train.txt")), posts)):
            stream.write(f"IMGID:{number}\n{lines}\n\n")
    changes = {
        **_SMALL,
        "data.train": corpus,
        "data.dev": source / "valid.txt",
        "training.epochs": epochs,
    }
    command = [
        sys.executable,
        "-m",
        "mner",
        "train",
        "text-only",
        "--out",
        str(out / f"run{posts}"),
    ]
    for key, value in changes.items():
        command += ["--set", f"{key}={value}"]
    measured = subprocess.run(
        [sys.executable, "-c", _WATCHER, *command], check=True, stdout=subprocess.PIPE, text=True
    )
    seconds, peak = json.loads(measured.stdout.splitlines()[-1])
    return Training(posts, corpus.stat().st_size, peak, seconds)


def _posts(path: Path) -> Iterator[str]:
    """Yield the lines of each post but the first, which has its id."""
    for post in path.read_text(encoding="utf-8").split("IMGID:")[1:]:
        yield post.partition("\n")[2].strip("\n")


if __name__ == "__main__":
    main()
