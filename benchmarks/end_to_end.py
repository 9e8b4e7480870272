"""Speed of `mner tag` on a file of raw posts, beside the tagger in process and spaCy.

usage: python -m benchmarks.end_to_end [--posts 100000] [--spacy-posts 10000] [--turns 3]
           [--threads 2] [--model MODEL] [--out runs/end_to_end] [--without-spacy]

$MNER_DATA is the folder that holds twitter2015/ and, if there, tweets/. Their posts, joined by
blanks and repeated as often as needed, become JSON lines with `id` and `text`. The model is the
starter model if not given. In each turn, on the same cores:

* in process: `tagger.tag(posts)`, of posts that were read and cut into words before;
* command: `mner tag FILE --output OUT.jsonl`, the whole process from its start to its end, and its
  peak of memory;
* spaCy: `en_core_web_sm` with its own tokeniser and its entity recogniser alone, on the first
  texts, which are in memory, in a process that is warm.

The share is that of the seconds of one turn, and the median turn counts. Beside the clock's, the
share of the processor's seconds is given, which a busy machine changes less. What is printed is the
section of RESULTS.md.
"""

import json
import os
import statistics
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from textwrap import fill

# This must be set before the runtime is imported: threads that spin would slow down the others.
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"

from benchmarks.commands import new_parser, run_watched
from benchmarks.runs import machine
from benchmarks.spacy_process import start_spacy
from mner import load, read_posts
from mner.tagging.tagger import Tagger
from mner.types import Post

FILES = ("twitter2015/*.txt", "twitter2017/*.txt", "tweets/*.conll")


@dataclass(frozen=True)
class Seconds:
    """What one system took for its posts in one turn."""

    posts: int
    clock: float
    processor: float = 0.0
    peak: int = 0
    """Kilobytes; 0 where it was not measured."""

    @property
    def speed(self) -> float:
        """Posts a second."""
        return self.posts / self.clock


