"""The results file: one system, trained with several seeds and scored; small, without texts of posts, and enough to print a table from."""

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from mner.errors import InputError
from mner.files.output import write_pieces
from mner.spans.bootstrap import bootstrap
from mner.spans.estimates import LEVEL, Interval
from mner.tagging.about import Environment
from mner.types import Ints

__all__ = ["Origin", "Results", "SeedResult", "Summary", "read_results", "write_results"]

_FORMAT = 1


class Summary(NamedTuple):
    """Numbers of several seeds, in the order of the seeds."""

    values: tuple[float, ...]
    """Fractions."""

    @property
    def mean(self) -> float:
        """Their mean."""
        return statistics.mean(self.values)

    @property
    def deviation(self) -> float | None:
        """The sample's standard deviation; None of one number."""
        return statistics.stdev(self.values) if len(self.values) > 1 else None

    def __str__(self) -> str:
        """In percent, `72.31 ± 0.25`."""
        return f"{100 * self.mean:.2f}" + (
            "" if self.deviation is None else f" ± {100 * self.deviation:.2f}"
        )


@dataclass(frozen=True)
class SeedResult:
    """One run."""

    seed: int
    dev: Mapping[str, Any]
    """The scores on dev of the epoch that dev chose, as `Scores.as_dict` gives them."""
    test: Mapping[str, Mapping[str, Any]]
    """By control, the scores on test; empty where none was named."""
    best_epoch: int
    epochs: int
    seconds: float
    """Of all epochs, scoring of dev included."""
    epoch_seconds: float
    """The median time of an epoch, without the scoring of dev."""
    peak_memory: int | None = None
    """Bytes that the training process held at most; None where it was not recorded."""
    environment: Environment | None = None
    """Machine, versions and git state of the training; None where they were not recorded."""
    found: str = ""
    """`1/2 0/0 ...`, how many entities are correct and how many predicted in each post of test as given; empty where it was not recorded."""


@dataclass(frozen=True)
class Origin:
    """How results are made again."""

    name: str
    """Of the system."""
    command: str
    """Paths begin with the environment variables of the recipe."""
    recipe: str
    """The whole recipe as TOML, but for the seed."""


