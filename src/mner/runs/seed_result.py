"""The result of one run: the scores of a seed, and what its training took."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from mner.spans.scores import ScoreRecord
from mner.tagging.about import Environment

__all__ = ["CalibrationRecord", "ControlRecord", "SeedResult"]


@dataclass(frozen=True, slots=True)
class CalibrationRecord:
    """How far the probabilities of the entities can be believed."""

    temperature: float
    """Fitted on dev."""
    error: float
    """Expected calibration error, a fraction."""
    error_before: float
    """The same without the temperature."""


@dataclass(frozen=True, slots=True)
class ControlRecord(ScoreRecord):
    """The scores on test in one control, as they stand in the file."""

    pictures: dict[str, int] | None = None
    """Number of posts by the state of their picture; None if it was not recorded."""
    calibration: CalibrationRecord | None = None
    """None for a system without probabilities."""

    @classmethod
    def of(
        cls,
        scores: ScoreRecord,
        *,
        pictures: dict[str, int] | None = None,
        calibration: CalibrationRecord | None = None,
    ) -> "ControlRecord":
        """Return scores with what else is known of a control."""
        values = {field.name: getattr(scores, field.name) for field in fields(ScoreRecord)}
        return cls(**values, pictures=pictures, calibration=calibration)


@dataclass(frozen=True)
class SeedResult:
    """A run, trained with one seed."""

    seed: int
    dev: ScoreRecord
    """The scores on dev of the epoch that dev chose."""
    test: Mapping[str, ControlRecord]
    """The scores on test by control; empty if no test file was given."""
    best_epoch: int
    epochs: int
    seconds: float
    """The time of all epochs, with the scoring of dev."""
    epoch_seconds: float
    """The median time of an epoch, without the scoring of dev."""
    peak_memory: int | None = None
    """The most memory that the training held, in bytes; None if it was not recorded."""
    environment: Environment | None = None
    """Machine and versions of the training; None if they were not recorded."""
    found: str = ""
    """For each post of test as given, how many entities are correct and how many are predicted.

    Such as `1/2 0/0 ...`; empty if it was not recorded.
    """

    def as_dict(self) -> dict[str, Any]:
        """Return the run for JSON."""
        values = asdict(self)
        for scores in values["test"].values():
            for name in ("pictures", "calibration"):
                if scores[name] is None:
                    del scores[name]
        return values
