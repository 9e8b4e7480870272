"""Twitter-2015: the text-only twin and caption-mediated co-attention in its three forms, by seeds; with captions, with others' captions, without.

usage: python -m benchmarks.twitter2015 [--systems text-only additive] [--seeds 3] [--jobs 2] [--out runs/twitter2015]
$MNER_DATA is the folder that holds twitter2015/, $MNER_VECTORS a GloVe text file of 100 dimensions.
"""

import argparse
import os
from pathlib import Path

from benchmarks.runs import Run, report, run_all

RECIPES = Path(__file__).parents[1] / "recipes"
SYSTEMS = ("text-only", "additive", "concat", "scaled-dot")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=SYSTEMS[:2])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("runs/twitter2015"))
    arguments = parser.parse_args()
    data = Path(os.environ["MNER_DATA"]) / "twitter2015"
    runs = [
        Run(
            name,
            RECIPES / ("text-only.toml" if name == "text-only" else "acn-captions.toml"),
            seed,
            arguments.out / f"{name}-seed{seed}",
            data / "test.txt",
            controls=("given",) if name == "text-only" else ("given", "shuffled", "none"),
            changes=() if name == "text-only" else (f"fusion.attention={name}",),
            evaluation=() if name == "text-only" else ("--captions", str(data / "captions.jsonl")),
        )
        for name in arguments.systems
        for seed in range(arguments.seeds)
    ]
    report(run_all(runs, jobs=arguments.jobs), arguments.out / "results.json", pictures="captions")


if __name__ == "__main__":
    main()
