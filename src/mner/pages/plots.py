"""The plots of a report: learning curves, rates with their intervals, reliability diagrams.

Each is an SVG element for a page. Series differ in marker and line as well as in colour.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle

from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from mner.pages.svg import SERIES, SOFT, Series, as_svg, new_figure, shortened
from mner.spans.calibrate import Bin
from mner.spans.estimates import Interval

__all__ = ["Curve", "learning_curves", "rates_by_type", "reliability_diagram"]

_WHOLE = (-0.03, 1.03)
"""From 0 to 1, with room for marks at the ends."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A number for each epoch of a run."""

    name: str
    values: tuple[float, ...]
    best: int
    """The epoch that dev chose, counted from 1."""


def learning_curves(curves: Sequence[Curve], *, title: str) -> str:
    """Draw a line over the epochs for each run, with a large mark at the epoch that dev chose.

    Args:
        curves: one for each run.
        title: names the values, above the plot.
    """
    names = [curve.name for curve in curves]
    with new_figure(height=2.3, names=names) as figure:
        axes = figure.subplots()
        drawn = []
        for curve, (colour, marker, line) in zip(curves, cycle(SERIES), strict=False):
            epochs = range(1, len(curve.values) + 1)
            drawn += axes.plot(
                epochs, curve.values, color=colour, marker=marker, linestyle=line, markersize=3
            )
            best = curve.values[curve.best - 1]
            axes.plot([curve.best], [best], color=colour, marker=marker, markersize=8)
        axes.set(title=title, xlabel="epoch (large mark: chosen by dev)")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8, min_n_ticks=1))
        return as_svg(figure, title, drawn=drawn, names=names)


def rates_by_type(
    rows: Sequence[str],
    series: Mapping[str, Sequence[Interval | None]],
    *,
    title: str,
    least: float,
) -> str:
    """Draw a row for each type of entity, and in it a rate with its interval for each run.

    Args:
        rows: names of the types.
        series: for each run an interval for each row, as fractions; None if the run has none.
        title: names the rate, above the plot.
        least: start of the axis, a fraction; the same for plots that stand side by side.
    """
    names = list(series)
    step = 0.8 / len(series)
    row_height = max(0.28, 0.13 * len(series) + 0.08)
    with new_figure(height=1.0 + len(rows) * row_height, names=names) as figure:
        axes = figure.subplots()
        drawn = []
        styles = zip(series.values(), cycle(SERIES), strict=False)
        for number, (intervals, style) in enumerate(styles):
            shift = step * (number - (len(series) - 1) / 2)
            drawn.append(_draw_intervals(axes, intervals, shift=shift, style=style))
        axes.set(
            title=title,
            xlabel="percent, with 95% interval",
            xlim=(100 * least, 100),
            ylim=(len(rows) - 0.5, -0.5),
        )
        axes.set_yticks(range(len(rows)), [shortened(row) for row in rows])
        axes.tick_params(axis="y", length=0)
        return as_svg(figure, title, drawn=drawn, names=names)


def reliability_diagram(before: Sequence[Bin], after: Sequence[Bin], *, title: str) -> str:
    """Draw the share of correct entities over their probability, before and after calibration.

    A second plot below shows the number of entities in each bin.

    Args:
        before: the bins without the temperature.
        after: the bins with it.
        title: stands above the plot.
    """
    names = ["before calibration", "after calibration"]
    with new_figure(height=3.2, names=names) as figure:
        axes, counts = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        axes.plot([0, 1], [0, 1], color=SOFT, linewidth=0.8, linestyle=":")
        drawn = []
        for bins, style in zip((before, after), SERIES, strict=False):
            drawn += _draw_shares(axes, bins, style)
            _draw_counts(counts, bins, style)
        axes.set(title=shortened(title), ylabel="share correct", xlim=_WHOLE, ylim=_WHOLE)
        highest = max(1, *(bin_.count for bin_ in (*before, *after)))
        counts.set(xlabel="probability of the entity", ylabel="entities", ylim=(0, 1.1 * highest))
        counts.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=2))
        return as_svg(figure, title, drawn=drawn, names=names)


def _draw_intervals(
    axes: Axes, intervals: Sequence[Interval | None], *, shift: float, style: Series
) -> ErrorbarContainer:
    heights, values, left_arms, right_arms = [], [], [], []
    for row, interval in enumerate(intervals):
        if interval is None:
            continue
        heights.append(row + shift)
        values.append(100 * interval.value)
        left_arms.append(100 * max(0.0, interval.value - interval.low))
        right_arms.append(100 * max(0.0, interval.high - interval.value))
    return axes.errorbar(
        values,
        heights,
        xerr=[left_arms, right_arms],
        color=style.colour,
        marker=style.marker,
        linestyle="none",
        elinewidth=1.3,
    )


def _draw_shares(axes: Axes, bins: Sequence[Bin], style: Series) -> list[Line2D]:
    filled = [bin_ for bin_ in bins if bin_.count]
    return axes.plot(
        [bin_.probability for bin_ in filled],
        [bin_.correct for bin_ in filled],
        color=style.colour,
        marker=style.marker,
        linestyle=style.line,
    )


def _draw_counts(axes: Axes, bins: Sequence[Bin], style: Series) -> None:
    edges = [*(bin_.low for bin_ in bins), bins[-1].high]
    axes.stairs(
        [bin_.count for bin_ in bins],
        edges,
        color=style.colour,
        linestyle=style.line,
        linewidth=1.4,
    )
