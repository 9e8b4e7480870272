"""Systems with seeds, and their measurements; used by the benchmarks beside this file."""

import json
import re
import tomllib
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.commands import new_parser
from mner.evaluation.compare import compare_files
from mner.runs.plan import Plan
from mner.runs.results import Results
from mner.runs.results_file import read_results, write_results
from mner.runs.seeds import train_seeds
from mner.tagging.about import Environment
from mner.training.environment import environment, render_hardware

__all__ = [
    "KEPT",
    "PAIRS",
    "Pair",
    "System",
    "add_install",
    "arguments_of",
    "compare_systems",
    "joined",
    "machine",
    "machine_of",
    "run_systems",
]

KEPT = Path(__file__).parent / "results"
"""The results files of which docs/results.md is made."""


@dataclass(frozen=True)
class System:
    """A row of the tables."""

    name: str
    recipe: Path
    changes: Sequence[str] = ()


@dataclass(frozen=True)
class Pair:
    """Two systems by their keys, each with the control of the pictures at test."""

    a: tuple[str, str]
    b: tuple[str, str]


PAIRS = (
    Pair(("text-only", "given"), ("additive", "given")),
    Pair(("additive", "shuffled"), ("additive", "given")),
    Pair(("additive", "none"), ("additive", "given")),
    Pair(("concat", "given"), ("additive", "given")),
    Pair(("scaled-dot", "given"), ("additive", "given")),
    Pair(("scaled-dot", "given"), ("concat", "given")),
)
"""The pairs that are compared where a corpus names no others."""


def arguments_of(
    about: str | None, systems: Iterable[str], *, default: Sequence[str], out: str
) -> Namespace:
    """Return the values of the options that these benchmarks share."""
    parser = new_parser(about)
    parser.add_argument("--systems", nargs="+", choices=list(systems), default=default)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument(
        "--first",
        type=int,
        default=0,
        help="the first seed; the runs of lower seeds are taken from the results that are kept",
    )
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path(out))
    add_install(parser)
    arguments = parser.parse_args()
    if arguments.first >= arguments.seeds:
        parser.error(
            f"--first {arguments.first} --seeds {arguments.seeds} names no seed: "
            "seeds go from --first to one below --seeds"
        )
    return arguments


def add_install(parser: ArgumentParser) -> None:
    """Add the option `--install`."""
    parser.add_argument(
        "--install",
        action="store_true",
        help=f"keep the results in {KEPT.parent.name}/{KEPT.name}, "
        "of which `make results` makes the page",
    )


def run_systems(
    systems: Mapping[str, System], arguments: Namespace, *, corpus: str, test: Path
) -> None:
    """Train the systems that were asked for, score them, and write CORPUS-KEY.json of each.

    Runs stand in the folders KEY-seedN of the output folder; finished runs are not trained again.
    """
    for key in arguments.systems:
        name = f"{corpus}-{key}"
        kept, file = None, arguments.out / f"{name}.json"
        if arguments.first:
            # Fails here, before hours of training, if there are no results of lower seeds.
            kept = read_results(KEPT / f"{name}.json")
            file = arguments.out / f"{name}-from-seed{arguments.first}.json"
        system = systems[key]
        plan = Plan(
            system.recipe,
            {
                seed: arguments.out / f"{key}-seed{seed}"
                for seed in range(arguments.first, arguments.seeds)
            },
            changes=system.changes,
            test=test,
            name=system.name,
            out=Path("runs") / name,
        )
        results = train_seeds(plan, file, jobs=arguments.jobs)
        if kept is not None:
            results = joined(kept, results)
        if arguments.install:
            write_results(KEPT / f"{name}.json", results)
        print(results.render(), flush=True)


def joined(kept: Results, more: Results) -> Results:
    """Return the results of a system with the runs of more seeds, which were trained apart.

    Raises:
        SystemExit: the seeds together are not 0 to N-1, or recipes or data differ.
    """
    system = more.origin.name
    for name in ("source", "scoring", "fingerprints", "parameters"):
        if getattr(kept, name) != getattr(more, name):
            raise SystemExit(
                f"{system}: {name} is {getattr(more, name)}, of the runs that are kept "
                f"{getattr(kept, name)}: train all seeds again"
            )
    if tomllib.loads(kept.origin.recipe) != tomllib.loads(more.origin.recipe):
        raise SystemExit(
            f"{system}: the runs that are kept are of another recipe: train all seeds again"
        )
    twice = set(kept.seeds) & set(more.seeds)
    if twice:
        raise SystemExit(
            f"{system}: seeds {sorted(twice)} are kept already: begin after them by --first"
        )
    runs = tuple(sorted((*kept.runs, *more.runs), key=lambda run: run.seed))
    if [run.seed for run in runs] != list(range(len(runs))):
        seeds = ", ".join(str(run.seed) for run in runs)
        raise SystemExit(
            f"{system}: together the seeds would be {seeds}, expected 0 to {len(runs) - 1}: "
            "begin after those that are kept by --first"
        )
    command = re.sub(r"--seeds \d+", f"--seeds {len(runs)}", more.origin.command)
    return replace(kept, origin=replace(kept.origin, command=command), runs=runs)


def compare_systems(
    arguments: Namespace, *, corpus: str, test: Path, pairs: Sequence[Pair] = PAIRS
) -> None:
    """Compare the pairs of systems of which at least one was asked for.

    The comparison is that of `mner compare --json`, over the predictions of all seeds. A pair
    without the predictions of all seeds is left out.
    """
    folder = KEPT if arguments.install else arguments.out
    for pair in pairs:
        if not {pair.a[0], pair.b[0]} & set(arguments.systems):
            continue
        first = _predictions(arguments, test, *pair.a)
        second = _predictions(arguments, test, *pair.b)
        target = folder / f"compare-{corpus}-{'-'.join(pair.a)}-{'-'.join(pair.b)}.json"
        missing = [path for path in (*first, *second) if not path.is_file()]
        if missing:
            state = "left as it is" if target.exists() else "not written"
            print(
                f"{target}: {state}, since there is no {missing[0]}: "
                f"train all seeds in {arguments.out}"
            )
            continue
        text = json.dumps(compare_files(test, first, second).as_dict(), indent=1)
        text = text.replace(f'"{arguments.out}/', '"')  # files of predictions by KEY-seedN
        target.write_text(text + "\n", encoding="utf-8")


def machine() -> str:
    """Return the machine and the versions that figures depend on."""
    return _render_environment(environment())


def machine_of(results: Results) -> str:
    """Return the machines and the versions that results come from, as a sentence.

    A training that did not record its machine is represented by the machine of the evaluation.
    """
    recorded = [run.environment for run in results.runs if run.environment]
    machines = list(dict.fromkeys(map(_render_environment, recorded)))
    sentences = []
    if machines:
        sentences.append(f"Machine{'s' if len(machines) > 1 else ''}: {'; '.join(machines)}.")
    if len(recorded) < len(results.runs):
        sentences.append(f"Machine of the evaluation: {_render_environment(results.environment)}.")
    return " ".join(sentences)


def _predictions(arguments: Namespace, test: Path, key: str, control: str) -> list[Path]:
    return [
        arguments.out / f"{key}-seed{seed}" / f"{test.stem}-{control}.jsonl"
        for seed in range(arguments.seeds)
    ]


def _render_environment(environment: Environment) -> str:
    """Describe the machine and the versions in one line."""
    parts = [render_hardware(environment.hardware)]
    for name, number in environment.versions.items():
        title = "Python" if name == "python" else name
        parts.append(f"{title} {number}")
    return ", ".join(parts)
