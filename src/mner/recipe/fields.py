"""What the type of a recipe's field says about its values, for errors and for the reference."""

from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any, Literal, get_args, get_origin

from msgspec import Meta

__all__ = ["choices_of", "expected", "range_of", "table_of"]

_WORDS = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}
_ELEMENTS = {str: "strings", int: "whole numbers", float: "numbers"}


def choices_of(hint: Any) -> tuple[str, ...]:
    """Return the values of a field that takes one of several, or a list of them; else ()."""
    if get_origin(hint) is tuple:
        return choices_of(get_args(hint)[0])
    return get_args(hint) if get_origin(hint) is Literal else ()


def table_of(hint: Any) -> type[Any] | None:
    """Return the dataclass of a field that takes a list of tables, else None."""
    element = get_args(hint)[0] if get_origin(hint) is tuple else None
    return element if isinstance(element, type) and is_dataclass(element) else None


def expected(hint: Any) -> str:
    """Return in words what a field takes, such as "a whole number"."""
    if is_dataclass(hint):
        return "a section"
    if table_of(hint) is not None:
        return "a list of tables"
    if get_origin(hint) is Mapping:
        return "a table of strings"
    if choices := choices_of(hint):
        names = f"one of {', '.join(choices)}"
        return f"a list, each {names}" if get_origin(hint) is tuple else names
    if get_origin(hint) is tuple:
        return f"a list of {_ELEMENTS[get_args(hint)[0]]}"
    return _WORDS[hint]


def range_of(hint: Any) -> str:
    """Return in words which numbers a field takes, such as "at least 1"; "" for all of them."""
    limits = [limit for limit in getattr(hint, "__metadata__", ()) if isinstance(limit, Meta)]
    words = []
    for limit in limits:
        if limit.ge is not None and limit.le is not None:
            words.append(f"{limit.ge} to {limit.le}")
            continue
        if limit.ge is not None:
            words.append(f"at least {limit.ge}")
        if limit.gt is not None:
            words.append(f"more than {limit.gt}")
        if limit.lt is not None:
            words.append(f"below {limit.lt}")
    return " and ".join(words)
