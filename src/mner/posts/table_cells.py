"""Cells of a table as the parts of a post."""

import math
import re
from collections.abc import Mapping
from datetime import date, time
from typing import TypeGuard

__all__ = ["has_lost_digits", "id_of_cell", "kept_value", "text_of_cell"]

_WHOLE = re.compile(r"(-?[0-9]+)\.0+")
_POWER = re.compile(r"[0-9][.,]?[0-9]*[eE]\+?[0-9]+")
_EXACT = 2**53
"""The first whole number after which a floating-point number lacks some."""


def text_of_cell(value: object) -> str:
    """Return the text of a cell; that of an empty one is empty."""
    if _is_empty(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else str(kept_value(value))


def id_of_cell(value: object) -> str:
    """Return the id in a cell; a frame with empty ids has made `12` to `12.0`."""
    text = text_of_cell(value).strip()
    match = _WHOLE.fullmatch(text)
    return match[1] if match else text


def has_lost_digits(value: object) -> bool:
    """Return whether the id in a cell was a number that was too long for the program that wrote it.

    Such a one is `1.23E+17`.
    """
    if isinstance(value, float):
        return math.isfinite(value) and abs(value) >= _EXACT
    return isinstance(value, str) and _POWER.fullmatch(value.strip()) is not None


def kept_value(value: object) -> object:
    """Return a cell that is passed through: None if it is empty, else what JSON can hold."""
    if _is_empty(value):
        return None
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [kept_value(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): kept_value(item) for key, item in value.items()}
    return value if isinstance(value, str | int | float) else str(value)


def _is_empty(value: object) -> TypeGuard[None]:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))