@dataclass(frozen=True)
class Results:
    """One system."""

    origin: Origin
    looks_at: str
    """What the model sees, in words, such as `text only`."""
    source: str
    """The same in one: `none`, `pixels` or `captions`."""
    scoring: str
    """`lenient` or `strict`."""
    fingerprints: Mapping[str, str]
    """Of the posts and tags of `train`, `dev` and, where it was scored, `test`."""
    parameters: int
    """Numbers that training may change."""
    environment: Environment
    """Machine, versions and git state of the evaluation."""
    runs: tuple[SeedResult, ...] = field(default_factory=tuple)
    gold: str = ""
    """`2 0 ...`, how many entities each post of test has; empty where it was not recorded."""

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of the runs."""
        return tuple(run.seed for run in self.runs)

    @property
    def controls(self) -> tuple[str, ...]:
        """How test was scored: `given`, and for a model that looks at pictures or captions `shuffled` and `none`."""
        return tuple(self.runs[0].test)

    def dev(self, *, seeds: Sequence[int] | None = None) -> Summary:
        """F1 on dev, of all runs or of those of some seeds."""
        return Summary(
            tuple(run.dev["f1"] for run in self.runs if seeds is None or run.seed in seeds)
        )

    def test(
        self,
        control: str = "given",
        *,
        label: str | None = None,
        seeds: Sequence[int] | None = None,
    ) -> Summary:
        """F1 on test, of all entities or of those of a label; runs as of `dev`."""
        scores = [run.test[control] for run in self.runs if seeds is None or run.seed in seeds]
        return Summary(
            tuple((one if label is None else one["per_type"][label])["f1"] for one in scores)
        )

    def interval(self, *, seeds: Sequence[int] | None = None) -> Interval | None:
        """Of the mean F1 on test as given, by the bootstrap over its posts; None where nothing of single posts was recorded. Runs as of `dev`."""
        if not self.gold or not all(run.found for run in self.runs):
            return None
        return bootstrap(
            {
                "": np.stack(
                    [
                        _counts(run.found, self.gold)
                        for run in self.runs
                        if seeds is None or run.seed in seeds
                    ]
                )
            }
        )[""].f1

    def as_dict(self) -> dict[str, Any]:
        """For JSON, with the summaries beside what they are made of."""
        summaries = {
            "dev": self.dev(),
            **{f"test, {control}": self.test(control) for control in self.controls},
        }
        f1: dict[str, Any] = {
            name: {"mean": one.mean, "deviation": one.deviation, "each": one.values}
            for name, one in summaries.items()
        }
        if interval := self.interval():
            f1["test, given"] |= {"low": interval.low, "high": interval.high}
        values = asdict(self)
        return {
            "format": _FORMAT,
            **{name: values[name] for name in values if name != "runs"},
            "seeds": self.seeds,
            "f1": f1,
            "runs": values["runs"],
        }

    def render(self) -> str:
        """A few lines for people."""
        rows = {
            "dev": self.dev(),
            **{f"test, {control}": self.test(control) for control in self.controls},
        }
        lines = [
            f"{name + ':':16}{summary}   ({', '.join(f'{100 * value:.2f}' for value in summary.values)})"
            for name, summary in rows.items()
        ]
        if interval := self.interval():
            lines.insert(
                2,
                f"{'':16}{interval}, {100 * LEVEL:.0f}% interval of this mean (bootstrap over the posts of test)",
            )
        gold = ", ".join(
            f"{split} {self.fingerprints[split]}"
            for split in ("dev", "test")
            if split in self.fingerprints
        )
        seeds = ", ".join(map(str, self.seeds))
        return "\n".join(
            [
                f"{self.origin.name}: {self.looks_at}; F1, {self.scoring} scoring; gold of {gold}; seeds {seeds}",
                *lines,
            ]
        )


def read_results(path: Path) -> Results:
    """Read a results file.

    Raises:
        InputError: it cannot be read, or is no results file of this format.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values["format"] != _FORMAT:
            raise InputError(
                f"{path}: results of format {values['format']}, expected {_FORMAT}: make it again by its command"
            )
        known = {one.name: values[one.name] for one in fields(Results) if one.name in values}
        results = Results(
            **{
                **known,
                "origin": Origin(**values["origin"]),
                "environment": msgspec.convert(values["environment"], Environment),
                "runs": tuple(map(_run, values["runs"])),
            }
        )
        _check(results)
    except OSError as exc:
        raise InputError(f"{path}: cannot read the results ({exc.strerror})") from exc
    except (ValueError, KeyError, TypeError, msgspec.ValidationError) as exc:
        raise InputError(
            f"{path}: no results file ({type(exc).__name__}: {exc}): `mner train RECIPE --seeds N` writes one"
        ) from exc
    return results


def _run(values: dict[str, Any]) -> SeedResult:
    environment = msgspec.convert(values.get("environment"), Environment | None)
    return SeedResult(**{**values, "environment": environment})


def _check(results: Results) -> None:
    """Make sure that there is something to sum up, and that what is told of single posts is of the same posts."""
    if not results.runs:
        raise ValueError("runs: expected at least one, got none")
    posts = len(results.gold.split())
    for run in results.runs:
        if posts and run.found and len(run.found.split()) != posts:
            raise ValueError(
                f"seed {run.seed}: found is of {len(run.found.split())} posts, gold of {posts}"
            )


def _counts(found: str, gold: str) -> Ints:
    """(P, 3), as of `mner.spans.bootstrap.post_counts`."""
    rows = [
        [*map(int, pair.split("/")), int(number)]
        for pair, number in zip(found.split(), gold.split(), strict=True)
    ]
    return np.array(rows, dtype=np.int64)


def write_results(path: Path, results: Results) -> None:
    """Write a results file; an older one is replaced when the new one is complete.

    Raises:
        InputError: the file cannot be written.
    """
    write_pieces(
        [("the results", json.dumps(results.as_dict(), indent=1, ensure_ascii=False) + "\n")], path
    )
