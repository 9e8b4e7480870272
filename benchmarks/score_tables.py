"""The tables of each corpus: what every system scores, and how it was trained."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from benchmarks.kept_results import WHAT, by_corpus
from benchmarks.markdown import command, paragraph, table_head, table_line
from benchmarks.runs import machine_of
from mner.runs.results import Results, Summary
from mner.spans.estimates import Interval

__all__ = ["score_tables"]

_SCORES = (
    "system",
    "recipe",
    "looks at",
    "dev F1",
    "test F1",
    "95% interval",
    "test F1 of each seed",
    "a seed's training, min",
    "trained numbers",
    "memory",
)
_DETAILS = (
    "system, on test",
    "precision",
    "recall",
    "F1, mentions seen in training",
    "F1, others",
    "calibration error",
    "the same before calibration on dev",
)
"""Columns of the tables."""


def score_tables(
    systems: Mapping[str, Results], intervals: Mapping[str, Interval]
) -> Iterator[str]:
    """Give the lines of the tables of each corpus: scores, details, and the commands."""
    for title, of_corpus in by_corpus(systems):
        yield f"## {title}\n\n{_origins(of_corpus.values())}\n"
        yield table_head(_SCORES)
        for name, results in of_corpus.items():
            yield _score_row(results, intervals[name])
        yield f"\n{table_head(_DETAILS)}"
        for results in of_corpus.values():
            yield _detail_row(results)
        yield "\n```sh"
        for results in of_corpus.values():
            yield command(results.origin.command)
        yield "```\n"


def _origins(systems: Iterable[Results]) -> str:
    """Say which data, machines and states of the repository the systems of a corpus come from."""
    systems = list(systems)
    modes = " and ".join(sorted({results.scoring for results in systems}))
    gold = []
    for split in ("test", "dev", "train"):
        fingerprints = sorted({results.fingerprints[split] for results in systems})
        gold.append(f"of {split} {', '.join(fingerprints)}")
    about = f"{modes.capitalize()} scoring; gold {', '.join(gold)}."
    for overlap in {str(results.overlap): None for results in systems if results.overlap}:
        about += f" Of test, {overlap}."

    machines: dict[str, list[str]] = {}
    for results in systems:
        machines.setdefault(machine_of(results), []).append(results.origin.name)
    changed = [results.origin.name for results in systems if _was_changed(results)]
    remarks = []
    if changed:
        remarks.append(
            "The repository held changes that were not committed when these were trained or "
            f"scored: {'; '.join(changed)}."
        )

    if len(machines) == 1:
        (machine,) = machines
        return "\n\n".join(map(paragraph, [f"{about} {machine}", *remarks]))
    items = [f"{machine} Of: {'; '.join(names)}." for machine, names in sorted(machines.items())]
    bullets = [paragraph(f"* {item}", indent="  ") for item in [*items, *remarks]]
    return "\n".join([f"{paragraph(about)}\n", *bullets])


def _was_changed(results: Results) -> bool:
    environments = [results.environment]
    environments += [run.environment for run in results.runs if run.environment]
    return any(environment.git.dirty for environment in environments if environment.git)


def _score_row(results: Results, interval: Interval) -> str:
    memory = max((run.peak_memory or 0 for run in results.runs), default=0)
    minutes = sorted(run.seconds / 60 for run in results.runs)
    duration = f"{minutes[0]:.1f}"
    if len(minutes) > 1:
        duration += f" to {minutes[-1]:.1f}"
    return table_line(
        [
            results.origin.name,
            _recipe_link(results.origin.command),
            WHAT[results.source],
            str(results.dev()),
            f"**{results.test()}**",
            str(interval),
            ", ".join(f"{100 * value:.2f}" for value in results.test().values),
            duration,
            f"{results.parameters:,}",
            f"{memory / 1e6:,.0f} MB" if memory else "not recorded",
        ]
    )


def _recipe_link(command: str) -> str:
    """Return a link to the recipe of a command if it is in the repository.

    A recipe from elsewhere is named; a system without a recipe has a dash.
    """
    if not command.startswith("mner train "):
        return "-"
    recipe = command.split()[2]
    is_packaged = "." not in recipe
    return f"[{recipe}](../src/mner/recipes/{recipe}.toml)" if is_packaged else Path(recipe).name


def _detail_row(results: Results) -> str:
    tests = [run.test["given"] for run in results.runs]
    rates = [
        Summary(tuple(test.precision for test in tests)),
        Summary(tuple(test.recall for test in tests)),
        Summary(tuple(test.seen.f1 for test in tests if test.seen)),
        Summary(tuple(test.unseen.f1 for test in tests if test.unseen)),
    ]
    calibrations = [test.calibration for test in tests if test.calibration]
    errors = ["-", "-"]
    if calibrations:
        after = Summary(tuple(calibration.error for calibration in calibrations))
        before = Summary(tuple(calibration.error_before for calibration in calibrations))
        errors = [str(after), str(before)]
    return table_line([results.origin.name, *map(str, rates), *errors])
