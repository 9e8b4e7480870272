"""Tables of a TOML file become the sections of a recipe, or a list of all that is wrong."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, is_dataclass
from typing import Any, get_type_hints

import msgspec

from mner.errors import quoted
from mner.recipe.fields import expected, range_of, table_of
from mner.recipe.sections import Recipe

__all__ = ["Problems", "build_recipe"]


@dataclass
class Problems:
    """What is wrong with the values of a recipe; one line each, with the key."""

    keys_and_types: list[str] = field(default_factory=list)
    """Keys that do not exist, and values that are left out because their type is wrong."""
    ranges: list[str] = field(default_factory=list)
    """Numbers that are out of range. They are in the recipe as they were given."""


def build_recipe(values: Mapping[str, Any]) -> tuple[Recipe, Problems]:
    """Make a recipe of nested tables; what the tables do not give, or give wrongly, is default."""
    problems = Problems()
    recipe: Recipe = _build(Recipe, values, problems, prefix="")
    return recipe, problems


def _build(
    section: type[Any], values: Mapping[str, Any], problems: Problems, *, prefix: str
) -> Any:
    """Make one section; `prefix` is what its keys begin with."""
    hints = get_type_hints(section)
    limited_hints = get_type_hints(section, include_extras=True)
    chosen: dict[str, Any] = {}
    for name, value in values.items():
        key = f"{prefix}{name}"
        if name not in hints:
            known = ", ".join(sorted(hints))
            problems.keys_and_types.append(f"unknown key {key} (there are: {known})")
            continue
        try:
            chosen[name] = _convert(hints[name], value, problems, key=key)
        except msgspec.ValidationError:
            wanted = expected(hints[name])
            problems.keys_and_types.append(f"{key}: expected {wanted}, got {quoted(value)}")
            continue
        if wanted := _missed_range(limited_hints[name], chosen[name]):
            problems.ranges.append(f"{key}: expected {wanted}, got {quoted(value)}")
    return section(**chosen)


def _convert(hint: Any, value: Any, problems: Problems, *, key: str) -> Any:
    """Return a value as the type of its field.

    Raises:
        ValidationError: it is of another type.
    """
    if is_dataclass(hint) and isinstance(hint, type) and isinstance(value, Mapping):
        return _build(hint, value, problems, prefix=f"{key}.")
    table = table_of(hint)
    if table is not None and _is_list_of_tables(value):
        return tuple(
            _build(table, row, problems, prefix=f"{key}[{number}].")
            for number, row in enumerate(value)
        )
    return msgspec.convert(value, hint)


def _is_list_of_tables(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(row, Mapping) for row in value)


def _missed_range(hint: Any, value: Any) -> str:
    """Return in words the range that a number misses; "" if it does not."""
    if isinstance(value, float) and not math.isfinite(value):
        return ", ".join(filter(None, ("a finite number", range_of(hint))))
    limits = range_of(hint)
    if not limits:
        return ""
    try:
        msgspec.convert(value, hint)
    except msgspec.ValidationError:
        return limits
    return ""
