"""Plots as SVG elements to stand inside a page: no script, no file beside it, and the same bytes for the same numbers.

Texts stay texts, in the page's own font, and what has no colour of a series takes the page's `--ink`, `--soft` and `--line`, so plots follow a dark page.
A plot is as wide as a phone; a page puts several side by side where it has the room. Series differ by marker and line as well as by colour.
"""

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from itertools import cycle
from typing import Any
from xml.sax.saxutils import quoteattr

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mner.spans.bootstrap import Interval
from mner.spans.calibrate import Bin

__all__ = ["Curve", "learning_curves", "rates_by_type", "reliability_diagram"]

_WIDTH = 3.7
"""Inches: what a phone of 390 pixels shows without shrinking."""

_INK, _SOFT, _LINE = "#010203", "#040506", "#070809"
_PAGE_COLOURS = {_INK: "var(--ink)", _SOFT: "var(--soft)", _LINE: "var(--line)"}
"""Colours that stand for the page's own until the plot is written."""

_SERIES = (
    *(("#0072b2", "o", "-"), ("#d55e00", "s", "--"), ("#009e73", "^", "-."), ("#cc79a7", "D", ":")),
    *(("#e69f00", "v", "-"), ("#56b4e9", "P", "--"), ("#b8ab00", "X", "-.")),
)
"""Colour (of Okabe and Ito, for any kind of colour vision), marker and line; further series use them again."""

_STYLE: dict[Any, object] = {
    **{
        "svg.fonttype": "none",
        "font.size": 9,
        "text.parse_math": False,
        "axes.titlesize": 9,
        "axes.titlelocation": "left",
        "legend.fontsize": 8.5,
    },
    **{
        "text.color": _INK,
        "axes.titlecolor": _INK,
        "axes.labelcolor": _SOFT,
        "xtick.labelcolor": _SOFT,
        "ytick.labelcolor": _SOFT,
    },
    **{
        "axes.edgecolor": _LINE,
        "xtick.color": _LINE,
        "ytick.color": _LINE,
        "grid.color": _LINE,
        "axes.grid": True,
        "axes.axisbelow": True,
    },
    **{
        "axes.facecolor": "none",
        "figure.facecolor": "none",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.frameon": False,
    },
    **{
        "lines.linewidth": 1.4,
        "lines.markersize": 4,
        "grid.linewidth": 0.6,
        "axes.unicode_minus": False,
    },
}

_LONGEST_NAME = 44

_WHOLE = (-0.03, 1.03)
"""From 0 to 1, with room for marks at the ends."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One number an epoch of one run."""

    name: str
    values: tuple[float, ...]
    best: int
    """The epoch that dev chose, counted from 1."""


def learning_curves(curves: Sequence[Curve], *, title: str) -> str:
    """A line for each run over the epochs, with a large mark at the epoch that dev chose.

    Args:
        curves: one a run.
        title: what the values are; stands above the plot.
    """
    with _figure(height=2.3, names=[curve.name for curve in curves]) as figure:
        axes = figure.subplots()
        drawn = []
        for curve, (colour, marker, line) in zip(curves, cycle(_SERIES), strict=False):
            epochs = range(1, len(curve.values) + 1)
            drawn += axes.plot(
                epochs, curve.values, color=colour, marker=marker, linestyle=line, markersize=3
            )
            axes.plot(
                [curve.best],
                [curve.values[curve.best - 1]],
                color=colour,
                marker=marker,
                markersize=8,
            )
        axes.set(title=title, xlabel="epoch (large mark: chosen by dev)")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8, min_n_ticks=1))
        return _written(figure, title, drawn=drawn, names=[curve.name for curve in curves])


def rates_by_type(
    rows: Sequence[str],
    series: Mapping[str, Sequence[Interval | None]],
    *,
    title: str,
    least: float,
) -> str:
    """A row for each type of entity, and in it for each run a rate with its interval.

    Args:
        rows: names of the types.
        series: for each run an interval a row, fractions; None where the run has none.
        title: name of the rate; stands above the plot.
        least: where the axis begins, a fraction; the same for plots that stand side by side.
    """
    step = 0.8 / len(series)
    with _figure(
        height=1.0 + len(rows) * max(0.28, 0.13 * len(series) + 0.08), names=list(series)
    ) as figure:
        axes = figure.subplots()
        drawn = []
        for number, (intervals, (colour, marker, _)) in enumerate(
            zip(series.values(), cycle(_SERIES), strict=False)
        ):
            shift = step * (number - (len(series) - 1) / 2)
            drawn.append(
                _draw_intervals(
                    axes,
                    [(row + shift, each) for row, each in enumerate(intervals) if each],
                    colour=colour,
                    marker=marker,
                )
            )
        axes.set(
            title=title,
            xlabel="percent, with 95% interval",
            xlim=(100 * least, 100),
            ylim=(len(rows) - 0.5, -0.5),
        )
        axes.set_yticks(range(len(rows)), [_shortened(row) for row in rows])
        axes.tick_params(axis="y", length=0)
        return _written(figure, title, drawn=drawn, names=list(series))


