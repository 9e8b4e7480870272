"""Lines that belong together, such as those of a title: near one another, and of like height."""

from collections.abc import Sequence
from itertools import combinations

from mner.pictures.lettering.lines import Box, Lettering, Line

__all__ = ["line_groups"]

_MOST_LINES = 400
"""Lines of a picture that are put into groups; a picture that has more is a page of a book."""
_LIKE_HEIGHT = 1.7
"""The highest ratio of the heights of two lines of one group."""
_ROW_OVERLAP = 0.5
"""The share of the lower line's height that two lines of one row have in common."""
_ROW_GAP = 1.2
_COLUMN_GAP = 0.9
"""The widest gap between lines of one group, in heights of the lower line."""
_ALIGNED = 0.8
"""How far the left ends, or the middles, of lines below one another may be apart, in heights."""


def line_groups(lettering: Lettering) -> list[tuple[Line, ...]]:
    """Return the lines of a picture in groups, each in the order in which it is read.

    Lines of one row come from left to right. Every line is in one group. The groups are in the
    order of their first lines, from top to bottom.
    """
    lines = lettering.lines[:_MOST_LINES]
    boxes = [_squared(line.box, lettering.aspect) for line in lines]
    leaders = list(range(len(lines)))
    for first, second in combinations(range(len(lines)), 2):
        if _belong_together(boxes[first], boxes[second]):
            _join(leaders, first, second)
    groups: dict[int, list[int]] = {}
    for number in range(len(lines)):
        groups.setdefault(_leader(leaders, number), []).append(number)
    ordered = [_in_reading_order(group, boxes) for group in groups.values()]
    ordered.sort(key=lambda group: (boxes[group[0]].top, boxes[group[0]].left))
    return [tuple(lines[number] for number in group) for group in ordered]


def _squared(box: Box, aspect: float) -> Box:
    """Return a box whose width and height have one unit, the height of the picture."""
    return Box(box.left * aspect, box.top, box.right * aspect, box.bottom)


def _belong_together(one: Box, other: Box) -> bool:
    heights = sorted((one.bottom - one.top, other.bottom - other.top))
    low, high = heights
    if low <= 0 or high > _LIKE_HEIGHT * low:
        return False
    if _in_one_row(one, other):
        gap = max(one.left, other.left) - min(one.right, other.right)
        return gap < _ROW_GAP * low
    gap = max(one.top, other.top) - min(one.bottom, other.bottom)
    return gap < _COLUMN_GAP * low and _is_below(one, other, within=_ALIGNED * high)


def _in_one_row(one: Box, other: Box) -> bool:
    common = min(one.bottom, other.bottom) - max(one.top, other.top)
    return common > _ROW_OVERLAP * min(one.bottom - one.top, other.bottom - other.top)


def _is_below(one: Box, other: Box, *, within: float) -> bool:
    """Return whether boxes stand below one another: aligned, or one over most of the other."""
    if abs(one.left - other.left) < within:
        return True
    if abs(one.left + one.right - other.left - other.right) < 2 * within:
        return True
    common = min(one.right, other.right) - max(one.left, other.left)
    return common > 0.7 * min(one.right - one.left, other.right - other.left)


def _in_reading_order(group: Sequence[int], boxes: Sequence[Box]) -> list[int]:
    """Order lines by rows, and by their left ends within a row."""
    rows: list[list[int]] = []
    for number in sorted(group, key=lambda item: boxes[item].top):
        row = next((row for row in rows if _in_one_row(boxes[row[0]], boxes[number])), None)
        if row is None:
            rows.append([number])
        else:
            row.append(number)
    ordered = []
    for row in rows:
        ordered += sorted(row, key=lambda item: boxes[item].left)
    return ordered


def _leader(leaders: list[int], number: int) -> int:
    while leaders[number] != number:
        number = leaders[number]
    return number


def _join(leaders: list[int], first: int, second: int) -> None:
    first, second = _leader(leaders, first), _leader(leaders, second)
    leaders[max(first, second)] = min(first, second)
