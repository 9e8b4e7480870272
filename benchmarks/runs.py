"""Trainings by the command line, two at a time with one thread each, and their evaluations; used by the benchmarks beside this file."""

import json
import platform
import statistics
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

__all__ = ["Run", "machine", "mean_and_deviation", "report", "run_all"]


@dataclass(frozen=True)
class Run:
    """One training and the evaluations that follow it."""

    name: str
    recipe: Path
    seed: int
    out: Path
    test: Path
    controls: Sequence[str] = ("given",)
    changes: Sequence[str] = ()
    evaluation: Sequence[str] = ()
    """More arguments of `mner evaluate`, such as --captions FILE."""


def run_all(runs: Sequence[Run], *, jobs: int) -> list[dict[str, Any]]:
    """Train and evaluate all runs; one that is complete already is not trained again."""
    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(_train_and_evaluate, runs))


def report(results: Sequence[dict[str, Any]], path: Path, *, pictures: str) -> None:
    """Keep the results as JSON, and print them as a table; `pictures` names what the controls exchange."""
    path.write_text(json.dumps({"machine": machine(), "results": results}, indent=1) + "\n", encoding="utf-8")
    print(machine())
    print(f"| system | dev F1 | {pictures} at test | test F1 | each seed | epoch, s |\n|---|---|---|---|---|---|")
    for name in dict.fromkeys(result["name"] for result in results):
        mine = [result for result in results if result["name"] == name]
        dev = mean_and_deviation([result["dev_f1"] for result in mine])
        seconds = max(result["epoch_seconds"] for result in mine)
        for control in mine[0]["test"]:
            scores = [result["test"][control]["f1"] for result in mine]
            shown = "-" if mine[0]["test"][control]["source"] == "none" else control
            print(f"| {name} | {dev} | {shown} | {mean_and_deviation(scores)} | {', '.join(f'{100 * score:.2f}' for score in scores)} | {seconds:.0f} |")
    first = results[0]
    seeds = ", ".join(str(seed) for seed in dict.fromkeys(result["seed"] for result in results))
    print(f"lenient scoring; gold of test {first['test']['given']['gold_fingerprint']}, of dev {first['dev_gold']}; seeds {seeds}; mean ± standard deviation")


def mean_and_deviation(values: Sequence[float]) -> str:
    """`72.31 ± 0.25` in percent: the mean and the sample's standard deviation."""
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{100 * statistics.mean(values):.2f} ± {100 * deviation:.2f}"


def machine() -> str:
    """The machine and the versions that figures depend on."""
    cpu = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "unknown processor")
    versions = ", ".join(f"{name} {version(name)}" for name in ("mner", "torch", "numpy"))
    return f"{cpu}, Python {platform.python_version()}, {versions}"


def _train_and_evaluate(run: Run) -> dict[str, Any]:
    command = ["train", str(run.recipe), "--seed", str(run.seed), "--out", str(run.out), "--resume", "--set", "training.threads=1"]
    _mner(*command, *(part for change in run.changes for part in ("--set", change)))
    history = [json.loads(line) for line in (run.out / "log.jsonl").read_text().splitlines()]
    scores = {control: json.loads(_mner("evaluate", str(run.out), str(run.test), "--json", "--control", control, *run.evaluation)) for control in run.controls}
    best = max(history, key=lambda epoch: epoch["dev"]["f1"])
    print(f"{run.name} seed {run.seed}: dev {best['dev']['f1']:.4f}, test { ({c: round(s['f1'], 4) for c, s in scores.items()}) }", file=sys.stderr)
    return {
        "name": run.name,
        "seed": run.seed,
        "best_epoch": best["epoch"],
        "dev_f1": best["dev"]["f1"],
        "dev_gold": best["dev"]["gold_fingerprint"],
        "epoch_seconds": statistics.median(epoch["train_seconds"] for epoch in history),
        "test": scores,
    }


def _mner(*arguments: str) -> str:
    return subprocess.run([sys.executable, "-m", "mner", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout
