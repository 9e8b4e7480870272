"""A training step of a pretrained transformer on one core: single precision beside bfloat16.

usage: python -m benchmarks.transformer_step [--steps 8] FOLDER [FOLDER ...]

A step is forward and backward. A processor without AVX-512 takes minutes for a step in bfloat16:
ask for one step there.
"""

import statistics
import time

import torch

from benchmarks.commands import new_parser
from benchmarks.runs import machine
from mner.model.transformer import Transformer

POSTS, PIECES = 16, 36
"""The size of a batch of Twitter-2015."""


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--steps", type=int, default=8)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(machine())
    for folder in arguments.folders:
        transformer = Transformer.pretrained(folder).train()
        single = seconds(transformer, half=False, steps=arguments.steps)
        half = seconds(transformer, half=True, steps=arguments.steps)
        print(
            f"{folder.rsplit('/', 1)[-1]}: {single:.2f} s in single precision, {half:.2f} s in "
            f"bfloat16, {single / half:.1f} times as fast"
        )


def seconds(transformer: Transformer, *, half: bool, steps: int) -> float:
    """Return the median processor time of some steps."""
    generator = torch.Generator().manual_seed(0)
    pieces = torch.randint(1000, 20000, (POSTS, PIECES), generator=generator)  # (B, P)
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
