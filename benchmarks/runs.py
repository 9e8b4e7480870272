"""Systems with seeds, and what was measured of each; used by the benchmarks beside this file."""

import json
import re
import tomllib
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mner.evaluation.compare import compare_files
from mner.runs.results import Results, read_results, write_results
from mner.runs.seeds import Plan, train_seeds
from mner.training.environment import environment, render_environment

__all__ = [
    "KEPT",
    "PAIRS",
    "Pair",
    "System",
    "arguments_of",
    "compare_systems",
    "joined",
    "machine",
    "machine_of",
    "run_systems",
]

KEPT = Path(__file__).parent / "results"
"""Results files that docs/results.md is made of."""


@dataclass(frozen=True)
class System:
    """A row of the tables."""

    name: str
    recipe: Path
    changes: Sequence[str] = ()


@dataclass(frozen=True)
class Pair:
    """Two systems by their keys, each with what became of the pictures at test."""

    a: tuple[str, str]
    b: tuple[str, str]


_GIVEN = ("additive", "given")
PAIRS = (
    *(
        Pair(first, _GIVEN)
        for first in (("text-only", "given"), ("additive", "shuffled"), ("additive", "none"))
    ),
    *(Pair((key, "given"), _GIVEN) for key in ("concat", "scaled-dot")),
    Pair(("scaled-dot", "given"), ("concat", "given")),
)
"""What is compared on each corpus."""


def arguments_of(
    about: str | None, systems: Iterable[str], *, default: Sequence[str], out: str
) -> Namespace:
    """The options that these benchmarks share."""
    parser = ArgumentParser(description=about, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--systems", nargs="+", choices=list(systems), default=default)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument(
        "--first",
        type=int,
        default=0,
        help="the first seed; those before it are taken from the results that are kept",
    )
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path(out))
    parser.add_argument(
        "--install",
        action="store_true",
        help=f"keep the results in {KEPT.parent.name}/{KEPT.name}; `make results` makes the page of them",
    )
    arguments = parser.parse_args()
    if arguments.first >= arguments.seeds:
        parser.error(
            f"--first {arguments.first} --seeds {arguments.seeds} names no seed: seeds go from --first to one below --seeds"
        )
    return arguments


def run_systems(
    systems: Mapping[str, System], arguments: Namespace, *, corpus: str, test: Path
) -> None:
    """Train what is not trained in KEY-seedN of the output folder, score it, and write CORPUS-KEY.json."""
    for key in arguments.systems:
        system = systems[key]
        runs = {
            seed: arguments.out / f"{key}-seed{seed}"
            for seed in range(arguments.first, arguments.seeds)
        }
        name = f"{corpus}-{key}.json"
        plan = Plan(
            system.recipe,
            runs,
            changes=system.changes,
            test=test,
            name=system.name,
            out=Path("runs") / f"{corpus}-{key}",
        )
        kept = (
            read_results(KEPT / name) if arguments.first else None
        )  # before hours of training, if it is not there
        part = (
            f"{corpus}-{key}-from-seed{arguments.first}.json" if arguments.first else name
        )  # beside the file of the seeds before, which is not lost
        results = train_seeds(plan, arguments.out / part, jobs=arguments.jobs)
        if kept is not None:
            results = joined(kept, results)
        if arguments.install:
            write_results(KEPT / name, results)
        print(results.render(), flush=True)


def joined(kept: Results, more: Results) -> Results:
    """One system's results with the runs of more seeds, which were trained apart. Errors: seeds that are not 0 to N-1 then, other recipes or data."""
    for name in ("source", "scoring", "fingerprints", "parameters"):
        if getattr(kept, name) != getattr(more, name):
            raise SystemExit(
                f"{more.origin.name}: {name} is {getattr(more, name)}, of the runs that are kept {getattr(kept, name)}: train all seeds anew"
            )
    if tomllib.loads(kept.origin.recipe) != tomllib.loads(more.origin.recipe):
        raise SystemExit(
            f"{more.origin.name}: the runs that are kept are of another recipe: train all seeds anew"
        )
    if twice := set(kept.seeds) & set(more.seeds):
        raise SystemExit(
            f"{more.origin.name}: seeds {sorted(twice)} are kept already: begin after them by --first"
        )
    runs = tuple(sorted((*kept.runs, *more.runs), key=lambda run: run.seed))
    if [run.seed for run in runs] != list(range(len(runs))):
        seeds = ", ".join(str(run.seed) for run in runs)
        raise SystemExit(
            f"{more.origin.name}: together the seeds would be {seeds}, expected 0 to {len(runs) - 1}: begin after those that are kept by --first"
        )
    command = re.sub(r"--seeds \d+", f"--seeds {len(runs)}", more.origin.command)
    return replace(kept, origin=replace(kept.origin, command=command), runs=runs)


def compare_systems(arguments: Namespace, *, corpus: str, test: Path) -> None:
    """Compare two systems of which one was asked for, as `mner compare --json` does, where the predictions of all seeds are at hand."""
    for pair in PAIRS:
        if not {pair.a[0], pair.b[0]} & set(arguments.systems):
            continue
        first, second = (_predictions(arguments, test, *one) for one in (pair.a, pair.b))
        target = (
            KEPT if arguments.install else arguments.out
        ) / f"compare-{corpus}-{'-'.join(pair.a)}-{'-'.join(pair.b)}.json"
        if missing := next((path for path in (*first, *second) if not path.is_file()), None):
            print(
                f"{target}: {'left as it is' if target.exists() else 'not written'}, since there is no {missing}: train all seeds in {arguments.out}"
            )
            continue
        found = json.dumps(compare_files(test, first, second).as_dict(), indent=1)
        target.write_text(
            re.sub(rf'"{re.escape(str(arguments.out))}/', '"', found) + "\n", encoding="utf-8"
        )


def machine() -> str:
    """The machine and the versions that figures depend on."""
    return render_environment(environment())


def machine_of(results: Results) -> str:
    """The machines and the versions that results come from, as a sentence; those of the evaluation where a training did not record its own."""
    trained = dict.fromkeys(
        render_environment(run.environment) for run in results.runs if run.environment
    )
    sentences = (
        [f"Machine{'s' if len(trained) > 1 else ''}: {'; '.join(trained)}."] if trained else []
    )
    if not all(run.environment for run in results.runs):
        sentences.append(f"Machine of the evaluation: {render_environment(results.environment)}.")
    return " ".join(sentences)


def _predictions(arguments: Namespace, test: Path, key: str, control: str) -> list[Path]:
    return [
        arguments.out / f"{key}-seed{seed}" / f"{test.stem}-{control}.jsonl"
        for seed in range(arguments.seeds)
    ]
