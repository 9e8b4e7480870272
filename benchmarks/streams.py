"""`mner tag --input -` between pipes: how late each post comes out, and what a stopped reader does.

usage: python -m benchmarks.streams [--model MODEL] [--seconds 10] [--rates 1 10 100 300]
           [--waits 0 20 100]

$MNER_DATA is the folder that holds posts/, real posts. Their texts are written as JSON lines into
the standard input of a process at a steady rate, for some seconds for each `--max-wait`; a post's
latency is the time from its writing to the reading of its line from standard output.

Back-pressure: posts are written as fast as they are taken, and nothing is read for six seconds. As
soon as pipes and buffers are full, no more is taken; memory must not grow meanwhile. Then all is
read: the posts must come in their order, none missing. What is printed is the section of
RESULTS.md.
"""

import json
import os
import subprocess
import sys
import threading
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, cycle
from pathlib import Path
from textwrap import fill

from benchmarks.commands import new_parser
from benchmarks.load_requests import text_posts
from benchmarks.runs import machine
from benchmarks.served import memory_of

_STOPPED = 3.0
"""Half of the seconds for which nothing is read."""
_WARM = 20
"""Posts at the beginning, which are not counted."""


@dataclass(frozen=True)
class Pipes:
    """A process that tags what comes."""

    process: "subprocess.Popen[bytes]"

    def write(self, number: int, text: str) -> None:
        """Write a post, as soon as there is room for it."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"id": number, "text": text}).encode() + b"\n")
        self.process.stdin.flush()

    def read(self) -> Iterator[int]:
        """Yield the numbers of the posts that come out."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            yield int(json.loads(line)["id"])

    def end(self) -> None:
        """Write no more."""
        assert self.process.stdin is not None
        self.process.stdin.close()


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rates", type=int, nargs="+", default=[1, 10, 100, 300])
    parser.add_argument("--waits", type=int, nargs="+", default=[0, 20, 100])
    arguments = parser.parse_args()
    texts = [post.text or "" for post in text_posts()]
    print("## Streams\n")
    heading = (
        f"`python -m benchmarks.streams --seconds {arguments.seconds}`: {machine()}; model "
        f"{arguments.model.name if arguments.model else 'starter'}, load of the machine "
        f"{os.getloadavg()[0]:.1f}. Milliseconds from the writing of a post to its line:"
    )
    print(fill(heading, 100))
    print("\n| `--max-wait` | posts/s | p50 | p99 | largest |\n|---|---|---|---|---|", flush=True)
    for wait in arguments.waits:
        for rate in arguments.rates:
            delays = sorted(_delays(texts, rate, wait, arguments))
            shown = [delays[len(delays) // 2], delays[int(0.99 * len(delays))], delays[-1]]
            row = " | ".join(f"{1000 * delay:.0f}" for delay in shown)
            print(f"| {wait} | {rate} | {row} |", flush=True)
    print("\n" + fill(_stopped(texts, arguments), 100))


@contextmanager
def _tagging(arguments: Namespace, *options: str) -> Iterator[Pipes]:
    command = [sys.executable, "-m", "mner", "tag", "--input", "-", "--format", "jsonl", *options]
    if arguments.model is not None:
        command += ["--model", str(arguments.model)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield Pipes(process)
        finally:
            process.kill()


def _delays(texts: Sequence[str], rate: int, wait: int, arguments: Namespace) -> list[float]:
    """Return the seconds that posts took which were written at a rate."""
    written: list[float] = []
    read: list[float] = []
    with _tagging(arguments, "--max-wait", str(wait)) as pipes:
        answers = pipes.read()
        for number in range(_WARM):
            pipes.write(number, texts[number])
        for number in range(_WARM):
            assert next(answers) == number

        def listen() -> None:
            for number in answers:
                read.append(time.perf_counter())
                assert number == len(read) - 1

        listener = threading.Thread(target=listen)
        listener.start()
        start = time.perf_counter()
        for number in range(max(rate * arguments.seconds, 5)):
            time.sleep(max(start + number / rate - time.perf_counter(), 0))
            written.append(time.perf_counter())
            pipes.write(number, texts[number % len(texts)])
        pipes.end()
        listener.join()
    return [after - before for before, after in zip(written, read, strict=True)]


def _stopped(texts: Sequence[str], arguments: Namespace) -> str:
    """Say what happens while nothing is read, and after it."""
    taken = 0
    is_over = threading.Event()
    with _tagging(arguments) as pipes:

        def feed() -> None:
            nonlocal taken
            for number, text in zip(count(), cycle(texts), strict=False):
                if is_over.is_set():
                    break
                pipes.write(number, text)
                taken = number + 1
            pipes.end()

        feeder = threading.Thread(target=feed)
        feeder.start()
        time.sleep(_STOPPED)
        first, before = taken, memory_of(pipes.process.pid)
        time.sleep(_STOPPED)
        second, after = taken, memory_of(pipes.process.pid)
        is_over.set()
        numbers = list(pipes.read())
        feeder.join()
    is_whole = numbers == list(range(taken))
    return (
        f"Where nothing is read, {first} posts were taken after {_STOPPED:.0f} s and {second} "
        f"after {2 * _STOPPED:.0f} s, with {before:.0f} and {after:.0f} MB of memory. Then "
        f"{len(numbers)} posts came out, "
        f"{'in their order, none missing' if is_whole else 'NOT AS THEY WERE WRITTEN'}."
    )


if __name__ == "__main__":
    main()
