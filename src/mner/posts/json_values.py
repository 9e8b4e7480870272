"""JSON that others wrote: one object per line, and the kinds of the values in it."""

import json
from collections.abc import Mapping
from typing import Any, TypeGuard

from mner.errors import InputError, clipped, quoted
from mner.posts.characters import mend

__all__ = ["is_integer", "json_object", "optional_list", "optional_string", "optional_strings"]


def json_object(line: str) -> tuple[dict[str, Any], bool]:
    """Return the JSON object of one line, and whether it had to be mended (see `mend`).

    NaN, as which data frames write what is missing, becomes None.

    Raises:
        InputError: the line is not a JSON object; the message does not name the file.
    """
    try:
        value = _DECODE(line)
    except (ValueError, RecursionError) as exc:
        raise InputError(
            f"expected one JSON object per line, got something else ({clipped(exc)})"
        ) from exc
    if not isinstance(value, dict):
        raise InputError(
            f"expected a JSON object, got {type(value).__name__}: "
            "write each post as {...} on one line"
        )
    if "\\ud" not in line.lower():
        return value, False
    try:
        mended, count = mend(json.dumps(value, ensure_ascii=False))
    except RecursionError as exc:
        raise InputError("expected a JSON object, got one that is nested too deeply") from exc
    return (json.loads(mended), True) if count else (value, False)


def optional_string(values: Mapping[str, Any], key: str) -> str | None:
    """Return a string, or None where the key is missing or null; other values are refused."""
    value = values.get(key)
    if value is None or isinstance(value, str):
        return value
    raise InputError(f"`{key}` must be a string or null, got {quoted(value)}")


def optional_list(values: Mapping[str, Any], key: str) -> list[Any] | None:
    """Return a list, or None where the key is missing or null; other values are refused."""
    value = values.get(key)
    if value is None or isinstance(value, list):
        return value
    raise InputError(f"`{key}` must be a list or null, got {quoted(value)}")


def optional_strings(
    values: Mapping[str, Any], key: str, *, expected: str
) -> tuple[str, ...] | None:
    """Return a list of strings as a tuple, or None where the key is missing or null.

    Raises:
        InputError: the value is something else; `expected` says what it should be.
    """
    value = values.get(key)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InputError(f"`{key}` must be {expected}, got {quoted(value)}")
    return tuple(value)


def is_integer(value: object) -> TypeGuard[int]:
    """Return whether a value is a whole number; true and false are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def _no_constant(name: str) -> None:
    """Return None for NaN, as which data frames write what is missing; refuse infinity."""
    if name != "NaN":
        raise ValueError(f"{name} is no value of JSON")


_DECODE = json.JSONDecoder(parse_constant=_no_constant).decode
