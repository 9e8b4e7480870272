"""Kill `mner batch` and its workers at random, run it again until it ends, and compare the bytes.

usage: python -m benchmarks.archive_kills [--posts 20000] [--kills 20] [--workers 2]
           [--with-pictures] [--every 5] [--seed 0] [--out runs/archive-kills]

$MNER_DATA is the folder that holds posts/, whose posts are repeated with new ids. The archive is
tagged once undisturbed. Then, at random moments, `kill -9` hits one of the workers, or one time in
four the command itself with all of its workers, which is then started again. In the end the folder
has to hold the same files with the same bytes, and each post once. With --with-pictures every tenth
post has its picture; the words in it are read by as many workers of their own. Exits with 1 if
anything differs.
"""

import os
import random
import signal
import subprocess
import sys
import time
from argparse import Namespace
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.archive import processor_seconds, write_posts
from benchmarks.commands import new_parser
from benchmarks.runs import machine


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--part-rows", type=int, default=500)
    parser.add_argument("--with-pictures", action="store_true")
    parser.add_argument("--every", type=float, default=5, help="mean seconds between two kills")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("runs/archive-kills"))
    arguments = parser.parse_args()
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    folder = Path(os.environ["MNER_DATA"]) / "posts"
    source = write_posts(folder, out / f"{arguments.posts}.jsonl", arguments.posts)
    options = [f"--workers={arguments.workers}", f"--part-rows={arguments.part_rows}", "--no-ocr"]
    if arguments.with_pictures:
        options[-1:] = ["--ocr", f"--pictures={folder / 'images'}"]
        options.append(f"--workers=lettering={arguments.workers}")
    command = [sys.executable, "-m", "mner", "batch", str(source)]
    calm, killed = out / f"calm-{time.time_ns()}", out / f"killed-{time.time_ns()}"

    before = processor_seconds()
    subprocess.run([*command, str(calm), *options], check=True)
    of_calm = processor_seconds() - before
    kills, starts = disturbed([*command, str(killed), *options], arguments)
    of_killed = processor_seconds() - before - of_calm

    expected, found = contents(calm), contents(killed)
    names = sorted(expected.keys() | found.keys())
    if differing := [name for name in names if expected.get(name) != found.get(name)]:
        sys.exit(f"not as undisturbed after {kills}: {differing}")
    ids = Counter(pq.read_table(killed, columns=["id"])["id"].to_pylist())
    if ids != Counter(map(str, range(arguments.posts))):
        sys.exit("a post is missing, or is there twice")
    print(f"{machine()}; load {os.getloadavg()[0]:.1f} at the end, seed {arguments.seed}")
    print(
        f"{arguments.posts:,} posts, {len(list(calm.glob('part-*')))} parts: {kills['worker']} "
        f"workers and {kills['command']} commands killed, {starts} starts; {len(names)} files with "
        f"the same bytes, each post once; {of_killed:.0f} s of the processor, {of_calm:.0f} s "
        "undisturbed"
    )


def disturbed(command: list[str], arguments: Namespace) -> tuple[Counter[str], int]:
    """Kill until there were enough kills, and let it end; return the kills and the starts."""
    moments = random.Random(arguments.seed)
    wanted, every = arguments.kills, arguments.every
    kills: Counter[str] = Counter()
    starts = 0
    while True:
        starts += 1
        with subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE) as process:
            while process.poll() is None and kills.total() < wanted:
                try:
                    process.wait(moments.uniform(0, 2 * every))
                except subprocess.TimeoutExpired:
                    kills[kill(process.pid, moments)] += 1
            _, errors = process.communicate()
        if process.returncode == 0:
            return kills, starts
        if process.returncode != -signal.SIGKILL:
            sys.exit(f"ended with {process.returncode} after {kills}: {errors.decode()[-500:]}")


def kill(process: int, moments: random.Random) -> str:
    """Kill a worker of a command or, one time in four, all of it; say which."""
    workers = [child for child in children_of(process) if is_worker(child)]
    if not workers or not moments.randrange(4):
        os.killpg(process, signal.SIGKILL)
        return "command"
    try:
        os.kill(moments.choice(workers), signal.SIGKILL)
    except ProcessLookupError:
        return "gone"
    return "worker"


def children_of(process: int) -> list[int]:
    try:
        listed = Path(f"/proc/{process}/task/{process}/children").read_text()
    except OSError:
        return []
    return list(map(int, listed.split()))


def is_worker(process: int) -> bool:
    try:
        return b"spawn_main" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder, without those by which processes lock it."""
    files = [path for path in folder.iterdir() if not path.name.endswith(".lock")]
    return {path.name: path.read_bytes() for path in files}


if __name__ == "__main__":
    main()
