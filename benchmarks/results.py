"""docs/results.md from the files of benchmarks/results: a table a corpus, and what the words of page.md are about.

usage: python -m benchmarks.results
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.runs import KEPT, machine_of
from mner.runs.results import Results, Summary, read_results
from mner.spans.estimates import Interval

__all__ = ["PAGE", "intervals_of", "load_comparisons", "load_results", "page"]

PAGE = Path(__file__).parents[1] / "docs" / "results.md"
CORPORA = {"d87554453fcb": "Sample corpus", "7828d2cc2108": "Twitter-2015"}
"""By the fingerprint of the test file's posts and tags."""
ATTENTIONS = {
    "text-only": "none",
    "concat": "concat, as printed",
    "additive": "additive",
    "scaled-dot": "scaled-dot",
}
"""By the key of a file, CORPUS-KEY.json."""
TWINS = {
    **dict.fromkeys(("additive", "concat", "scaled-dot", "mean", "cross"), "text-only"),
    **{f"{key}-captions": key for key in ("bilstm-crf", "feature-crf", "minilm-crf")},
}
"""The system that is the same but for the pictures or captions, by keys; the others have none."""
SEEDS = (0, 1, 2)
"""What attentions are compared on, so that all rows are of the same seeds."""
WHAT = {"none": "text only", "captions": "caption-mediated", "pixels": "pixels"}
CONTROLS = {"given": "given", "shuffled": "those of other posts", "none": "none"}


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)


def page(folder: Path = KEPT) -> str:
    """The page: page.md, with tables where it names them."""
    systems = load_results(folder)
    comparisons = load_comparisons(folder)
    intervals = {name: _interval(name, one) for name, one in systems.items()}
    parts = {
        "scores": _scores(systems, intervals),
        "attentions": _attentions(systems, comparisons),
        "pictures": _pictures(systems, comparisons),
        "twins": _twins(systems, intervals),
    }
    text = (folder / "page.md").read_text(encoding="utf-8")
    for name, lines in parts.items():
        text = text.replace(f"{{{name}}}", "\n".join(lines))
    return text


def load_comparisons(folder: Path = KEPT) -> list[Mapping[str, Any]]:
    """What `mner compare --json` said of pairs of systems."""
    return [
        json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("compare-*.json"))
    ]


def load_results(folder: Path = KEPT) -> dict[str, Results]:
    """The systems by the names of their files, those of one corpus together."""
    paths = [path for path in sorted(folder.glob("*.json")) if not path.name.startswith("compare-")]
    systems = {path.stem: read_results(path) for path in paths}
    for name, one in systems.items():
        if one.fingerprints.get("test") not in CORPORA:
            raise SystemExit(
                f"{name}: test is {one.fingerprints.get('test')}, expected one of {', '.join(CORPORA)}: name the corpus in CORPORA"
            )
    return dict(
        sorted(
            systems.items(),
            key=lambda item: (
                list(CORPORA).index(item[1].fingerprints["test"]),
                item[1].source != "none",
                item[0],
            ),
        )
    )


def _by_corpus(systems: Mapping[str, Results]) -> Iterator[tuple[str, dict[str, Results]]]:
    for gold, title in CORPORA.items():
        if mine := {name: one for name, one in systems.items() if one.fingerprints["test"] == gold}:
            yield title, mine


def _scores(systems: Mapping[str, Results], intervals: Mapping[str, Interval]) -> Iterator[str]:
    for title, mine in _by_corpus(systems):
        yield f"## {title}\n\n{_head(mine.values())}\n"
        yield "| system | recipe | looks at | dev F1 | test F1 | 95% interval | test F1 of each seed | a seed's training, min | trained numbers | memory |"
        yield "|---|---|---|---|---|---|---|---|---|---|"
        yield from (_row(one, intervals[name]) for name, one in mine.items())
        yield "\n| system, on test | precision | recall | F1, mentions seen in training | F1, others | calibration error | the same before calibration on dev |"
        yield "|---|---|---|---|---|---|---|"
        yield from (_details(one) for one in mine.values())
        yield "\n".join(["\n```sh", *(one.origin.command for one in mine.values()), "```\n"])


