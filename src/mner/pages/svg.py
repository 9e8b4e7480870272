"""Figures in the style of the pages, and how they become SVG elements inside a page.

An element has no script, file or font of its own, and the same numbers give the same bytes. Texts
stay texts in the font of the page. Everything that has no colour of a series takes the page's
`--ink`, `--soft` and `--line`, so a plot suits a dark page. A plot is as wide as a phone; a page
puts several plots side by side if it has the room.
"""

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from typing import Any, NamedTuple
from xml.sax.saxutils import quoteattr

import matplotlib as mpl
from matplotlib.figure import Figure

__all__ = ["SERIES", "SOFT", "Series", "as_svg", "new_figure", "shortened"]

_INK, SOFT, _LINE = "#010203", "#040506", "#070809"
_PAGE_COLOURS = {_INK: "var(--ink)", SOFT: "var(--soft)", _LINE: "var(--line)"}
"""These colours stand for the page's own colours until the plot is written."""


class Series(NamedTuple):
    """How a run is drawn, so that it can be told from others without colour as well."""

    colour: str
    marker: str
    line: str


SERIES = (
    Series("#0072b2", "o", "-"),
    Series("#d55e00", "s", "--"),
    Series("#009e73", "^", "-."),
    Series("#cc79a7", "D", ":"),
    Series("#e69f00", "v", "-"),
    Series("#56b4e9", "P", "--"),
    Series("#b8ab00", "X", "-."),
)
"""Colours of Okabe and Ito, for any kind of colour vision; further series use them again."""

_WIDTH = 3.7
"""Inches: the width of a phone of 390 pixels, without shrinking."""

_LONGEST_NAME = 44

_STYLE: dict[Any, object] = {
    # Text
    "svg.fonttype": "none",
    "font.size": 9,
    "text.parse_math": False,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "legend.fontsize": 8.5,
    "axes.unicode_minus": False,
    # Colours of the page
    "text.color": _INK,
    "axes.titlecolor": _INK,
    "axes.labelcolor": SOFT,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "axes.edgecolor": _LINE,
    "xtick.color": _LINE,
    "ytick.color": _LINE,
    "grid.color": _LINE,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    # Lines
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "lines.markersize": 4,
    "grid.linewidth": 0.6,
}


@contextmanager
def new_figure(*, height: float, names: Sequence[str]) -> Iterator[Figure]:
    """Give a figure in the style of the page.

    Args:
        height: in inches, without the legend.
        names: the series; if there are several, the figure is higher by a line for each.
    """
    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()  # the same plot whatever the user's matplotlibrc says
        mpl.rcParams.update(_STYLE)
        # Matplotlib measures texts with its own font, which lacks most scripts and emoji.
        # The page draws them with the reader's fonts.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        lines = len(names) if len(names) > 1 else 0
        yield Figure(figsize=(_WIDTH, height + 0.2 * lines), layout="constrained")


def as_svg(figure: Figure, title: str, *, drawn: Sequence[Any], names: Sequence[str]) -> str:
    """Return the figure as one SVG element, with a legend if there are several series.

    Args:
        figure: given by `new_figure`.
        title: read out by screen readers.
        drawn: the lines or error bars of each series.
        names: the series.
    """
    if len(names) > 1:
        _add_legend(figure, drawn, names)
    buffer = StringIO()
    no_metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with mpl.rc_context({"svg.hashsalt": title}):
        figure.savefig(buffer, format="svg", metadata=no_metadata)
    return _element(buffer.getvalue(), title)


def shortened(name: str) -> str:
    """Return a name, without its beginning if it is long: runs differ at the end of their paths."""
    return name if len(name) <= _LONGEST_NAME else "…" + name[1 - _LONGEST_NAME :]


def _add_legend(figure: Figure, drawn: Sequence[Any], names: Sequence[str]) -> None:
    legend = figure.legend(
        drawn,
        [""] * len(names),
        loc="outside lower left",
        ncols=1,
        labelspacing=0.25,
        borderpad=0.2,
    )
    # The names are set here because matplotlib left out names that begin with "_" above.
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set_text(shortened(name))


def _element(svg: str, title: str) -> str:
    """Return the element of an SVG file that belongs into a page.

    It has no names that other plots of the page could have, and it has the page's colours.
    """
    head, body = svg[svg.index("<svg") :].split(">", maxsplit=1)
    (view,) = re.findall(r'viewBox="[-\d. ]+"', head)
    body = body[body.index("</defs>") + len("</defs>") :]  # drops a style for the whole page
    for colour, variable in _PAGE_COLOURS.items():
        body = body.replace(f": {colour}", f": {variable}")
    body = re.sub(r'(<g|<path) id="[A-Za-z0-9.]+_\d+"', r"\1", body)
    body = re.sub(r" font-family: [^;]+;", "", body)
    body = " ".join(body.replace("xlink:href", "href").split())
    label = f'role="img" aria-label={quoteattr(title)}'
    return f'<svg class="plot" {view} {label} stroke-linejoin="round">{body}'
