"""Which columns a file in columns has, recognised from its first lines."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from mner.errors import InputError, quoted
from mner.posts.reading import Columns
from mner.posts.tag_style import is_tag

__all__ = ["PLAIN", "Layout", "recognise_layout"]

_LEAST_SHARE = 0.9
"""Share of the first lines that have the same number of words where blanks part columns."""
_LEAST_SHARE_OF_TAGS = 0.5
"""The same, where all of these lines end in a tag."""
_OTHER_SEPARATORS = {
    separator: re.compile(rf"[^{re.escape(separator)}]+{re.escape(separator)}(O|[BIESLUM][-_]\S+)")
    for separator in ",;|/"
}
_NO_WORD = re.compile(r"\d+[-.]\d+")
"""Numbers in CoNLL-U of the tokens that are several words, and of words that are left out."""
_NAMES = {"\t": "TAB", " ": "blanks"}


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a file. Columns are counted from 0."""

    separator: str = "\t"
    """TAB or a blank; several blanks are one."""
    width: int = 2
    """The number of columns."""
    token: int = 0
    tag: int | None = 1
    """None where no column holds tags, so that the file is not annotated."""
    is_numbered: bool = False
    """Whether the first column counts the tokens of a post."""

    def split(self, line: str) -> list[str]:
        """Return the cells of a line."""
        if self.separator == "\t":
            return line.split("\t")
        return [cell for cell in line.replace("\t", " ").split(" ") if cell]

    def expected(self) -> str:
        """Return what a line should be, for messages."""
        if self == PLAIN or self.tag is None:
            return "token TAB tag"
        return f"{self.width} columns parted by {_NAMES[self.separator]}"

    def __str__(self) -> str:
        """What a message says of the layout; empty for two columns parted by TAB."""
        if self == PLAIN:
            return ""
        if self.tag is None:
            return "one column, so no tags"
        numbers = ", column 1 counts the tokens" if self.is_numbered else ""
        return (
            f"{self.expected()}{numbers}, token in column {self.token + 1}, "
            f"tag in column {self.tag + 1}"
        )


PLAIN = Layout()


def recognise_layout(lines: Sequence[str], columns: Columns | None) -> Layout:
    """Return the layout of a file.

    Args:
        lines: the first lines that should hold tokens, without blanks at their end.
        columns: those that the user named.

    Raises:
        InputError: the file is in a layout that is not supported, or has no such column; the
            message does not name the file.
    """
    if not lines:
        return PLAIN
    columns = columns or Columns()
    if columns.predicted is not None:
        raise InputError(
            "--columns names the column of predicted tags, which only `mner score` of one file "
            "reads: remove predicted=N"
        )
    separator = "\t" if any("\t" in line for line in lines) else " "
    rows = [Layout(separator).split(line) for line in lines]
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        _refuse_other_separators(lines)
        return _with_columns(Layout("\t", 1, tag=None), columns)
    width = widths.most_common(1)[0][0]
    rows = [row for row in rows if len(row) == width]
    is_numbered = width > 2 and _counts(rows)
    layout = Layout(separator, width, int(is_numbered), width - 1, is_numbered)
    layout = _with_columns(layout, columns)
    if separator == " " and columns.tag is None and not _are_columns(lines, rows, layout):
        _refuse_other_separators(lines)
        return PLAIN  # in which the first line of a raw text is refused
    if columns.tag is None:
        return _checked(layout, rows)
    return layout


def _counts(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first cells count tokens: from 0 or 1, again for each post."""
    expected = {"0", "1"}
    for row in rows:
        number = row[0]
        if _NO_WORD.fullmatch(number):
            continue
        if number not in expected:
            return False
        expected = {"0", "1", str(int(number) + 1)}
    return len(rows) > 1 or (bool(rows) and not is_tag(rows[0][1]))


def _with_columns(layout: Layout, columns: Columns) -> Layout:
    """Return a layout with the columns that the user named."""
    token = _index("token", columns.token, layout.token, width=layout.width)
    tag = layout.tag
    if tag is not None or columns.tag is not None:
        tag = _index("tag", columns.tag, tag or 0, width=layout.width)
    if token == tag:
        raise InputError(
            f"the first lines have {layout.width} columns, and column {token + 1} cannot hold both "
            "token and tag: name two columns by --columns token=N,tag=N (`mner score` of one file "
            "needs a column of gold tags and one of predicted tags; else give it two files)"
        )
    return replace(layout, token=token, tag=tag)


def _index(name: str, number: int | None, default: int, *, width: int) -> int:
    if number is None:
        return default
    if not 0 < abs(number) <= width:
        raise InputError(
            f"column {number} for the {name} is not there: the first lines have {width} "
            f"{'column' if width == 1 else 'columns'}; correct --columns"
        )
    return number - 1 if number > 0 else width + number


def _are_columns(lines: Sequence[str], rows: Sequence[Sequence[str]], layout: Layout) -> bool:
    """Return whether lines without TABs are columns, and not sentences."""
    assert layout.tag is not None
    share = len(rows) / sum(" " in line for line in lines)
    if all(is_tag(row[layout.tag]) for row in rows):
        return share >= _LEAST_SHARE_OF_TAGS
    return share >= _LEAST_SHARE and any(
        "O" in (row[column] for row in rows) for column in range(layout.width)
    )


def _checked(layout: Layout, rows: Sequence[Sequence[str]]) -> Layout:
    """Return a layout with the outer of two columns of tags where tokens are numbered.

    Raises:
        InputError: the tags are in another column than the last.
    """
    assert layout.tag is not None
    if layout.is_numbered and layout.width > 3 and _holds_tags(rows, layout.tag - 1):
        return replace(layout, tag=layout.tag - 1)
    if any(is_tag(row[layout.tag]) for row in rows):
        return layout
    others = [column for column in range(layout.width) if column != layout.tag]
    for column in others:
        if _holds_tags(rows, column):
            token = 1 if column != 0 else 2
            raise InputError(
                f"column {layout.tag + 1} holds {quoted(rows[0][layout.tag])} and no tags, but "
                f"column {column + 1} does: name the columns by --columns "
                f"token={token},tag={column + 1}"
            )
    return layout


def _holds_tags(rows: Sequence[Sequence[str]], column: int) -> bool:
    cells = [row[column] for row in rows]
    return "O" in cells and all(map(is_tag, cells))


def _refuse_other_separators(lines: Sequence[str]) -> None:
    for separator, pattern in _OTHER_SEPARATORS.items():
        matches: Callable[[str], object] = pattern.fullmatch
        if all(all(map(matches, line.split(" "))) for line in lines):
            raise InputError(
                f"{quoted(lines[0])}: token and tag are parted by {quoted(separator)}, which is "
                "not supported: expected token TAB tag, one token a line and a blank line after "
                "each post; replace it by a TAB"
            )
