"""Make docs/results.md of the files in benchmarks/results, and of the words in page.md there.

usage: python -m benchmarks.results
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.comparisons import (
    CONTROLS,
    Comparison,
    bootstrap_table,
    intervals_of,
    load_comparisons,
)
from benchmarks.runs import KEPT, machine_of
from benchmarks.wrap import command, paragraph
from mner.runs.results import Results, Summary
from mner.runs.results_file import read_results
from mner.spans.estimates import Interval

__all__ = ["PAGE", "load_results", "page"]

PAGE = Path(__file__).parents[1] / "docs" / "results.md"

CORPORA = {"d87554453fcb": "Sample corpus", "7828d2cc2108": "Twitter-2015"}
"""Names of the corpora, by the fingerprint of the posts and tags of test."""

ATTENTIONS = {
    "text-only": "none",
    "concat": "concat, as printed",
    "additive": "additive",
    "scaled-dot": "scaled-dot",
}
"""Names of the attentions, by the key of a file, CORPUS-KEY.json."""

TWINS = {
    **dict.fromkeys(("additive", "concat", "scaled-dot", "mean", "cross"), "text-only"),
    **{f"{key}-captions": key for key in ("bilstm-crf", "feature-crf", "minilm-crf")},
}
"""The system that differs only in the pictures or captions, by keys; other systems have none."""

SEEDS = (0, 1, 2)
"""Attentions are compared on these seeds, so that all rows are of the same seeds."""

WHAT = {"none": "text only", "captions": "caption-mediated", "pixels": "pixels"}

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


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)


def page(folder: Path = KEPT) -> str:
    """Return page.md of a folder with the tables that it names."""
    systems = load_results(folder)
    comparisons = load_comparisons(folder)
    intervals = {name: _interval(name, results) for name, results in systems.items()}
    tables = {
        "scores": _scores(systems, intervals),
        "attentions": _attentions(systems, comparisons),
        "pictures": _pictures(systems, comparisons),
        "twins": _twins(systems, intervals),
    }
    text = (folder / "page.md").read_text(encoding="utf-8")
    for name, lines in tables.items():
        text = text.replace(f"{{{name}}}", "\n".join(lines))
    return text


def load_results(folder: Path = KEPT) -> dict[str, Results]:
    """Read the results of a folder, by the names of their files.

    They are sorted by corpus, systems that look at text only before the others.
    """
    systems: dict[str, Results] = {}
    for path in sorted(folder.glob("*.json")):
        if path.name.startswith("compare-"):
            continue
        results = read_results(path)
        test = results.fingerprints.get("test")
        if test not in CORPORA:
            raise SystemExit(
                f"{path.stem}: test is {test}, expected one of {', '.join(CORPORA)}: "
                "name the corpus in CORPORA"
            )
        systems[path.stem] = results

    def rank(name: str) -> tuple[int, bool, str]:
        results = systems[name]
        corpus = list(CORPORA).index(results.fingerprints["test"])
        return corpus, results.source != "none", name

    return {name: systems[name] for name in sorted(systems, key=rank)}


def _by_corpus(systems: Mapping[str, Results]) -> Iterator[tuple[str, dict[str, Results]]]:
    """Give the name of each corpus that has systems, and its systems."""
    for test, title in CORPORA.items():
        of_corpus = {}
        for name, results in systems.items():
            if results.fingerprints["test"] == test:
                of_corpus[name] = results
        if of_corpus:
            yield title, of_corpus


def _table_head(columns: Sequence[str]) -> str:
    return f"{_line(columns)}\n|{'---|' * len(columns)}"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _scores(systems: Mapping[str, Results], intervals: Mapping[str, Interval]) -> Iterator[str]:
    for title, of_corpus in _by_corpus(systems):
        yield f"## {title}\n\n{_origins(of_corpus.values())}\n"
        yield _table_head(_SCORES)
        for name, results in of_corpus.items():
            yield _score_row(results, intervals[name])
        yield f"\n{_table_head(_DETAILS)}"
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


def _interval(name: str, results: Results) -> Interval:
    """Return the mean test F1 as given with its interval."""
    interval = results.interval()
    if interval is None:
        raise SystemExit(
            f"{name}: records no single posts, so its score has no interval: train it again"
        )
    return interval


def _score_row(results: Results, interval: Interval) -> str:
    memory = max((run.peak_memory or 0 for run in results.runs), default=0)
    minutes = sorted(run.seconds / 60 for run in results.runs)
    duration = f"{minutes[0]:.1f}"
    if len(minutes) > 1:
        duration += f" to {minutes[-1]:.1f}"
    return _line(
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
    return _line([results.origin.name, *map(str, rates), *errors])


def _attentions(systems: Mapping[str, Results], comparisons: Sequence[Comparison]) -> Iterator[str]:
    yield _table_head(("corpus", "attention", "dev F1", "test F1", "95% interval", "seeds"))
    for title, of_corpus in _by_corpus(systems):
        by_key = {name.partition("-")[2]: results for name, results in of_corpus.items()}
        for key, attention in ATTENTIONS.items():
            if key not in by_key:
                continue
            results = by_key[key]
            seeds = [seed for seed in results.seeds if seed in SEEDS]
            dev, test = results.dev(seeds=seeds), results.test(seeds=seeds)
            interval = results.interval(seeds=seeds)
            numbers = ", ".join(map(str, seeds))
            yield _line([title, attention, str(dev), str(test), str(interval), numbers])
    shown = []
    for comparison in comparisons:
        is_of_attentions = comparison.systems <= set(ATTENTIONS) - {"text-only"}
        if is_of_attentions and len(comparison.systems) > 1:
            shown.append(comparison)
    yield from bootstrap_table(shown, CORPORA, systems=systems, types=False)


def _pictures(systems: Mapping[str, Results], comparisons: Sequence[Comparison]) -> Iterator[str]:
    for title, of_corpus in _by_corpus(systems):
        shown = {}
        labels: set[str] = set()
        for name, results in of_corpus.items():
            if name.partition("-")[2] in {"text-only", "additive"}:
                shown[name] = results
                for run in results.runs:
                    labels.update(run.test["given"].per_type)
        columns = ("system", "looks at", "at test", "all", *sorted(labels))
        yield f"### {title}\n\n{_table_head(columns)}"
        for name, results in shown.items():
            for control in results.controls:
                intervals = intervals_of(name, results, control, comparisons)
                yield _picture_row(results, control, sorted(labels), intervals)
        gold = next(iter(of_corpus.values())).fingerprints["test"]
        about_pictures = [
            comparison
            for comparison in comparisons
            if comparison.gold_fingerprint == gold
            and comparison.systems <= {"text-only", "additive"}
        ]
        yield from bootstrap_table(about_pictures, CORPORA, systems=systems, types=True)
        yield ""


def _picture_row(
    results: Results, control: str, labels: Sequence[str], intervals: Mapping[str, Interval]
) -> str:
    summaries = {"all": results.test(control)}
    for label in labels:
        summaries[label] = results.test(control, label=label)
    cells = [results.origin.name, WHAT[results.source]]
    cells.append("-" if results.source == "none" else CONTROLS[control])
    for label, summary in summaries.items():
        cells.append(f"{summary} ({intervals[label]})" if label in intervals else str(summary))
    return _line(cells)


def _twins(systems: Mapping[str, Results], intervals: Mapping[str, Interval]) -> Iterator[str]:
    """Show systems that look at something beside their twins and beside themselves with less."""
    controls = [f"at test: {name}" for name in CONTROLS.values()]
    columns = ("corpus", "system", "looks at", "its text-only twin", *controls)
    yield _table_head((*columns, "interval of given", "seeds"))
    for title, of_corpus in _by_corpus(systems):
        for name, results in of_corpus.items():
            if results.source == "none":
                continue
            corpus, _, key = name.partition("-")
            twin = systems.get(f"{corpus}-{TWINS.get(key)}")
            cells = [title, results.origin.name, WHAT[results.source]]
            cells.append(str(twin.test()) if twin else "-")
            cells += [str(results.test(control)) for control in CONTROLS]
            yield _line([*cells, str(intervals[name]), str(len(results.seeds))])


if __name__ == "__main__":
    main()
