"""The table and the plots of the report on runs."""

from collections.abc import Sequence
from typing import NamedTuple

from mner.pages.plots import Curve, learning_curves, rates_by_type, reliability_diagram
from mner.pages.table import ALL, Kind, table_rows
from mner.runs.folder import Run
from mner.runs.scores import Row, ScoredRun
from mner.spans.estimates import Interval

__all__ = ["TableRow", "curve_plots", "rate_plots", "reliability_plot", "score_table"]

_RATES = {"precision": "Precision", "recall": "Recall", "f1": "F1"}


class TableRow(NamedTuple):
    """A kind of entity in the table of scores."""

    kind: Kind
    cells: tuple[Row | None, ...]
    """One for each run; None if the run has no such entities."""


def curve_plots(runs: Sequence[Run]) -> list[str]:
    """Return plots of the loss and of F1 on dev over the epochs."""
    losses, scores = [], []
    for run in runs:
        loss = tuple(epoch.loss for epoch in run.epochs)
        f1 = tuple(100 * epoch.dev.f1 for epoch in run.epochs)
        losses.append(Curve(run.name, loss, run.best_epoch))
        scores.append(Curve(run.name, f1, run.best_epoch))
    return [
        learning_curves(losses, title="Training loss, mean of a post"),
        learning_curves(scores, title="F1 on dev, percent"),
    ]


def score_table(scored: Sequence[ScoredRun]) -> list[TableRow]:
    """Return the rows of the table of scores; kinds of entities that no run has are left out."""
    columns = [{row.kind: row for row in run.rows} for run in scored]
    rows = []
    for kind, cells in table_rows(columns):
        if kind == ALL or any(map(_has_entities, cells)):
            rows.append(TableRow(kind, cells))
    return rows


def rate_plots(scored: Sequence[ScoredRun], table: Sequence[TableRow]) -> list[str]:
    """Return plots of precision, recall and F1 on one scale."""
    table = [row for row in table if row.kind == ALL or row.kind.is_label]
    names = [_name_with_count(row) for row in table]
    least = _axis_start(table)
    plots = []
    for rate, title in _RATES.items():
        series = {}
        for position, run in enumerate(scored):
            series[run.name] = [_interval(row.cells[position], rate) for row in table]
        plots.append(rates_by_type(names, series, title=title, least=least))
    return plots


def reliability_plot(run: ScoredRun) -> str:
    """Return the reliability diagram of a run."""
    calibration = run.given.calibration
    count = sum(bin_.count for bin_ in calibration.bins)
    title = f"{run.name}, n = {count}"
    return reliability_diagram(calibration.bins_before, calibration.bins, title=title)


def _has_entities(row: Row | None) -> bool:
    return row is not None and bool(row.counts.gold or row.counts.predicted)


def _name_with_count(row: TableRow) -> str:
    gold = max(cell.counts.gold for cell in row.cells if cell)
    return f"{row.kind.name} ({gold})"


def _axis_start(table: Sequence[TableRow]) -> float:
    """Return the lowest bound of all intervals, rounded down to a tenth."""
    lowest = 1.0
    for row in table:
        for cell in filter(None, row.cells):
            for interval in cell.rates.intervals:
                lowest = min(lowest, interval.low)
    return max(0, int(10 * lowest - 0.2)) / 10


def _interval(cell: Row | None, rate: str) -> Interval | None:
    return getattr(cell.rates, rate) if cell else None
