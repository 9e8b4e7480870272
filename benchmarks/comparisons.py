"""Comparisons of two systems, as `mner compare --json` wrote them, and the tables made of them.

The kept comparisons are of a version that resampled posts alone. Where both systems were scored as
given, their results files hold the counts of single posts, so that the comparison of all entities
is made again here, over posts and seeds.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

from benchmarks.markdown import paragraph, table_head, table_line
from mner.files.load import read_json
from mner.runs.results import Results
from mner.spans.bootstrap import paired_bootstrap
from mner.spans.estimates import Interval, PairedEstimate

__all__ = [
    "CONTROLS",
    "Compared",
    "Comparison",
    "Slice",
    "bootstrap_table",
    "intervals_of",
    "load_comparisons",
    "with_seeds",
]

CONTROLS = {"given": "given", "shuffled": "those of other posts", "none": "none"}
"""What the pages call the controls of the pictures."""


class Compared(NamedTuple):
    """A side of a comparison."""

    system: str
    """The key of the system, such as `text-only`."""
    control: str


@dataclass(frozen=True)
class _Rates:
    """The rates of a system; only F1 is used here."""

    f1: Interval


@dataclass(frozen=True)
class Slice:
    """The comparison of a part of the entities or posts."""

    group: str
    name: str
    a: _Rates | None = None
    """None if the part is empty."""
    b: _Rates | None = None
    difference: _Rates | None = None
    p_value: float | None = None


@dataclass(frozen=True)
class Comparison:
    """A comparison of two systems on the posts of test."""

    gold_fingerprint: str
    resamples: int
    level: float
    predictions: dict[str, dict[str, float]]
    """For the sides `a` and `b`, F1 by the file of predictions."""
    a: _Rates
    b: _Rates
    difference: _Rates
    p_value: float
    slices: list[Slice]
    resampled: tuple[str, ...] = ("posts",)
    """What the bootstrap drew: `posts`, or `posts` and `seeds`."""

    @property
    def sides(self) -> tuple[Compared, ...]:
        """Both sides, from the names of their files, KEY-seedN/test-CONTROL.jsonl."""
        sides = []
        for side in ("a", "b"):
            file = next(iter(self.predictions[side]))
            match = re.fullmatch(r"(?:.*/)?([^/]+)[-/]seed\d+/\w+-(\w+)\.jsonl", file)
            if match:
                sides.append(Compared(match[1], match[2]))
        return tuple(sides)

    def seeds(self, side: str) -> list[int]:
        """The seeds of a side, `a` or `b`, from the names of its files."""
        return [int(seed) for seed in re.findall(r"seed(\d+)/", " ".join(self.predictions[side]))]

    @property
    def systems(self) -> set[str]:
        """The keys of the systems on both sides."""
        return {side.system for side in self.sides}

    @property
    def types(self) -> list[Slice]:
        """The parts that are types of entities, without those that are empty."""
        return [part for part in self.slices if part.group == "type" and part.a]


_Part: TypeAlias = Comparison | Slice | PairedEstimate


def load_comparisons(folder: Path) -> list[Comparison]:
    """Read the comparisons of a folder."""
    advice = "make it again by `mner compare --json`"
    paths = sorted(folder.glob("compare-*.json"))
    return [read_json(path, Comparison, advice=advice) for path in paths]


def intervals_of(
    name: str, results: Results, control: str, comparisons: Sequence[Comparison]
) -> dict[str, Interval]:
    """Return the mean test F1 with its interval, of all entities and of each label.

    The intervals come from the first comparison that holds the system with all of
    its seeds; without such a comparison the result is empty. That of all entities as given comes
    from the results themselves, since they know the seeds too.

    Args:
        name: the name of the results file, CORPUS-KEY.
        results: the results of the system.
        control: how test was scored.
        comparisons: all comparisons.
    """
    key = Compared(name.partition("-")[2], control)
    for comparison in comparisons:
        if comparison.gold_fingerprint != results.fingerprints["test"]:
            continue
        for side, compared in zip("ab", comparison.sides, strict=False):
            if compared == key and len(comparison.predictions[side]) == len(results.runs):
                intervals = _intervals(comparison, side)
                own = results.interval() if control == "given" else None
                return intervals if own is None else {**intervals, "all": own}
    return {}


def with_seeds(comparison: Comparison, systems: Mapping[str, Results]) -> PairedEstimate | None:
    """Compare all entities of two systems over posts and seeds.

    The result is None where a system was not scored as given, where neither has several seeds, or
    where the counts of single posts are not at hand.

    Args:
        comparison: names the systems and their seeds.
        systems: all results, by the names of their files.
    """
    counts = []
    for side, compared in zip("ab", comparison.sides, strict=False):
        results = _results_of(compared, comparison, systems)
        if compared.control != "given" or results is None:
            return None
        counts.append(results.counts(seeds=comparison.seeds(side)))
    if len(counts) < 2 or counts[0] is None or counts[1] is None:
        return None
    if len(counts[0]) == len(counts[1]) == 1:
        return None
    estimate = paired_bootstrap({"": (counts[0], counts[1])}, resamples=comparison.resamples)[""]
    found, kept = estimate.difference.f1.value, comparison.difference.f1.value
    if abs(found - kept) > 1e-9:
        raise SystemExit(
            f"{comparison.sides}: the counts give a difference of {found}, the comparison has "
            f"{kept}: make both of the same runs"
        )
    return estimate


def bootstrap_table(
    comparisons: Sequence[Comparison],
    corpora: Mapping[str, str],
    *,
    systems: Mapping[str, Results],
    types: bool,
) -> Iterator[str]:
    """Give the lines of a table of paired bootstraps; none without comparisons.

    Args:
        comparisons: a row each.
        systems: all results, by the names of their files; see `with_seeds`.
        corpora: the names of corpora by their gold fingerprint.
        types: whether types of entities have rows of their own.
    """
    if not comparisons:
        return
    first = comparisons[0]
    about = (
        f"Paired bootstrap, {first.resamples:,} resamples, of means over seeds; F1 of B minus F1 "
        f"of A, interval of {100 * first.level:.0f}%; the last column says what was resampled:"
    )
    yield f"\n{paragraph(about)}\n"
    columns = ("A", "B", "corpus", "entities", "A", "B", "B - A", "interval", "p", "over")
    yield table_head(columns)
    for comparison in comparisons:
        names = [_side_name(side) for side in comparison.sides]
        corpus, over = corpora[comparison.gold_fingerprint], " and ".join(comparison.resampled)
        made_again = with_seeds(comparison, systems)
        if made_again is None:
            rows = [["all", *_cells(comparison), over]]
        else:
            rows = [["all", *_cells(made_again), "posts and seeds"]]
        if types:
            rows += [[part.name, *_cells(part), over] for part in comparison.types]
        for row in rows:
            yield table_line([*names, corpus, *row])


def _results_of(
    compared: Compared, comparison: Comparison, systems: Mapping[str, Results]
) -> Results | None:
    for name, results in systems.items():
        is_of_corpus = results.fingerprints["test"] == comparison.gold_fingerprint
        if is_of_corpus and name.partition("-")[2] == compared.system:
            return results
    return None


def _intervals(comparison: Comparison, side: str) -> dict[str, Interval]:
    parts: dict[str, Comparison | Slice] = {"all": comparison}
    for part in comparison.types:
        parts[part.name] = part
    return {label: getattr(part, side).f1 for label, part in parts.items()}


def _side_name(side: Compared) -> str:
    if side.control == "given":
        return side.system
    return f"{side.system}, pictures: {CONTROLS[side.control]}"


def _cells(part: _Part) -> list[str]:
    assert part.a is not None
    assert part.b is not None
    assert part.difference is not None
    difference = part.difference.f1
    return [
        f"{100 * part.a.f1.value:.2f}",
        f"{100 * part.b.f1.value:.2f}",
        f"{100 * difference.value:+.2f}",
        f"{100 * difference.low:+.2f} to {100 * difference.high:+.2f}",
        f"{part.p_value:.4f}",
    ]
