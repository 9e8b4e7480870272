"""Tables for papers: the same cells as LaTeX, Markdown or CSV, with what the numbers are."""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from mner.files.terminal import one_line
from mner.spans.estimates import LEVEL, Interval

__all__ = ["NOTHING", "Cell", "PaperFormat", "PaperTable", "Rate", "write_paper_table"]

PaperFormat: TypeAlias = Literal["latex", "markdown", "csv"]


@dataclass(frozen=True)
class Rate:
    """A rate as a fraction, such as F1, and how sure it is."""

    value: float
    deviation: float | None = None
    """The sample standard deviation over several seeds."""
    interval: Interval | None = None
    """Its bounds are given beside the value."""
    signed: bool = False
    """Whether it is a difference, which is written with its sign."""


Cell: TypeAlias = str | int | Rate

NOTHING = "-"
"""The cell of a number that there is not; it is empty in a CSV."""


@dataclass(frozen=True)
class PaperTable:
    """A table, and what has to stand beside its numbers."""

    columns: tuple[str, ...]
    """The names of the columns; the first is empty or names the rows."""
    rows: tuple[tuple[Cell, ...], ...]
    about: Mapping[str, str]
    """What every number of the table is of, such as its scoring, gold fingerprint and seeds."""
    notes: tuple[str, ...] = ()
    """Whole sentences that stand below the table."""


def write_paper_table(table: PaperTable, format: PaperFormat) -> str:
    """Return a table in a format, without a line break at its end.

    Rates are in percent. LaTeX and Markdown say in a caption what the numbers are, the CSV in
    columns of each row. The LaTeX needs no packages.
    """
    return _WRITERS[format](table)


def _latex(table: PaperTable) -> str:
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\begin{{tabular}}{{{_alignment(table)}}}",
        r"\hline",
        _latex_row(table.columns),
        r"\hline",
        *[_latex_row([_shown(cell) for cell in row]) for row in table.rows],
        r"\hline",
        r"\end{tabular}",
        rf"\caption{{{_escaped(_caption(table))}}}",
        r"\end{table}",
    ]
    return "\n".join(lines)


def _markdown(table: PaperTable) -> str:
    lines = [
        _markdown_row(table.columns),
        "|" + "".join("---|" if side == "l" else "---:|" for side in _alignment(table)),
        *[_markdown_row([_shown(cell) for cell in row]) for row in table.rows],
        "",
        _marked(_caption(table)),
    ]
    return "\n".join(lines)


def _csv(table: PaperTable) -> str:
    """Write numbers alone, each in a column of its own, as programs want them."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    parts = [_parts_of(table, column) for column in range(len(table.columns))]
    names: list[str] = []
    for column, kinds in zip(table.columns, parts, strict=True):
        names += [f"{column} {kind}".strip() if kind else column or "name" for kind in kinds]
    writer.writerow([*names, *table.about])
    for row in table.rows:
        values: list[str] = []
        for cell, kinds in zip(row, parts, strict=True):
            values += [_part(cell, kind) for kind in kinds]
        writer.writerow([*values, *table.about.values()])
    return stream.getvalue().rstrip("\n")


_WRITERS: dict[str, Callable[[PaperTable], str]] = {
    "latex": _latex,
    "markdown": _markdown,
    "csv": _csv,
}


def _alignment(table: PaperTable) -> str:
    """Return `r` for each column that has numbers, and `l` for each other."""
    columns = zip(*table.rows, strict=True)
    sides = ("l" if all(isinstance(cell, str) for cell in cells) else "r" for cells in columns)
    return "".join(sides) or "l" * len(table.columns)


def _shown(cell: Cell) -> str:
    """Return a cell for people, such as `72.31 ± 0.25 [71.77, 74.04]`."""
    if not isinstance(cell, Rate):
        return str(cell)
    text = _percent(cell.value, signed=cell.signed)
    if cell.deviation is not None:
        text += f" ± {_percent(cell.deviation)}"
    if cell.interval is not None:
        bounds = [cell.interval.low, cell.interval.high]
        text += f" [{', '.join(_percent(bound, signed=cell.signed) for bound in bounds)}]"
    return text


def _percent(rate: float, *, signed: bool = False) -> str:
    return f"{100 * rate:+.2f}" if signed else f"{100 * rate:.2f}"


def _caption(table: PaperTable) -> str:
    about = "; ".join(f"{name}: {value}" for name, value in table.about.items())
    cells = [cell for row in table.rows for cell in row if isinstance(cell, Rate)]
    sentences = [f"Rates in percent; {about}."]
    if any(cell.deviation is not None for cell in cells):
        sentences.append("±: sample standard deviation over the seeds.")
    if any(cell.interval is not None for cell in cells):
        sentences.append(f"In brackets: {100 * LEVEL:.0f}% interval.")
    return one_line(" ".join([*sentences, *table.notes]))


def _latex_row(cells: Sequence[str]) -> str:
    return " & ".join(map(_escaped, cells)) + r" \\"


_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"$<$",
    ">": r"$>$",
    "|": r"$|$",
    '"': "''",
    "±": r"$\pm$",
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
}
"""What has a meaning in LaTeX. A bracket or a star at the begin of a row would belong to the line
break before it."""


def _escaped(text: str) -> str:
    escaped = "".join(_LATEX.get(character, character) for character in one_line(text))
    return _SIGN.sub(r"$\1$", escaped)


_SIGN = re.compile(r"(?<![\w-])([+-])(?=\d)")
"""The sign of a number, which is no hyphen."""


def _markdown_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(_marked, cells)) + " |"


def _marked(text: str) -> str:
    """Escape what Markdown would take for a mark."""
    return "".join(f"\\{c}" if c in "\\|*_`<>#" else c for c in one_line(text))


def _parts_of(table: PaperTable, column: int) -> list[str]:
    """Return which numbers a column holds: the value, and its deviation or bounds where given."""
    rates = [row[column] for row in table.rows if isinstance(row[column], Rate)]
    kinds = [""]
    if any(isinstance(rate, Rate) and rate.deviation is not None for rate in rates):
        kinds.append("deviation")
    if any(isinstance(rate, Rate) and rate.interval is not None for rate in rates):
        kinds += ["low", "high"]
    return kinds


def _part(cell: Cell, kind: str) -> str:
    """Return one number of a cell; empty where the cell does not have it."""
    if not isinstance(cell, Rate):
        return "" if kind or cell == NOTHING else one_line(str(cell))
    interval = cell.interval
    values = {
        "": cell.value,
        "deviation": cell.deviation,
        "low": None if interval is None else interval.low,
        "high": None if interval is None else interval.high,
    }
    value = values[kind]
    return "" if value is None else _percent(value)
