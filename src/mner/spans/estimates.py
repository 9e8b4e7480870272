"""Numbers with their intervals: what a bootstrap returns."""

from dataclasses import dataclass

__all__ = ["LEVEL", "Estimate", "Interval", "PairedEstimate"]

LEVEL = 0.95
"""The share of the resamples that lies inside an interval."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A number on the posts given, and the percentile interval of its resamples; fractions."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return the bounds in percent, such as `71.77 to 74.04`."""
        return f"{100 * self.low:.2f} to {100 * self.high:.2f}"


@dataclass(frozen=True, slots=True)
class Estimate:
    """Rates with their intervals; means over the sets of predictions where there are several."""

    precision: Interval
    recall: Interval
    f1: Interval

    @property
    def intervals(self) -> tuple[Interval, Interval, Interval]:
        """Precision, recall and F1."""
        return self.precision, self.recall, self.f1


@dataclass(frozen=True, slots=True)
class PairedEstimate:
    """The rates of two systems on the same posts, and how they differ."""

    a: Estimate
    b: Estimate
    difference: Estimate
    """B minus A."""
    p_value: float
    """Two-sided, of the difference in F1; see `mner.spans.bootstrap.paired_bootstrap`."""