def main() -> None:
    arguments = _arguments()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.threads])
    arguments.out.mkdir(parents=True, exist_ok=True)
    texts = list(_texts())
    source, small = arguments.out / "raw.jsonl", arguments.out / "tenth.jsonl"
    _write(texts, source, arguments.posts)
    _write(texts, small, arguments.posts // 10)
    before = _load()
    spacy = None
    if not arguments.without_spacy:
        spacy = _spacy(arguments.out, list(islice(cycle(texts), arguments.spacy_posts)))
    tagger = load(arguments.model, threads=arguments.threads)
    posts = list(read_posts(source, check_ids=False))
    turns = [_turn(tagger, posts, source, spacy, arguments) for _ in range(arguments.turns)]
    tenth = _command(small, len(posts) // 10, arguments)
    print("## `mner tag` from end to end\n")
    heading = (
        f"`python -m benchmarks.end_to_end --posts {arguments.posts}`: {machine()}, "
        f"{arguments.threads} threads; {arguments.posts} raw posts, "
        f"{min(len(set(texts)), arguments.posts)} of them different, {arguments.turns} turns that "
        f"alternate; load of the machine {before} before and {_load()} after."
    )
    print(fill(heading, 100))
    _print(turns)
    print("\n" + fill(_ratios(turns), 100))
    peak = max(turn["mner tag"].peak for turn in turns)
    memory = (
        f"Peak of memory of the command alone: {_megabytes(tenth)} with {tenth.posts} posts, "
        f"{peak / 1e3:.0f} MB with {arguments.posts}."
    )
    print("\n" + fill(memory, 100))


def _arguments() -> Namespace:
    parser = new_parser(__doc__)
    for name, default in {
        "posts": 100_000,
        "spacy-posts": 10_000,
        "turns": 3,
        "threads": 2,
    }.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--out", type=Path, default=Path("runs/end_to_end"))
    parser.add_argument("--without-spacy", action="store_true")
    return parser.parse_args()


def _texts() -> Iterator[str]:
    """Yield the texts of all posts of the corpora."""
    folder = Path(os.environ["MNER_DATA"])
    for path in (path for pattern in FILES for path in sorted(folder.glob(pattern))):
        for post in read_posts(path, check_ids=False, on_problem=lambda _: None):
            yield " ".join(post.tokens)


def _write(texts: Sequence[str], path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8") as stream:
        for number, text in enumerate(islice(cycle(texts), count)):
            stream.write(json.dumps({"id": str(number), "text": text}, ensure_ascii=False) + "\n")


def _turn(
    tagger: Tagger,
    posts: Sequence[Post],
    source: Path,
    spacy: Callable[[], Seconds] | None,
    arguments: Namespace,
) -> dict[str, Seconds]:
    turn = {
        "in process": _in_process(tagger, posts),
        "mner tag": _command(source, len(posts), arguments),
    }
    if spacy is not None:
        turn["spaCy, tokeniser and ner"] = spacy()
    return turn


def _in_process(tagger: Tagger, posts: Sequence[Post]) -> Seconds:
    clock, processor = time.perf_counter(), time.process_time()
    assert sum(1 for _ in tagger.tag(posts)) == len(posts)
    return Seconds(len(posts), time.perf_counter() - clock, time.process_time() - processor)


def _command(source: Path, posts: int, arguments: Namespace) -> Seconds:
    """Run `mner tag`."""
    output = arguments.out / "tagged.jsonl"
    command = [sys.executable, "-m", "mner", "tag", str(source), "--output", str(output)]
    if arguments.model is not None:
        command += ["--model", str(arguments.model)]
    usage = run_watched(command, is_quiet=True)
    with output.open(encoding="utf-8") as stream:
        assert sum(1 for _ in stream) == posts
    return Seconds(posts, *usage)


def _spacy(out: Path, texts: Sequence[str]) -> Callable[[], Seconds]:
    """Start a process that tags by spaCy on request, and warm it up."""
    spacy_seconds = start_spacy(out)

    def ask(texts: Sequence[str]) -> float:
        (seconds,) = spacy_seconds("texts", texts)
        return seconds

    ask(texts[:500])
    return lambda: Seconds(len(texts), ask(texts))


def _print(turns: Sequence[dict[str, Seconds]]) -> None:
    """Print a row for each system."""
    print("\n| system | posts/s, median | all turns | processor, µs a post | peak, MB |")
    print("|---|---|---|---|---|")
    for name in turns[0]:
        taken = [turn[name] for turn in turns]
        speeds = [seconds.speed for seconds in taken]
        by_turn = ", ".join(f"{speed:.0f}" for speed in speeds)
        spent = statistics.median(1e6 * seconds.processor / seconds.posts for seconds in taken)
        peak = max(seconds.peak for seconds in taken) / 1e3
        print(
            f"| {name} | {statistics.median(speeds):.0f} | {by_turn} "
            f"| {f'{spent:.0f}' if spent else '-'} | {f'{peak:.0f}' if peak else '-'} |"
        )


def _ratios(turns: Sequence[dict[str, Seconds]]) -> str:
    """Return both ratios, by the clock, as sentences."""
    whole, inside = (
        [turn[name].processor for turn in turns] for name in ("mner tag", "in process")
    )
    shares = [part / total for part, total in zip(inside, whole, strict=True)]
    sentence = (
        f"By the clock, `mner tag` reaches {_share(turns, 'in process')} of the tagger in process; "
        f"of the processor's seconds that it takes, {statistics.median(shares):.0%} are the "
        "tagger's."
    )
    name = "spaCy, tokeniser and ner"
    if name in turns[0]:
        ratios = [turn["mner tag"].speed / turn[name].speed for turn in turns]
        each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        sentence += f" It is {statistics.median(ratios):.2f} times as fast as spaCy ({each})."
    return sentence


def _share(turns: Sequence[dict[str, Seconds]], name: str) -> str:
    shares = [turn["mner tag"].speed / turn[name].speed for turn in turns]
    return f"{statistics.median(shares):.0%} ({', '.join(f'{share:.0%}' for share in shares)})"


def _megabytes(seconds: Seconds) -> str:
    return f"{seconds.peak / 1e3:.0f} MB"


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    main()
