"""A training step of a pretrained transformer on one core: single precision beside bfloat16, forward and backward.

usage: python -m benchmarks.transformer_step [--steps 8] FOLDER [FOLDER ...]
A processor without AVX-512 takes minutes for a step in bfloat16: ask for one.
"""

import argparse
import statistics
import time

import torch

from benchmarks.runs import machine
from mner.model.transformer import Transformer

POSTS, PIECES = 16, 36
"""A batch of Twitter-2015."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--steps", type=int, default=8)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(machine())
    for folder in arguments.folders:
        transformer = Transformer.pretrained(folder).train()
        single, half = (
            seconds(transformer, half=half, steps=arguments.steps) for half in (False, True)
        )
        print(
            f"{folder.rsplit('/', 1)[-1]}: {single:.2f} s in single precision, {half:.2f} s in bfloat16, {single / half:.1f} times as fast"
        )


def seconds(transformer: Transformer, *, half: bool, steps: int) -> float:
    """The median processor time of some steps."""
    pieces = torch.randint(1000, 20000, (POSTS, PIECES), generator=torch.Generator().manual_seed(0))
    first = torch.arange(POSTS * PIECES).reshape(POSTS, PIECES)
    times = []
    for _ in range(steps):
        started = time.process_time()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            vectors = transformer(pieces, torch.ones_like(pieces, dtype=torch.bool), first)
        vectors.float().pow(2).sum().backward()
        times.append(time.process_time() - started)
    return statistics.median(times)


if __name__ == "__main__":
    main()
