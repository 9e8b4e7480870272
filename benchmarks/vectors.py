"""What a table of word vectors costs: the first start (conversion), the second one, and the memory of each, every start in a process of its own.

python benchmarks/vectors.py [--words 1200000] [--dimension 200] [--form text|binary|gz] [--folder FOLDER]

The file is made of random numbers with five digits, as large as GloVe's of tweets, and stays in the folder for the next time.
"""

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import BinaryIO

import numpy as np

__all__ = ["main"]

_BLOCK = 2000
_LOOKED_UP = 1000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
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
    """Seconds and bytes of opening the vectors and looking up some words."""
    from mner.encoding.vector_cache import load_vectors

    before = _resident("VmRSS")
    began = time.perf_counter()
    table = load_vectors(file, cache=cache)
    opened = time.perf_counter()
    words = [f"word{number}" for number in np.linspace(0, len(table) - 1, _LOOKED_UP, dtype=int)]
    found = table.vectors(table.rows(words))
    looked_up = time.perf_counter()
    assert found.any(axis=1).all()
    return {
        "opened": opened - began,
        "looked_up": looked_up - opened,
        "grown": _resident("VmHWM") - before,
        "matrix": 2 * len(table) * table.dimension,
    }


def _resident(name: str) -> int:
    """What is resident now (VmRSS) or was at most (VmHWM), in bytes (Linux)."""
    line = next(
        line
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith(name + ":")
    )
    return int(line.split()[1]) * 1024


def _measure(file: Path, cache: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--start", str(file), "--folder", str(cache)]
    began = time.perf_counter()
    result: dict[str, float] = json.loads(
        subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    )
    return {**result, "process": time.perf_counter() - began}


def _write(file: Path, options: argparse.Namespace) -> None:
    """A file of random vectors; the numbers are drawn from one row of a million texts, for speed."""
    rng = np.random.default_rng(0)
    part = file.with_suffix(".part")
    with gzip.open(part, "wb", compresslevel=1) if options.form == "gz" else part.open("wb") as out:
        _write_vectors(out, rng, options)  # type: ignore[arg-type]
    part.rename(file)


def _write_vectors(out: BinaryIO, rng: np.random.Generator, options: argparse.Namespace) -> None:
    if options.form != "text":
        out.write(b"%d %d\n" % (options.words, options.dimension))
    texts = [b"%.5g" % number for number in rng.normal(size=1_000_000) / 3]
    for start in range(0, options.words, _BLOCK):
        for word in range(start, min(start + _BLOCK, options.words)):
            if options.form == "binary":
                out.write(
                    b"word%d " % word
                    + rng.normal(size=options.dimension).astype("<f4").tobytes()
                    + b"\n"
                )
            else:
                first = int(rng.integers(len(texts) - options.dimension))
                out.write(
                    b"word%d " % word + b" ".join(texts[first : first + options.dimension]) + b"\n"
                )


def _report(starts: list[dict[str, float]], options: argparse.Namespace, *, size: int) -> None:
    first, matrix = starts[0], starts[0]["matrix"]
    print(
        f"{options.words} words x {options.dimension}, {options.form}, {size / 1e9:.2f} GB; matrix in half precision {matrix / 1e6:.0f} MB"
    )
    print(
        f"first start: {first['opened']:.1f} s ({options.words / first['opened']:.0f} words/s), {_growth(first)}"
    )
    for number, start in enumerate(starts[1:], start=2):
        print(
            f"start {number}: opened in {1000 * start['opened']:.1f} ms, {_LOOKED_UP} words looked up in {1000 * start['looked_up']:.1f} ms, "
            f"whole process {start['process']:.2f} s, {_growth(start)}"
        )


def _growth(start: dict[str, float]) -> str:
    return f"resident memory grew by {start['grown'] / 1e6:.1f} MB, {start['grown'] / start['matrix']:.3f} of the matrix"


if __name__ == "__main__":
    main()
