"""Environment variables in the strings of a recipe: `$NAME` or `${NAME}`."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mner.errors import quoted
from mner.recipe.advice import by_change

__all__ = ["expand", "expand_known", "variables_in"]

_VARIABLE = re.compile(r"\$(\w+|\{[^}]*\})", re.ASCII)


def expand(
    values: Mapping[str, Any], *, is_used: Callable[[str], bool], problems: list[str]
) -> dict[str, Any]:
    """Put the values of environment variables in place of their names.

    Args:
        values: nested tables.
        is_used: says of a key, such as `data.train`, whether the recipe uses it. A string of
            another key stays as it is.
        problems: a line is added for each variable that is not set; its string stays as it is.
    """

    def replace(key: str, text: str) -> str:
        if not is_used(key):
            return text
        for name in _names(text):
            if name not in os.environ:
                problems.append(
                    f"{key} = {quoted(text)}: the environment variable {name} is not set; "
                    f"set it, or name the path by {by_change(f'{key}=PATH')}"
                )
                return text
        return _VARIABLE.sub(lambda match: os.environ[match[1].strip("{}")], text)

    return {name: _map_strings(value, replace, key=name) for name, value in values.items()}


def expand_known(values: Mapping[str, Any]) -> dict[str, Any]:
    """Put the values of those environment variables that are set in place of their names."""
    return expand(values, is_used=lambda _: True, problems=[])


def variables_in(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the environment variables that nested tables name and that are set, by name."""
    names: set[str] = set()

    def note(_key: str, text: str) -> str:
        names.update(_names(text))
        return text

    _map_strings(values, note, key="")
    return {name: os.environ[name] for name in sorted(names) if os.environ.get(name)}


def _names(text: str) -> Iterator[str]:
    for match in _VARIABLE.finditer(text):
        yield match[1].strip("{}")


def _map_strings(value: Any, change: Callable[[str, str], str], *, key: str) -> Any:
    """Return a TOML value with `change(key, string)` in place of each of its strings."""
    if isinstance(value, dict):
        return {
            name: _map_strings(inner, change, key=f"{key}.{name}") for name, inner in value.items()
        }
    if isinstance(value, list):
        return [
            _map_strings(inner, change, key=f"{key}[{number}]")
            for number, inner in enumerate(value)
        ]
    return change(key, value) if isinstance(value, str) else value
