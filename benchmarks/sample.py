"""The sample corpus: co-attention over pixels against its text-only twin, and what is left of it when pictures are exchanged.

usage: python benchmarks/sample.py [--seeds 3] [--jobs 2] [--out runs/sample]
"""

import argparse
import json
from pathlib import Path

from benchmarks.runs import Run, machine, mean_and_deviation, run_all
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
    results = run_all(runs, jobs=arguments.jobs)
    (arguments.out / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(machine())
    print(f"| system | dev F1 | pictures at test | test F1 | seeds 0 to {arguments.seeds - 1} (test) |\n|---|---|---|---|---|")
    for name, controls in CONTROLS.items():
        mine = [result for result in results if result["name"] == name]
        dev = mean_and_deviation([result["dev_f1"] for result in mine])
        for control in controls:
            scores = [result["test"][control]["f1"] for result in mine]
            each = ", ".join(f"{100 * value:.2f}" for value in scores)
            print(f"| {name} | {dev} | {control if name != 'text-only' else '-'} | {mean_and_deviation(scores)} | {each} |")
    print(f"lenient scoring; gold of test {results[0]['test']['given']['gold_fingerprint']}, of dev {results[0]['dev_gold']}")


if __name__ == "__main__":
    main()
