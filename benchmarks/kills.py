"""Kill commands of `mner` at random, and run them again.

They are `tag` with JSONL and with a table, `features extract`, `train`, `data convert` into a table
and `data fetch`.

Each job runs once undisturbed. Then it is killed (SIGKILL) at random moments and started again, as
often as asked for, until it ends; its files have to be those of the undisturbed run, to the byte.
Exits with 1 if they are not. Nothing outside of a temporary folder is written, and nothing is
fetched but from a server on the loopback address.

    python -m benchmarks.kills --kills 59
"""

import csv
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path

from benchmarks.commands import new_parser
from mner.corpora.sample import write_sample

MNER = [sys.executable, "-m", "mner"]
CONTENT = random.Random(0).randbytes(40_000_000)
FETCH = """
import hashlib, sys
from pathlib import Path
from mner.corpora.fetch import bring
from mner.corpora.resources import Resource
size, digest = int(sys.argv[3]), sys.argv[4]
bring(
    Resource("r", sys.argv[1], "file", "", largest=size, size=size, digest=digest),
    folder=Path(sys.argv[2]),
)
"""


MOST_OF_A_JOB = 6
"""Kills after which a job is left to end."""


@dataclass(frozen=True)
class Job:
    """A command that writes into a folder, and how it is run again after a kill."""

    name: str
    command: list[str]
    """OUT stands for the folder."""
    again: tuple[str, ...] = ()
    """Options to add where a run was killed."""
    compared: str = "."
    """The part of the folder that has to be the same."""


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--kills", type=int, default=59, help="kills of all jobs together")
    parser.add_argument("--seed", type=int, default=0, help="seed of the moments")
    arguments = parser.parse_args()
    moments = random.Random(arguments.seed)
    os.environ |= {"OMP_NUM_THREADS": "1", "no_proxy": "*"}
    with tempfile.TemporaryDirectory() as name, serving() as address:
        folder = Path(name)
        jobs = make_jobs(folder, address)
        whole = {job.name: undisturbed(job, folder) for job in jobs}
        kills = dict.fromkeys(whole, 0)
        rounds = 0
        for job in cycle(jobs):
            if sum(kills.values()) >= arguments.kills:
                break
            left = min(arguments.kills - sum(kills.values()), MOST_OF_A_JOB)
            expected, seconds = whole[job.name]
            count, found = disturbed(job, folder, seconds=seconds, most=left, moments=moments)
            kills[job.name] += count
            rounds += 1
            if found != expected:
                names = sorted(found.keys() | expected.keys())
                differing = [name for name in names if found.get(name) != expected.get(name)]
                sys.exit(f"{job.name}: not as undisturbed after {count} kills: {differing}")
    print(f"{sum(kills.values())} kills {kills}; {rounds} jobs ended, all as undisturbed")


def make_jobs(folder: Path, address: str) -> list[Job]:
    corpus = folder / "corpus"
    write_sample(corpus, sizes={"train": 160, "valid": 40, "test": 40})
    posts = folder / "posts.jsonl"
    lines = [json.dumps({"id": str(n), "text": f"saw Ann in Rome, day {n}"}) for n in range(20_000)]
    posts.write_text("\n".join(lines) + "\n")
    table = folder / "posts.csv"
    with table.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["id", "text", "likes"])
        rows.writerows([n, f'saw "Ann" in Rome,\nday {n}', n % 7] for n in range(20_000))
    values = {
        "data.train": corpus / "train.txt",
        "data.dev": corpus / "valid.txt",
        "text.vectors": "",
        "text.hidden": 64,
        "training.epochs": 12,
        "training.patience": 12,
    }
    changes = [word for key, value in values.items() for word in ("--set", f"{key}={value}")]
    extract = ["features", "extract", str(corpus / "train.txt"), "--pictures", f"{corpus}/images"]
    digest = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
    fetch = [sys.executable, "-c", FETCH, address, "OUT", str(len(CONTENT)), digest]
    tag = ["tag", "--input", str(posts), "--output", "OUT/tagged.jsonl"]
    tag_table = ["tag", "--input", str(table), "--keep", "--output", "OUT/tagged.csv"]
    convert = ["data", "convert", str(posts), "OUT/posts.parquet"]
    return [
        Job("tag", [*MNER, *tag], ("--resume",)),
        Job("table", [*MNER, *tag_table], ("--resume",)),
        Job("convert", [*MNER, *convert]),
        Job("features", [*MNER, *extract, "--out", "OUT/store"]),
        Job(
            "train",
            [*MNER, "train", "text-only", *changes, "--out", "OUT/run"],
            ("--resume",),
            "run/model",
        ),
        Job("fetch", fetch),
    ]


def undisturbed(job: Job, folder: Path) -> tuple[dict[str, bytes], float]:
    started = time.perf_counter()
    out = folder / "whole" / job.name
    out.mkdir(parents=True)
    with start(job, out) as process:
        process.wait()
    if process.returncode:
        sys.exit(f"{job.name}: exit code {process.returncode}")
    return contents(out / job.compared), time.perf_counter() - started


def disturbed(
    job: Job, folder: Path, *, seconds: float, most: int, moments: random.Random
) -> tuple[int, dict[str, bytes]]:
    """Kill a job at most so many times, and let it end; return the kills and its files."""
    out = folder / "killed" / job.name
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    count = 0
    while True:
        with start(job, out, *(job.again if count else ())) as process:
            try:
                process.wait(moments.uniform(0, seconds) if count < most else None)
            except subprocess.TimeoutExpired:
                process.kill()
        if process.returncode == 0:
            return count, contents(out / job.compared)
        if process.returncode != -9:
            sys.exit(f"{job.name}: exit code {process.returncode} after {count} kills")
        count += 1


def start(job: Job, out: Path, *more: str) -> "subprocess.Popen[bytes]":
    command = [word.replace("OUT", str(out)) for word in job.command]
    return subprocess.Popen([*command, *more], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder, without the empty ones by which processes lock it."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in files
        if not path.name.endswith(".lock")
    }


class Slow(BaseHTTPRequestHandler):
    """Serves the content from where it is asked for, a megabyte at a time."""

    def do_GET(self) -> None:
        first = int(self.headers.get("Range", "bytes=0-")[6:-1])
        self.send_response(206 if first else 200)
        self.send_header("ETag", '"content"')
        self.send_header("Content-Length", str(len(CONTENT) - first))
        if first:
            end = f"{len(CONTENT) - 1}/{len(CONTENT)}"
            self.send_header("Content-Range", f"bytes {first}-{end}")
        self.end_headers()
        try:
            for start in range(first, len(CONTENT), 1 << 20):
                self.wfile.write(CONTENT[start : start + (1 << 20)])
                time.sleep(0.03)
        except OSError:
            pass  # the client was killed

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/file"
        server.shutdown()


if __name__ == "__main__":
    main()