def reliability_diagram(before: Sequence[Bin], after: Sequence[Bin], *, title: str) -> str:
    """How often entities are right, over how probable they were said to be, before and after calibration; below, how many there are in each bin.

    Args:
        before: bins without the temperature.
        after: bins with it.
        title: stands above the plot.
    """
    names = ["before calibration", "after calibration"]
    with _figure(height=3.2, names=names) as figure:
        axes, counts = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        axes.plot([0, 1], [0, 1], color=_SOFT, linewidth=0.8, linestyle=":")
        drawn = []
        for bins, (colour, marker, line) in zip((before, after), _SERIES, strict=False):
            filled = [one for one in bins if one.count]
            drawn += axes.plot(
                [one.probability for one in filled],
                [one.correct for one in filled],
                color=colour,
                marker=marker,
                linestyle=line,
            )
            counts.stairs(
                [one.count for one in bins],
                [*(one.low for one in bins), bins[-1].high],
                color=colour,
                linestyle=line,
                linewidth=1.4,
            )
        axes.set(title=_shortened(title), ylabel="share correct", xlim=_WHOLE, ylim=_WHOLE)
        most = max(1, *(one.count for one in (*before, *after)))
        counts.set(xlabel="probability of the entity", ylabel="entities", ylim=(0, 1.1 * most))
        counts.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=2))
        return _written(figure, title, drawn=drawn, names=names)


def _draw_intervals(
    axes: Axes, placed: Sequence[tuple[float, Interval]], *, colour: str, marker: str
) -> ErrorbarContainer:
    values = [100 * each.value for _, each in placed]
    arms = [
        [100 * max(0.0, each.value - each.low) for _, each in placed],
        [100 * max(0.0, each.high - each.value) for _, each in placed],
    ]
    return axes.errorbar(
        values,
        [place for place, _ in placed],
        xerr=arms,
        color=colour,
        marker=marker,
        linestyle="none",
        elinewidth=1.3,
    )


@contextmanager
def _figure(*, height: float, names: Sequence[str]) -> Iterator[Figure]:
    """A figure with the style of the page; higher by a line for each name of the legend."""
    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()  # whatever the user's matplotlibrc says
        mpl.rcParams.update(_STYLE)
        # Matplotlib measures texts with its own font, which lacks most scripts and emoji; the page draws them with the reader's.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        lines = len(names) if len(names) > 1 else 0
        yield Figure(figsize=(_WIDTH, height + 0.2 * lines), layout="constrained")


def _written(figure: Figure, title: str, *, drawn: Sequence[Any], names: Sequence[str]) -> str:
    """The figure as one element, with a legend of the lines or error bars that were drawn where there are several."""
    if len(names) > 1:
        legend = figure.legend(
            drawn,
            [""] * len(names),
            loc="outside lower left",
            ncols=1,
            labelspacing=0.25,
            borderpad=0.2,
        )
        for text, name in zip(legend.get_texts(), names, strict=True):
            text.set_text(
                _shortened(name)
            )  # not by the call above: matplotlib has left out names that begin with "_"
    buffer = StringIO()
    with mpl.rc_context({"svg.hashsalt": title}):
        figure.savefig(
            buffer, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type"))
        )
    return _inlined(buffer.getvalue(), title)


def _inlined(svg: str, title: str) -> str:
    """What of an SVG file belongs into a page: one element, without names that other plots of the page could have, and in the page's colours."""
    head, body = svg[svg.index("<svg") :].split(">", maxsplit=1)
    (view,) = re.findall(r'viewBox="[-\d. ]+"', head)
    body = body[body.index("</defs>") + len("</defs>") :]  # a style for the whole page
    for colour, variable in _PAGE_COLOURS.items():
        body = body.replace(f": {colour}", f": {variable}")
    body = re.sub(r'(<g|<path) id="[A-Za-z0-9.]+_\d+"', r"\1", body)
    body = re.sub(r" font-family: [^;]+;", "", body)
    body = " ".join(body.replace("xlink:href", "href").split())
    return f'<svg class="plot" {view} role="img" aria-label={quoteattr(title)} stroke-linejoin="round">{body}'


def _shortened(name: str) -> str:
    """Cut at the front: the ends of paths tell runs apart."""
    return name if len(name) <= _LONGEST_NAME else "…" + name[1 - _LONGEST_NAME :]
