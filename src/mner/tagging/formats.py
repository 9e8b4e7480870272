"""The formats of tagged posts, and how the ending of a file's name says which is meant."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import get_args

from mner.errors import InputError, quoted
from mner.formats import OutputStyle
from mner.posts.table_write import TableKind

__all__ = ["ENDINGS", "KEEPING", "LINES", "TABLES", "TABLE_KINDS", "output_style"]

ENDINGS: Mapping[str, OutputStyle] = MappingProxyType(
    {
        ".jsonl": "jsonl",
        ".csv": "csv",
        ".tsv": "tsv",
        ".xlsx": "xlsx",
        ".parquet": "parquet",
        ".conll": "conll",
        ".imgid": "imgid",
        ".html": "html",
    }
)
"""The format that the ending of a file's name stands for."""

TABLES: frozenset[OutputStyle] = frozenset({"csv", "tsv", "xlsx", "parquet"})
"""Formats with a row for each entity, or for each post."""

TABLE_KINDS: Mapping[OutputStyle, TableKind] = MappingProxyType(
    {"xlsx": "xlsx", "parquet": "parquet"}
)
"""Tables that are written as a whole, to a file alone."""

LINES: frozenset[OutputStyle] = frozenset({"jsonl", "csv", "tsv", "conll", "imgid", "text"})
"""Formats to which the lines of more posts can be added, so that an interrupted run is resumed."""

KEEPING: frozenset[OutputStyle] = frozenset({"jsonl", *TABLES})
"""Formats that hold other fields of the input, by `--keep`."""


def output_style(path: Path, style: OutputStyle | None) -> OutputStyle:
    """Return the format of a file to be written.

    Args:
        path: where it is written.
        style: the format that the user asked for; None where the name decides.

    Raises:
        InputError: the name stands for another format than the one asked for, or for none and none
            was asked for.
    """
    if style is not None and style not in get_args(OutputStyle):
        known = ", ".join(get_args(OutputStyle))
        raise InputError(f"format {quoted(style)} is not known: expected one of {known}")
    meant = ENDINGS.get(path.suffix.lower())
    if style is None:
        if meant is not None:
            return meant
        if path.exists() and not path.is_file() and not path.is_dir():
            return "jsonl"  # a device or a pipe has a name of its own
        raise InputError(
            f"--output {quoted(str(path))}: the name does not say the format: expected one of the "
            f"endings {', '.join(ENDINGS)}, or --format"
        )
    if meant is not None and meant != style:
        endings = [ending for ending, of_ending in ENDINGS.items() if of_ending == style]
        advice = f"end it in {endings[0]}" if endings else "give it another ending"
        raise InputError(
            f"--output {quoted(str(path))} and --format {style} contradict one another: "
            f"{path.suffix} is the ending of {meant} (endings: {', '.join(ENDINGS)}); {advice}, "
            "or leave --format out"
        )
    return style
