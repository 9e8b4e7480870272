"""Archives: posts a second by engine and number of workers, and memory.

usage: python -m benchmarks.archive [--posts 20000] [--turns 2] [--engines local-1 local-2 ...]
           [--with-pictures] [--out runs/archive]

$MNER_DATA is the folder that holds posts/. Its posts are repeated with new ids. Engines are
`local-N` and `ray-N`, `mner batch` with N workers; `ray-data-N`, an actor pool of Ray Data; and
`daft-N`, a function of Daft on its native runner, with the same tagger. ray and daft have to be
installed for theirs. All start anew in each turn, and their start counts. With --with-pictures,
every tenth post has its picture, in which `mner batch` reads the words.

Memory is the largest sum over all processes of a turn of what they alone hold, and their share of
what they share. Processor time is that of the command and of the processes that it has waited for,
so that of Ray's workers is missing; it says more than the clock where the machine has other work.
Ray gives its workers a low priority; it is taken away here, since the machine may have other work.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.commands import new_parser
from benchmarks.runs import machine

WITH_RAY_DATA = """
import sys, ray, mner
ray.init(include_dashboard=False, log_to_driver=False)
class Tag:
    def __init__(self):
        self.tagger = mner.load(threads=1)
    def __call__(self, batch):
        posts = self.tagger.tag(batch["text"].tolist())
        batch["entities"] = [[e.label for e in post.entities] for post in posts]
        return batch
data = ray.data.read_json(sys.argv[1])
# Actors that take all processors leave none for the task that reads, and nothing begins.
data = data.map_batches(Tag, batch_size=1000, concurrency=int(sys.argv[3]), batch_format="pandas",
                        num_cpus=0.5)
data.write_parquet(sys.argv[2])
"""
WITH_DAFT = """
import sys, daft, mner
@daft.udf(return_dtype=daft.DataType.list(daft.DataType.string()), concurrency=int(sys.argv[3]),
          batch_size=1000)
class Tag:
    def __init__(self):
        self.tagger = mner.load(threads=1)
    def __call__(self, texts):
        posts = self.tagger.tag(texts.to_pylist())
        return [[e.label for e in post.entities] for post in posts]
if __name__ == "__main__":
    frame = daft.read_json(sys.argv[1])
    frame.with_column("entities", Tag(frame["text"])).write_parquet(sys.argv[2])
"""
SCRIPTS = {"ray-data": WITH_RAY_DATA, "daft": WITH_DAFT}


class Turn(NamedTuple):
    """What a turn took."""

    seconds: float
    processor: float
    """Seconds of all processors."""
    memory: int
    """Its peak, in kilobytes."""


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--engines", nargs="+", default=["local-1", "local-2"])
    parser.add_argument("--with-pictures", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("runs/archive"))
    arguments = parser.parse_args()
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    folder = Path(os.environ["MNER_DATA"]) / "posts"
    source = write_posts(folder, out / f"{arguments.posts}.jsonl", arguments.posts)
    options = ["--no-ocr"]
    if arguments.with_pictures:
        options = ["--ocr", f"--pictures={folder / 'images'}"]
    turns: dict[str, list[Turn]] = {engine: [] for engine in arguments.engines}
    for turn in range(arguments.turns):
        for engine in arguments.engines:
            target = out / f"{engine}-{turn}-{time.time_ns()}"
            turns[engine].append(run(engine, source, target, options))
    print(f"{machine()}; {arguments.posts:,} posts, load {os.getloadavg()[0]:.1f} at the end\n")
    print("| engine | posts/s, median | all turns | posts a processor second | peak, MB |")
    print("|---|---|---|---|---|")
    for engine, figures in turns.items():
        speeds = [arguments.posts / turn.seconds for turn in figures]
        per_processor = statistics.median(arguments.posts / turn.processor for turn in figures)
        peak = max(turn.memory for turn in figures) / 1000
        all_turns = ", ".join(f"{speed:.0f}" for speed in speeds)
        print(
            f"| {engine} | {statistics.median(speeds):.0f} | {all_turns} | {per_processor:.0f} "
            f"| {peak:.0f} |"
        )


def write_posts(folder: Path, path: Path, count: int) -> Path:
    """Write real posts, repeated with new ids; every tenth names its picture."""
    lines = (folder / "posts.jsonl").read_text(encoding="utf-8").splitlines()
    posts = list(map(json.loads, lines))
    with path.open("w", encoding="utf-8") as stream:
        for number in range(count):
            # All posts come with a picture sooner or later, since 10 does not divide 501.
            given = posts[number % 501 % len(posts)]
            post = {"id": str(number), "text": given["text"]}
            if number % 10 == 0:
                post["picture"] = Path(given["image"]).stem
            stream.write(json.dumps(post, ensure_ascii=False) + "\n")
    return path


def run(engine: str, source: Path, target: Path, options: Sequence[str]) -> Turn:
    """Tag the posts once, from the start of the command to its end."""
    kind, _, workers = engine.rpartition("-")
    command = [sys.executable, "-m", "mner", "batch", str(source), str(target), *options]
    command += [f"--workers={workers}", "--part-rows=1000", f"--engine={kind}"]
    if kind in SCRIPTS:
        script = target.with_suffix(".py")
        script.write_text(SCRIPTS[kind], encoding="utf-8")
        command = [sys.executable, str(script), str(source), str(target), workers]
    settings = {
        "RAY_worker_niceness": "0",
        "RAY_USAGE_STATS_ENABLED": "0",
        "DAFT_ANALYTICS_ENABLED": "0",
    }
    started, processor = time.perf_counter(), processor_seconds()
    peak = 0
    with (
        target.with_suffix(".log").open("wb") as log,
        subprocess.Popen(
            command, env={**os.environ, **settings}, stdout=log, stderr=subprocess.STDOUT
        ) as process,
    ):
        while process.poll() is None:
            peak = max(peak, memory_of(process.pid))
            time.sleep(0.2)
    seconds = time.perf_counter() - started
    if process.returncode:
        raise SystemExit(f"{engine}: ended with {process.returncode}, see {target}.log")
    return Turn(seconds, processor_seconds() - processor, peak)


def processor_seconds() -> float:
    """Return the processor time of all processes that have been waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def memory_of(root: int) -> int:
    """Return the kilobytes that a process and its descendants hold."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(folder.name)] = int(fields[1])
    total = 0
    for process in parents:
        ancestor = process
        while ancestor not in (0, 1, root):
            ancestor = parents.get(ancestor, 0)
        if ancestor == root:
            total += _proportional(process)
    return total


def _proportional(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


if __name__ == "__main__":
    main()
