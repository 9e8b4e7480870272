"""Markdown at the width of the repository: paragraphs, commands of a shell, lines of tables."""

import re
import textwrap
from collections.abc import Iterable, Sequence

__all__ = ["command", "paragraph", "table_head", "table_line"]

_WIDTH = 98


def paragraph(text: str, *, indent: str = "") -> str:
    """Wrap a paragraph; `indent` stands before all lines but the first."""
    return textwrap.fill(
        text,
        _WIDTH,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def command(text: str) -> str:
    """Continue a long command on further lines, each of which begins with an option."""
    first, *options = re.split(r" (?=--)", text)
    lines = [first]
    for option in options:
        if len(f"{lines[-1]} {option}") < _WIDTH:
            lines[-1] += f" {option}"
        else:
            lines.append(f"  {option}")
    return " \\\n".join(lines)


def table_head(columns: Sequence[str]) -> str:
    """Return the two lines that a table begins with."""
    return f"{table_line(columns)}\n|{'---|' * len(columns)}"


def table_line(cells: Iterable[str]) -> str:
    """Return a line of a table."""
    return f"| {' | '.join(cells)} |"
