"""The peak of memory of a training, by the size of its corpus.

usage: python -m benchmarks.large_corpus [--posts 4000 400000] [--epochs 1] [--out runs/large]

$MNER_DATA is the folder that holds twitter2017/. Its training posts are repeated with new ids until
there are enough of them, so that the vocabulary stays the same. A small network is trained on them
(text alone, no pretrained vectors, one thread), each size in a process of its own, together with
the start of Python and torch. What is printed is the table of RESULTS.md.
"""

import os
import sys
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from textwrap import fill

from benchmarks.commands import Usage, new_parser, run_watched
from benchmarks.runs import machine

_SMALL = {
    "text.vectors": "",
    "text.dimension": 16,
    "text.hidden": 16,
    "characters.filters": 4,
    "training.batch_size": 64,
}


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--posts", type=int, nargs="+", default=[4000, 400_000])
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("runs/large"))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    trainings = []
    for posts in arguments.posts:
        corpus = _write(posts, arguments.out)
        trainings.append((posts, corpus, _train(corpus, arguments.epochs)))
    heading = (
        f"`python -m benchmarks.large_corpus --posts {' '.join(map(str, arguments.posts))} "
        f"--epochs {arguments.epochs}`: {machine()}; load of the machine {os.getloadavg()[0]:.1f} "
        "at the end."
    )
    print(fill(heading, 100))
    print("\n| training posts | their file, MB | peak of memory, MB | minutes |")
    print("|---|---|---|---|")
    for posts, corpus, usage in trainings:
        print(
            f"| {posts} | {corpus.stat().st_size / 1e6:.0f} | {usage.peak / 1e3:.0f} | "
            f"{usage.seconds / 60:.1f} |"
        )


def _write(posts: int, out: Path) -> Path:
    """Write so many posts."""
    corpus = out / f"{posts}.txt"
    with corpus.open("w", encoding="utf-8") as stream:
        for number, lines in enumerate(islice(cycle(_posts(_source() / "train.txt")), posts)):
            stream.write(f"IMGID:{number}\n{lines}\n\n")
    return corpus


def _train(corpus: Path, epochs: int) -> Usage:
    run = corpus.with_name(f"run{corpus.stem}")
    command = [sys.executable, "-m", "mner", "train", "text-only", "--out", str(run)]
    changes = {
        **_SMALL,
        "data.train": corpus,
        "data.dev": _source() / "valid.txt",
        "training.epochs": epochs,
    }
    for key, value in changes.items():
        command += ["--set", f"{key}={value}"]
    return run_watched(command)


def _source() -> Path:
    return Path(os.environ["MNER_DATA"]) / "twitter2017"


def _posts(path: Path) -> Iterator[str]:
    """Yield the lines of each post but the first, which has its id."""
    for post in path.read_text(encoding="utf-8").split("IMGID:")[1:]:
        yield post.partition("\n")[2].strip("\n")


if __name__ == "__main__":
    main()
