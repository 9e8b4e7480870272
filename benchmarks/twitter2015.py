"""Twitter-2015: the text-only twin and the caption-mediated co-attention, by seeds; with captions, with others' captions, without.

usage: python benchmarks/twitter2015.py [--seeds 3] [--jobs 2] [--out runs/twitter2015]
$MNER_DATA is the folder that holds twitter2015/, $MNER_VECTORS a GloVe text file of 100 dimensions.
"""

import argparse
import json
import os
from pathlib import Path

from benchmarks.runs import Run, machine, mean_and_deviation, run_all

RECIPES = Path(__file__).parents[1] / "recipes"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("runs/twitter2015"))
    arguments = parser.parse_args()
    data = Path(os.environ["MNER_DATA"]) / "twitter2015"
    captions = ("--captions", str(data / "captions.jsonl"))
    systems = {"text-only": (("given",), ()), "acn-captions": (("given", "shuffled", "none"), captions)}
    runs = [
        Run(name, RECIPES / f"{name}.toml", seed, arguments.out / f"{name}-seed{seed}", data / "test.txt", controls=controls, evaluation=evaluation)
        for seed in range(arguments.seeds)
        for name, (controls, evaluation) in systems.items()
    ]
    results = run_all(runs, jobs=arguments.jobs)
    (arguments.out / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(machine())
    print(f"| system | dev F1 | captions at test | test F1 | epoch, s | seeds 0 to {arguments.seeds - 1} (test) |\n|---|---|---|---|---|---|")
    for name, (controls, _) in systems.items():
        mine = [result for result in results if result["name"] == name]
        for control in controls:
            scores = [result["test"][control]["f1"] for result in mine]
            seconds = max(result["epoch_seconds"] for result in mine)
            dev = mean_and_deviation([result["dev_f1"] for result in mine])
            each = ", ".join(f"{100 * value:.2f}" for value in scores)
            print(f"| {name} | {dev} | {control if name != 'text-only' else '-'} | {mean_and_deviation(scores)} | {seconds:.0f} | {each} |")
    print(f"lenient scoring; gold of test {results[0]['test']['given']['gold_fingerprint']}, of dev {results[0]['dev_gold']}")


if __name__ == "__main__":
    main()
