"""The cost of a table of word vectors: the first start (conversion), later starts, and memory.

usage: python -m benchmarks.vectors [--words 1200000] [--dimension 200] [--form text|binary|gz]
           [--folder FOLDER]

Every start is a process of its own. The file is made of random numbers with five digits, is as
large as GloVe's of tweets, and stays in the folder for the next time.
"""

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

import numpy as np

from benchmarks.commands import new_parser

__all__ = ["main"]

_LOOKED_UP = 1000


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--words", type=int, default=1_200_000)
    parser.add_argument("--dimension", type=int, default=200)
    parser.add_argument("--form", choices=["text", "binary", "gz"], default="text")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "mner-vectors")
    parser.add_argument("--start", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.start:
        print(json.dumps(_start(options.start, options.folder)))
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    file = options.folder / f"{options.words}x{options.dimension}.{options.form}"
    if not file.is_file():
        _write(file, options)
    with tempfile.TemporaryDirectory(dir=options.folder) as cache:
        starts = [_measure(file, Path(cache)) for _ in range(4)]
    _report(starts, options, size=file.stat().st_size)


def _start(file: Path, cache: Path) -> dict[str, float]:
    """Open the vectors, look up some words, and return the seconds and bytes that this took."""
    from mner.encoding.vector_cache import load_vectors

    before = _resident("VmRSS")
    began = time.perf_counter()
    table = load_vectors(file, cache=cache)
    opened = time.perf_counter()
    words = [f"word{number}" for number in np.linspace(0, len(table) - 1, _LOOKED_UP, dtype=int)]
    vectors = table.vectors(table.rows(words))  # (words, K)
    looked_up = time.perf_counter()
    assert vectors.any(axis=1).all()
    return {
        "opened": opened - began,
        "looked_up": looked_up - opened,
        "grown": _resident("VmHWM") - before,
        "matrix": 2 * len(table) * table.dimension,
    }


def _resident(name: str) -> int:
    """Return the resident memory in bytes on Linux: at present (VmRSS) or at most (VmHWM)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise SystemExit(f"/proc/self/status: no line {name}: this benchmark runs on Linux")


def _measure(file: Path, cache: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.vectors"]
    command += ["--start", str(file), "--folder", str(cache)]
    began = time.perf_counter()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, float] = json.loads(done.stdout)
    return {**result, "process": time.perf_counter() - began}


def _write(file: Path, options: argparse.Namespace) -> None:
    """Write a file of random vectors."""
    part = file.with_suffix(".part")
    if options.form == "gz":
        with gzip.open(part, "wb", compresslevel=1) as zipped:
            _write_vectors(zipped, options)
    else:
        with part.open("wb") as plain:
            _write_vectors(plain, options)
    part.rename(file)


def _write_vectors(out: IO[bytes] | gzip.GzipFile, options: argparse.Namespace) -> None:
    rng = np.random.default_rng(0)
    if options.form != "text":
        out.write(b"%d %d\n" % (options.words, options.dimension))
    # Numbers as text are slices of one row of a million texts, for speed.
    texts = [b"%.5g" % number for number in rng.normal(size=1_000_000) / 3]
    for word in range(options.words):
        if options.form == "binary":
            numbers = rng.normal(size=options.dimension).astype("<f4").tobytes()
        else:
            first = int(rng.integers(len(texts) - options.dimension))
            numbers = b" ".join(texts[first : first + options.dimension])
        out.write(b"word%d " % word + numbers + b"\n")


def _report(starts: list[dict[str, float]], options: argparse.Namespace, *, size: int) -> None:
    first = starts[0]
    print(
        f"{options.words} words x {options.dimension}, {options.form}, {size / 1e9:.2f} GB; "
        f"matrix in half precision {first['matrix'] / 1e6:.0f} MB"
    )
    rate = options.words / first["opened"]
    print(f"first start: {first['opened']:.1f} s ({rate:.0f} words/s), {_growth(first)}")
    for number, start in enumerate(starts[1:], start=2):
        print(
            f"start {number}: opened in {1000 * start['opened']:.1f} ms, "
            f"{_LOOKED_UP} words looked up in {1000 * start['looked_up']:.1f} ms, "
            f"whole process {start['process']:.2f} s, {_growth(start)}"
        )


def _growth(start: dict[str, float]) -> str:
    share = start["grown"] / start["matrix"]
    return f"resident memory grew by {start['grown'] / 1e6:.1f} MB, {share:.3f} of the matrix"


if __name__ == "__main__":
    main()
