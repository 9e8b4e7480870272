"""The result of comparing two systems: its JSON form, and its table for people."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mner.bio import Scoring
from mner.spans.assisted import assisted_line
from mner.spans.estimates import LEVEL, Interval, PairedEstimate
from mner.spans.intervals import few_posts_note
from mner.spans.mcnemar import McNemar
from mner.spans.table import counted, table

__all__ = ["Comparison", "Slice"]


@dataclass(frozen=True, slots=True)
class Slice:
    """Two systems on some of the entities."""

    group: str
    """The property by which entities are split: `type`, `training`, `words` or `picture`."""
    name: str
    gold: int
    """Gold entities in the slice."""
    estimate: PairedEstimate | None
    """None where the slice holds no entity, neither gold nor predicted."""

    def as_dict(self) -> dict[str, Any]:
        """Return the slice as one object for JSON; rates are fractions."""
        rates = {"empty": True} if self.estimate is None else asdict(self.estimate)
        return {"group": self.group, "name": self.name, "gold": self.gold, **rates}


@dataclass(frozen=True)
class Comparison:
    """Two systems on the same posts, and what has to stand beside their numbers."""

    a: Mapping[str, float]
    """F1 of each set of predictions of A, by its name."""
    b: Mapping[str, float]
    """F1 of each set of predictions of B, by its name."""
    overall: PairedEstimate
    """Means over the sets of predictions; intervals as `resampled` says."""
    slices: tuple[Slice, ...]
    mcnemar: McNemar | None
    """None where a system has several sets of predictions."""
    gold: int
    """Gold entities."""
    posts: int
    posts_with_entities: int
    """Posts with an entity, gold or predicted by a system."""
    scoring: Scoring
    gold_fingerprint: str
    resamples: int
    seed: int
    llm_assisted: int = 0
    """The posts whose entities, gold or of any set of predictions, are those of an endpoint."""

    @property
    def resampled(self) -> tuple[str, ...]:
        """What the bootstrap draws: `posts`, and `seeds` where a system has several files."""
        return ("posts", "seeds") if len(self.a) + len(self.b) > 2 else ("posts",)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as one object for JSON; rates are fractions."""
        assisted = {"llm_assisted_posts": self.llm_assisted} if self.llm_assisted else {}
        return {
            "scoring": self.scoring,
            "gold_fingerprint": self.gold_fingerprint,
            "posts": self.posts,
            "telling_posts": self.posts_with_entities,
            "gold": self.gold,
            **assisted,
            "resampled": list(self.resampled),
            "resamples": self.resamples,
            "seed": self.seed,
            "level": LEVEL,
            "predictions": {"a": dict(self.a), "b": dict(self.b)},
            **asdict(self.overall),
            "mcnemar": asdict(self.mcnemar) if self.mcnemar else None,
            "slices": [compared.as_dict() for compared in self.slices],
        }

    def render(self) -> str:
        """Return a table for people, under lines that say what the numbers are.

        Rates are in percent.
        """
        about = (
            f"{self.scoring} scoring, gold {self.gold_fingerprint}, {counted(self.posts, 'post')}; "
            f"paired bootstrap: {self.resamples} resamples, seed {self.seed}"
        )
        return "\n".join(
            [
                about,
                *assisted_line(self.llm_assisted, self.posts),
                *_f1_lines("A", self.a),
                *_f1_lines("B", self.b),
                self._note(),
                *table(self._rows()),
                f"p = {self.overall.p_value:.2g} for the difference in F1, two-sided",
                *few_posts_note(self.posts_with_entities),
                _mcnemar_line(self.mcnemar),
            ]
        )

    def _note(self) -> str:
        """Say what the intervals are about."""
        if "seeds" not in self.resampled:
            return "intervals are about other posts, not about other trainings"
        note = (
            "numbers below are means over a system's files; posts and files are both resampled, so "
            "intervals are about other posts and, as far as few files can, about other trainings"
        )
        for system, files in (("A", self.a), ("B", self.b)):
            if len(files) == 1:
                note += f"; {system} has one file, so nothing is known of its other trainings"
        return note

    def _rows(self) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = [
            ("", "gold", "A", "B", "B - A", f"{100 * LEVEL:.0f}% interval")
        ]
        a, b, difference = self.overall.a, self.overall.b, self.overall.difference
        gold = str(self.gold)
        rows.append(("F1", gold, *_cells(a.f1, b.f1, difference.f1)))
        rows.append(("precision", gold, *_cells(a.precision, b.precision, difference.precision)))
        rows.append(("recall", gold, *_cells(a.recall, b.recall, difference.recall)))
        for compared in self.slices:
            name = f"F1, {compared.group}: {compared.name}"
            rows.append((name, str(compared.gold), *_f1_cells(compared.estimate)))
        return rows


def _f1_lines(system: str, f1s: Mapping[str, float]) -> list[str]:
    return [f"{system}: F1 {100 * f1:.2f}  {file}" for file, f1 in f1s.items()]


def _f1_cells(estimate: PairedEstimate | None) -> tuple[str, ...]:
    if estimate is None:
        return ("-", "-", "-", "no entities")
    return _cells(estimate.a.f1, estimate.b.f1, estimate.difference.f1)


def _cells(a: Interval, b: Interval, difference: Interval) -> tuple[str, ...]:
    return (
        f"{100 * a.value:.2f}",
        f"{100 * b.value:.2f}",
        f"{100 * difference.value:+.2f}",
        f"{100 * difference.low:+.2f} to {100 * difference.high:+.2f}",
    )


def _mcnemar_line(test: McNemar | None) -> str:
    if test is None:
        return "no McNemar test: it needs one file a system"
    p_value = f"= {test.p_value:.2g}" if test.p_value else "< 1e-300"
    return (
        f"gold entities found by both {test.both}, only by A {test.only_a}, "
        f"only by B {test.only_b}, by neither {test.neither}: "
        f"McNemar p {p_value} ({test.method})"
    )