def _head(systems: Iterable[Results]) -> str:
    found = list(systems)
    modes = " and ".join(sorted({one.scoring for one in found}))
    gold = {
        split: ", ".join(sorted({one.fingerprints[split] for one in found}))
        for split in ("train", "dev", "test")
    }
    machines: dict[str, list[str]] = {}
    for one in found:
        machines.setdefault(machine_of(one), []).append(one.origin.name)
    about = f"{modes.capitalize()} scoring; gold of test {gold['test']}, of dev {gold['dev']}, of train {gold['train']}."
    changed = [one.origin.name for one in found if _was_changed(one)]
    told = (
        [
            f"The repository held changes that were not committed when these were trained or scored: {'; '.join(changed)}."
        ]
        if changed
        else []
    )
    if len(machines) == 1:
        return "\n\n".join([f"{about} {next(iter(machines))}", *told])
    listed = [f"* {machine} Of: {'; '.join(names)}." for machine, names in sorted(machines.items())]
    return "\n".join([f"{about}\n", *listed, *(f"* {line}" for line in told)])


def _was_changed(one: Results) -> bool:
    facts = [one.environment, *(run.environment for run in one.runs if run.environment)]
    return any(environment.git.dirty for environment in facts if environment.git)


def _interval(name: str, one: Results) -> Interval:
    """Of the mean test F1 as given."""
    if (found := one.interval()) is None:
        raise SystemExit(
            f"{name}: records no single posts, so its score has no interval: train it anew"
        )
    return found


def intervals_of(
    name: str, one: Results, control: str, comparisons: Sequence[Mapping[str, Any]]
) -> dict[str, Interval]:
    """Of the mean test F1 of all entities and of each label, from where a system was compared with another one; empty where it was not."""
    key = (name.partition("-")[2], control)
    for comparison in comparisons:
        for side, system in zip("ab", _systems_of(comparison), strict=False):
            same = comparison["gold_fingerprint"] == one.fingerprints["test"] and len(
                comparison["predictions"][side]
            ) == len(one.runs)
            if system == key and same:
                parts = {
                    part["name"]: part
                    for part in comparison["slices"]
                    if part["group"] == "type" and side in part
                }
                return {
                    label: Interval(**part[side]["f1"])
                    for label, part in {"all": comparison, **parts}.items()
                }
    return {}


def _row(one: Results, interval: Interval) -> str:
    values = one.test().values
    memory = max((run.peak_memory or 0 for run in one.runs), default=0)
    minutes = sorted(run.seconds / 60 for run in one.runs)
    cells = [
        one.origin.name,
        _recipe(one.origin.command),
        WHAT[one.source],
        str(one.dev()),
        f"**{one.test()}**",
        str(interval),
        ", ".join(f"{100 * value:.2f}" for value in values),
        f"{minutes[0]:.1f} to {minutes[-1]:.1f}" if len(minutes) > 1 else f"{minutes[0]:.1f}",
        f"{one.parameters:,}",
        f"{memory / 1e6:,.0f} MB" if memory else "not recorded",
    ]
    return f"| {' | '.join(cells)} |"


def _recipe(command: str) -> str:
    """The recipe of a command, as a link where it is in the repository; a dash for a system without one."""
    if not command.startswith("mner train "):
        return "-"
    recipe = command.split()[2]
    is_packaged = "." not in recipe
    return f"[{recipe}](../src/mner/recipes/{recipe}.toml)" if is_packaged else Path(recipe).name


def _details(one: Results) -> str:
    tests = [run.test["given"] for run in one.runs]
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
    return f"| {' | '.join([one.origin.name, *map(str, rates), *errors])} |"


