"""The service under load, beside an empty one and beside the same model in process.

usage: python -m benchmarks.load [--model MODEL] [--seconds 20] [--turns 3] [--clients 32]
           [--batch 32] [--out runs/load]

$MNER_DATA is the folder that holds posts/, real posts with their pictures. `mner serve` runs as a
process of its own; the clients are in this process, ask over connections that stay open, and wait
for each answer. They, the service, and the empty FastAPI handler share the machine's processors.
Each is asked for some seconds in each turn, and the turns alternate, so that what else the machine
does is shared by all:

* empty: a handler of FastAPI that answers `{}`, run as `mner serve` is run;
* /v1/tag: a post in each request;
* /v1/tag/batch: several posts in each request;
* in process: `tagger.tag(posts)` of the same posts, in this process and without clients.

`text` are the texts alone, `mixed` has the picture of each second post in its request. The starter
model, which is taken without `--model`, does not open pictures. What is printed is the section of
RESULTS.md.
"""

import os
import statistics
import time
from argparse import Namespace
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from textwrap import fill

# This must be set before the runtime is imported: threads that spin would slow down the others.
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"

from benchmarks.commands import new_parser
from benchmarks.load_client import Answers, ask
from benchmarks.load_requests import batch_requests, mixed_posts, single_requests, text_posts
from benchmarks.runs import machine
from benchmarks.served import Served, empty, served
from mner import load
from mner.tagging.tagger import Tagger
from mner.types import Post


@dataclass(frozen=True)
class Span:
    """What was done in one turn."""

    posts: float
    """Posts a second; requests a second of the empty service."""
    processor: float
    """Microseconds of processors for each of them, those of the clients left out."""
    answers: Answers | None = None


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--model", type=Path)
    for name, default in {"seconds": 20, "turns": 3, "clients": 32, "batch": 32}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--out", type=Path, default=Path("runs/load"))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    before = os.getloadavg()[0]
    spans = _measured(arguments)
    print("## The service under load\n")
    heading = (
        f"`python -m benchmarks.load --seconds {arguments.seconds} --turns {arguments.turns} "
        f"--clients {arguments.clients} --batch {arguments.batch}`: {machine()}; model "
        f"{arguments.model.name if arguments.model else 'starter'}; load of the machine "
        f"{before:.1f} before and {os.getloadavg()[0]:.1f} after."
    )
    print(fill(heading, 100))
    _print(spans)
    print("\n" + fill(_shares(spans), 100))


def _measured(arguments: Namespace) -> Mapping[str, Sequence[Span]]:
    kinds = {"text": text_posts(), "mixed": mixed_posts()}
    tagger = load(arguments.model)
    models = [] if arguments.model is None else ["--model", arguments.model]
    spans: dict[str, list[Span]] = defaultdict(list)
    with empty(arguments.out) as nothing, served(arguments.out, *models) as service:
        for turn in range(arguments.turns + 1):
            for kind, posts in kinds.items():
                for name, measure in _systems(posts, tagger, nothing, service, arguments).items():
                    # The first turn warms up, and is short.
                    span = measure(arguments.seconds if turn else 2)
                    if turn:
                        spans[f"{name}, {kind}"].append(span)
    return spans


def _systems(
    posts: Sequence[Post], tagger: Tagger, nothing: Served, service: Served, arguments: Namespace
) -> dict[str, Callable[[float], Span]]:
    single, several = single_requests(posts), batch_requests(posts, arguments.batch)

    def asked(asked: Served, requests: Sequence[bytes], seconds: float, *, size: int = 1) -> Span:
        before = asked.processor
        answers = ask(asked.port, requests, clients=arguments.clients, seconds=seconds)
        spent = 1e6 * (asked.processor - before)
        return Span(answers.rate * size, spent / (len(answers.latencies) * size), answers)

    return {
        "empty": lambda seconds: asked(nothing, single, seconds),
        "/v1/tag": lambda seconds: asked(service, single, seconds),
        "/v1/tag/batch": lambda seconds: asked(service, several, seconds, size=arguments.batch),
        "in process": lambda seconds: _in_process(tagger, posts, seconds),
    }


def _in_process(tagger: Tagger, posts: Sequence[Post], seconds: float) -> Span:
    started, before = time.perf_counter(), time.process_time()
    count = 0
    while time.perf_counter() < started + seconds:
        count += sum(1 for _ in tagger.tag(islice(cycle(posts), 1_000)))
    spent = 1e6 * (time.process_time() - before)
    return Span(count / (time.perf_counter() - started), spent / count)


def _print(spans: Mapping[str, Sequence[Span]]) -> None:
    heads = ("what, and of which posts", "posts/s, median", "all turns", "processor, µs a post")
    print(f"\n| {' | '.join(heads)} | p50, ms | p99, ms | errors |")
    print("|---|---|---|---|---|---|---|")
    for name, turns in spans.items():
        speeds = [span.posts for span in turns]
        answers = [span.answers for span in turns if span.answers is not None]
        row = [name, f"{statistics.median(speeds):.0f}", ", ".join(map("{:.0f}".format, speeds))]
        row.append(f"{statistics.median(span.processor for span in turns):.0f}")
        if answers:
            row += [_latency(answers, 0.5), _latency(answers, 0.99)]
            row.append("; ".join(each.failures for each in answers if each.errors) or "0")
        else:
            row += ["-", "-", "-"]
        print(f"| {' | '.join(row)} |")


def _latency(answers: Sequence[Answers], share: float) -> str:
    return f"{statistics.median(each.percentile(share) for each in answers):.1f}"


def _shares(spans: Mapping[str, Sequence[Span]]) -> str:
    """Return what the service reaches of the two that bound it, turn by turn."""
    sentences = []
    for kind in ("text", "mixed"):
        for name, bound in (("/v1/tag", "empty"), ("/v1/tag/batch", "in process")):
            turns = zip(spans[f"{name}, {kind}"], spans[f"{bound}, {kind}"], strict=True)
            shares = [span.posts / most.posts for span, most in turns]
            each = ", ".join(f"{share:.0%}" for share in shares)
            sentences.append(
                f"Of {kind} posts, {name} reaches {statistics.median(shares):.0%} ({each}) of "
                f"{bound}."
            )
    return " ".join(sentences)


if __name__ == "__main__":
    main()
