"""The rows of a table of scores: kinds of entities, with a cell for each tagger or run."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

__all__ = ["ALL", "SEEN", "UNSEEN", "Kind", "table_rows"]

_Cell = TypeVar("_Cell")


class Kind(NamedTuple):
    """A kind of entity; a label may have the name of another kind."""

    name: str
    is_label: bool = False


ALL = Kind("All")
SEEN, UNSEEN = Kind("Seen in training"), Kind("Unseen")


def table_rows(
    columns: Sequence[Mapping[Kind, _Cell]],
) -> list[tuple[Kind, tuple[_Cell | None, ...]]]:
    """Return a row for each kind: all entities, the labels in alphabetical order, seen, unseen.

    Args:
        columns: for each column its cells; a kind may be missing.
    """
    labels: set[Kind] = set()
    for column in columns:
        labels.update(kind for kind in column if kind.is_label)
    rows = []
    for kind in (ALL, *sorted(labels), SEEN, UNSEEN):
        rows.append((kind, tuple(column.get(kind) for column in columns)))
    return rows