def _attentions(
    systems: Mapping[str, Results], comparisons: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    yield "| corpus | attention | dev F1 | test F1 | 95% interval | seeds |\n|---|---|---|---|---|---|"
    for title, mine in _by_corpus(systems):
        for key, shown in ATTENTIONS.items():
            for name in (name for name in mine if name.partition("-")[2] == key):
                seeds = [seed for seed in mine[name].seeds if seed in SEEDS]
                scores = [
                    mine[name].dev(seeds=seeds),
                    mine[name].test(seeds=seeds),
                    mine[name].interval(seeds=seeds),
                ]
                yield f"| {' | '.join([title, shown, *map(str, scores), ', '.join(map(str, seeds))])} |"
    forms = set(ATTENTIONS) - {"text-only"}
    yield from _bootstraps(
        [
            one
            for one in comparisons
            if _systems_of(one) and {name for name, _ in _systems_of(one)} <= forms and _differ(one)
        ],
        types=False,
    )


def _pictures(
    systems: Mapping[str, Results], comparisons: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    for title, mine in _by_corpus(systems):
        shown = {
            name: one
            for name, one in mine.items()
            if name.partition("-")[2] in {"text-only", "additive"}
        }
        labels = sorted(
            {
                label
                for one in shown.values()
                for run in one.runs
                for label in run.test["given"].per_type
            }
        )
        yield f"### {title}\n\n| system | looks at | at test | all | {' | '.join(labels)} |\n|---|---|---|---|{'---|' * len(labels)}"
        for name, one in shown.items():
            for control in one.controls:
                at_test = "-" if one.source == "none" else CONTROLS[control]
                intervals = intervals_of(name, one, control, comparisons)
                summaries = {
                    "all": one.test(control),
                    **{label: one.test(control, label=label) for label in labels},
                }
                scores = [
                    f"{summary} ({intervals[label]})" if label in intervals else str(summary)
                    for label, summary in summaries.items()
                ]
                yield f"| {one.origin.name} | {WHAT[one.source]} | {at_test} | {' | '.join(scores)} |"
        gold = next(iter(mine.values())).fingerprints["test"]
        yield from _bootstraps(
            [
                one
                for one in comparisons
                if one["gold_fingerprint"] == gold and _is_about_pictures(one)
            ],
            types=True,
        )
        yield ""


def _twins(systems: Mapping[str, Results], intervals: Mapping[str, Interval]) -> Iterator[str]:
    """Every system that looks at something beside its twin that does not, and beside itself with less; test F1."""
    yield f"| corpus | system | looks at | its text-only twin | {' | '.join(f'at test: {shown}' for shown in CONTROLS.values())} | interval of given | seeds |"
    yield f"|---|---|---|---|{'---|' * len(CONTROLS)}---|---|"
    for title, mine in _by_corpus(systems):
        for name, one in mine.items():
            if one.source != "none":
                corpus, _, key = name.partition("-")
                twin = systems.get(f"{corpus}-{TWINS.get(key)}")
                tests = [
                    str(twin.test()) if twin else "-",
                    *(str(one.test(control)) for control in CONTROLS),
                ]
                yield f"| {' | '.join([title, one.origin.name, WHAT[one.source], *tests, str(intervals[name]), str(len(one.seeds))])} |"


def _is_about_pictures(comparison: Mapping[str, Any]) -> bool:
    return {name for name, _ in _systems_of(comparison)} <= {"text-only", "additive"}


def _differ(comparison: Mapping[str, Any]) -> bool:
    return len({name for name, _ in _systems_of(comparison)}) > 1


def _systems_of(comparison: Mapping[str, Any]) -> list[tuple[str, str]]:
    """System and control of both sides, from the names of their files, KEY-seedN/test-CONTROL.jsonl."""
    files = [next(iter(comparison["predictions"][side])) for side in ("a", "b")]
    found = [re.fullmatch(r"(?:.*/)?([^/]+)[-/]seed\d+/\w+-(\w+)\.jsonl", file) for file in files]
    return [(one[1], one[2]) for one in found if one]


def _bootstraps(comparisons: Sequence[Mapping[str, Any]], *, types: bool) -> Iterator[str]:
    """A table of paired bootstraps; nothing where there is none."""
    if not comparisons:
        return
    first = comparisons[0]
    how = f"{first['resamples']:,} resamples, of means over seeds; F1 of B minus F1 of A, interval of {100 * first['level']:.0f}%"
    yield f"\nPaired bootstrap over the posts of test, {how}:\n"
    yield "| A | B | corpus | entities | A | B | B - A | interval | p |\n|---|---|---|---|---|---|---|---|---|"
    for one in comparisons:
        names = [
            f"{name}{'' if control == 'given' else f', pictures: {CONTROLS[control]}'}"
            for name, control in _systems_of(one)
        ]
        for entities, estimate in [
            ("all", one),
            *(
                (part["name"], part)
                for part in one["slices"]
                if types and part["group"] == "type" and "a" in part
            ),
        ]:
            yield f"| {' | '.join([*names, CORPORA[one['gold_fingerprint']], entities, *_estimate(estimate)])} |"


def _estimate(estimate: Mapping[str, Any]) -> list[str]:
    a, b, difference = (estimate[side]["f1"] for side in ("a", "b", "difference"))
    interval = f"{100 * difference['low']:+.2f} to {100 * difference['high']:+.2f}"
    return [
        f"{100 * a['value']:.2f}",
        f"{100 * b['value']:.2f}",
        f"{100 * difference['value']:+.2f}",
        interval,
        f"{estimate['p_value']:.4f}",
    ]


if __name__ == "__main__":
    main()
