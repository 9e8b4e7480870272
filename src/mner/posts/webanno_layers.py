"""Which column of a file of WebAnno holds the entities, as its head says."""

from collections.abc import Sequence

from mner.errors import InputError, quoted
from mner.posts.reading import Reading

__all__ = ["entity_column"]

_BEFORE = 3
"""Columns before those of the layers: place, offsets and token."""


def entity_column(layers: Sequence[str], reading: Reading) -> int:
    """Return the column of the labels of entities, counted from that of the token, which is 0.

    It is what the user named by `--columns tag=N`, else the value of the layer for named entities,
    else that of the only layer of spans.

    Args:
        layers: the lines of the head that begin with `#T_`.
        reading: how the file is read.

    Raises:
        InputError: there are several layers of spans or none, and none is for named entities.
    """
    columns = reading.options.columns
    if columns is not None and columns.tag is not None:
        if columns.tag <= _BEFORE:
            raise InputError(
                f"{reading.log.name}: --columns tag={columns.tag}: the columns of annotations are "
                f"counted from {_BEFORE + 1}"
            )
        return columns.tag - _BEFORE
    spans: dict[str, int] = {}
    column = 1
    for line in layers:
        kind, _, rest = line.partition("=")
        name, *features = rest.split("|")
        if kind == "#T_SP":
            spans[name] = column + _position(features)
        column += max(1, len(features))
    named = [found for name, found in spans.items() if name.endswith("NamedEntity")]
    if len(named) == 1 or len(spans) == 1:
        return (named or list(spans.values()))[0]
    raise InputError(
        f"{reading.log.name}: has the layers of spans {quoted(list(spans))}, and no single one for "
        "named entities: name the column of their labels, as in --columns tag=4"
    )


def _position(features: Sequence[str]) -> int:
    """Return the feature of a layer that holds the label."""
    names = [name.lower() for name in features]
    return next((names.index(name) for name in ("value", "label") if name in names), 0)
