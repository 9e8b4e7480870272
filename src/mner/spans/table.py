"""Plain text for people: aligned tables, and words that are counted."""

from collections.abc import Sequence

from mner.files.terminal import one_line

__all__ = ["counted", "table"]


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a line for each row, with no blanks at its end.

    The first column is aligned on the left, the others on the right.

    Args:
        rows: cells, the same number in each row.
    """
    rows = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [_aligned(row, widths) for row in rows]


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, such as `1 post` and `2 posts`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [row[0].ljust(widths[0])]
    for cell, width in zip(row[1:], widths[1:], strict=True):
        cells.append(cell.rjust(width))
    return "  ".join(cells).rstrip()
