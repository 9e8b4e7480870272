"""The results of one system, trained with several seeds and scored.

They hold no texts of posts, and they are enough to print a table from.
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from mner.corpora.overlap import Overlap
from mner.runs.seed_result import SeedResult
from mner.spans.bootstrap import bootstrap
from mner.spans.estimates import LEVEL, Interval
from mner.spans.scores import RateRecord
from mner.tagging.about import Environment
from mner.types import Ints

__all__ = ["RESULTS_FORMAT", "Origin", "Results", "Summary"]

RESULTS_FORMAT = 1
"""The format of the results file, as the file states it."""


class Summary(NamedTuple):
    """A number for each of several seeds, in the order of the seeds."""

    values: tuple[float, ...]
    """Fractions."""

    @property
    def mean(self) -> float:
        """The mean of the values."""
        return statistics.mean(self.values)

    @property
    def deviation(self) -> float | None:
        """The sample standard deviation; None for a single value."""
        return statistics.stdev(self.values) if len(self.values) > 1 else None

    def __str__(self) -> str:
        """In percent, `72.31 ± 0.25`."""
        mean, deviation = f"{100 * self.mean:.2f}", self.deviation
        return mean if deviation is None else f"{mean} ± {100 * deviation:.2f}"


@dataclass(frozen=True)
class Origin:
    """How results are made again."""

    name: str
    """Name of the system."""
    command: str
    """The command; its paths begin with the environment variables of the recipe."""
    recipe: str
    """The whole recipe as TOML, without the seed."""


@dataclass(frozen=True)
class Results:
    """The results of one system."""

    origin: Origin
    looks_at: str
    """What the model sees, in words, such as `text only`."""
    source: str
    """What the model sees as the recipe says it: `none`, `pixels` or `captions`."""
    scoring: str
    """`lenient` or `strict`."""
    fingerprints: Mapping[str, str]
    """Fingerprints of the posts and tags of `train`, `dev` and, if it was scored, `test`."""
    parameters: int
    """Number of values that training may change."""
    environment: Environment
    """Machine and versions of the evaluation."""
    runs: tuple[SeedResult, ...] = ()
    gold: str = ""
    """For each post of test, how many entities it has: `2 0 ...`; empty if not recorded."""
    overlap: Overlap | None = None
    """The texts that test shares with train and dev; None if not recorded."""

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of the runs."""
        return tuple(run.seed for run in self.runs)

    @property
    def controls(self) -> tuple[str, ...]:
        """How test was scored.

        This is `given`, and for a model that looks at pictures or captions `shuffled` and `none`.
        """
        return tuple(self.runs[0].test)

    def dev(self, *, seeds: Sequence[int] | None = None) -> Summary:
        """Return F1 on dev of all runs, or of the runs with some seeds."""
        return Summary(tuple(run.dev.f1 for run in self._chosen(seeds)))

    def test(
        self,
        control: str = "given",
        *,
        label: str | None = None,
        seeds: Sequence[int] | None = None,
    ) -> Summary:
        """Return F1 on test of all runs, or of the runs with some seeds.

        Args:
            control: how test was scored.
            label: a label, to count its entities only.
            seeds: the seeds; None for all.
        """
        values = []
        for run in self._chosen(seeds):
            scores: RateRecord = run.test[control]
            if label is not None:
                scores = run.test[control].per_type[label]
            values.append(scores.f1)
        return Summary(tuple(values))

    def counts(self, *, seeds: Sequence[int] | None = None) -> Ints | None:
        """Return the counts of each post of test as given, (K, P, 3), as `post_counts` does.

        K counts all runs, or the runs with some seeds. The result is None if the counts of single
        posts were not recorded.
        """
        found = self._found(seeds)
        return _stacked(found, self.gold) if found else None

    def interval(self, *, seeds: Sequence[int] | None = None) -> Interval | None:
        """Return the mean F1 on test as given with its interval.

        The mean is over all runs, or over the runs with some seeds. The bootstrap resamples the
        posts, and the runs where there are several. The result is None if the counts of single
        posts were not recorded.
        """
        found = self._found(seeds)
        return _interval(found, self.gold) if found else None

    def as_dict(self) -> dict[str, Any]:
        """Return the results for JSON, with the summaries beside the runs that they are made of."""
        f1: dict[str, dict[str, Any]] = {}
        for name, summary in self._summaries().items():
            f1[name] = {
                "mean": summary.mean,
                "deviation": summary.deviation,
                "each": summary.values,
            }
        interval = self.interval()
        if interval:
            f1["test, given"] |= {"low": interval.low, "high": interval.high}
        values = {
            "format": RESULTS_FORMAT,
            "origin": asdict(self.origin),
            "looks_at": self.looks_at,
            "source": self.source,
            "scoring": self.scoring,
            "fingerprints": dict(self.fingerprints),
            "parameters": self.parameters,
            "environment": asdict(self.environment),
            "gold": self.gold,
            "seeds": self.seeds,
            "f1": f1,
            "runs": [run.as_dict() for run in self.runs],
        }
        if self.overlap is not None:
            values["overlap"] = asdict(self.overlap)
        return values

    def render(self) -> str:
        """Return a few lines for people."""
        gold = []
        for split in ("dev", "test"):
            if split in self.fingerprints:
                gold.append(f"{split} {self.fingerprints[split]}")
        lines = [
            f"{self.origin.name}: {self.looks_at}; F1, {self.scoring} scoring; "
            f"gold of {', '.join(gold)}; seeds {', '.join(map(str, self.seeds))}"
        ]
        for name, summary in self._summaries().items():
            values = ", ".join(f"{100 * value:.2f}" for value in summary.values)
            lines.append(f"{name + ':':16}{summary}   ({values})")
        interval = self.interval()
        if interval:
            level = f"{100 * LEVEL:.0f}%"
            drawn = "the posts of test" + (" and the seeds" if len(self.runs) > 1 else "")
            about = f"{level} interval of this mean (bootstrap over {drawn})"
            lines.insert(3, f"{'':16}{interval}, {about}")  # below "test, given"
        if self.overlap is not None:
            lines.append(f"test: {self.overlap}")
        return "\n".join(lines)

    def _found(self, seeds: Sequence[int] | None) -> tuple[str, ...]:
        """Return the counts of the runs with some seeds; none if those of a run are missing."""
        if not self.gold or not all(run.found for run in self.runs):
            return ()
        return tuple(run.found for run in self._chosen(seeds))

    def _chosen(self, seeds: Sequence[int] | None) -> list[SeedResult]:
        return [run for run in self.runs if seeds is None or run.seed in seeds]

    def _summaries(self) -> dict[str, Summary]:
        summaries = {"dev": self.dev()}
        for control in self.controls:
            summaries[f"test, {control}"] = self.test(control)
        return summaries


@lru_cache(maxsize=64)
def _interval(found: tuple[str, ...], gold: str) -> Interval:
    """Return the mean F1 with its interval; kept, because printing and writing both ask for it."""
    return bootstrap({"": _stacked(found, gold)})[""].f1


def _stacked(found: tuple[str, ...], gold: str) -> Ints:
    """Return the counts of each post in each run, (K, P, 3)."""
    return np.stack([_counts(of_run, gold) for of_run in found])


def _counts(found: str, gold: str) -> Ints:
    """Return the counts of each post, shape (P, 3), as `post_counts` does."""
    rows = []
    for pair, number in zip(found.split(), gold.split(), strict=True):
        correct, predicted = pair.split("/")
        rows.append((int(correct), int(predicted), int(number)))
    return np.array(rows, dtype=np.int64)
