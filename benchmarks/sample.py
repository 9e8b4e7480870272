"""The sample corpus: co-attention over pixels against its text-only twin, and what is left of it when pictures are exchanged.

usage: python -m benchmarks.sample [--seeds 3] [--jobs 2] [--out runs/sample]
"""

import argparse
from pathlib import Path

from benchmarks.runs import Run, report, run_all
from mner.config import to_toml
from mner.workflows.demo import prepare_sample, sample_recipes

CONTROLS = {"text-only": ("given",), "co-attention": ("given", "shuffled", "none")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("runs/sample"))
    arguments = parser.parse_args()
    corpus, store = prepare_sample(arguments.out)
    runs = []
    for name, recipe in sample_recipes(corpus, store).items():
        path = arguments.out / f"{name}.toml"
        path.write_text(to_toml(recipe), encoding="utf-8")
        folders = {seed: arguments.out / f"{name}-seed{seed}" for seed in range(arguments.seeds)}
        features = ("--features", str(store))
        runs += [Run(name, path, seed, out, corpus / "test.txt", controls=CONTROLS[name], evaluation=features) for seed, out in folders.items()]
    report(run_all(runs, jobs=arguments.jobs), arguments.out / "results.json", pictures="pictures")


if __name__ == "__main__":
    main()
