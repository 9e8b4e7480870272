"""Comparisons of two systems, as `mner compare --json` wrote them, and the tables made of them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from benchmarks.wrap import paragraph
from mner.files.load import read_json
from mner.runs.results import Results
from mner.spans.estimates import Interval

__all__ = [
    "CONTROLS",
    "Compared",
    "Comparison",
    "Slice",
    "bootstrap_table",
    "intervals_of",
    "load_comparisons",
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

    @property
    def systems(self) -> set[str]:
        """The keys of the systems on both sides."""
        return {side.system for side in self.sides}

    @property
    def types(self) -> list[Slice]:
        """The parts that are types of entities, without those that are empty."""
        return [part for part in self.slices if part.group == "type" and part.a]


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
    its seeds; without such a comparison the result is empty.

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
                return _intervals(comparison, side)
    return {}


def bootstrap_table(
    comparisons: Sequence[Comparison], corpora: Mapping[str, str], *, types: bool
) -> Iterator[str]:
    """Give the lines of a table of paired bootstraps; none without comparisons.

    Args:
        comparisons: a row each.
        corpora: the names of corpora by their gold fingerprint.
        types: whether types of entities have rows of their own.
    """
    if not comparisons:
        return
    first = comparisons[0]
    about = (
        f"Paired bootstrap over the posts of test, {first.resamples:,} resamples, of means over "
        f"seeds; F1 of B minus F1 of A, interval of {100 * first.level:.0f}%:"
    )
    yield f"\n{paragraph(about)}\n"
    yield "| A | B | corpus | entities | A | B | B - A | interval | p |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for comparison in comparisons:
        names = [_side_name(side) for side in comparison.sides]
        parts: list[tuple[str, Comparison | Slice]] = [("all", comparison)]
        if types:
            parts += [(part.name, part) for part in comparison.types]
        for entities, part in parts:
            corpus = corpora[comparison.gold_fingerprint]
            yield f"| {' | '.join([*names, corpus, entities, *_cells(part)])} |"


def _intervals(comparison: Comparison, side: str) -> dict[str, Interval]:
    parts: dict[str, Comparison | Slice] = {"all": comparison}
    for part in comparison.types:
        parts[part.name] = part
    return {label: getattr(part, side).f1 for label, part in parts.items()}


def _side_name(side: Compared) -> str:
    if side.control == "given":
        return side.system
    return f"{side.system}, pictures: {CONTROLS[side.control]}"


def _cells(part: Comparison | Slice) -> list[str]:
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
