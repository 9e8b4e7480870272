"""The entities of a post's JSON object, checked key by key."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from mner.bio import check_span
from mner.errors import InputError, quoted
from mner.posts.json_values import is_integer, optional_list, optional_string
from mner.types import Entity

__all__ = ["entities_of_record"]


def entities_of_record(record: Mapping[str, Any], length: int) -> tuple[Entity, ...] | None:
    """Return the entities of a post of `length` tokens, in order; None if it is not annotated.

    Raises:
        InputError: an entity is ill-formed, leaves the post, or overlaps another.
    """
    values = optional_list(record, "entities")
    if values is None:
        return None
    entities = [_entity(value, length) for value in values]
    entities.sort(key=lambda entity: entity.start)
    for before, after in pairwise(entities):
        if after.start < before.end:
            raise InputError(f"entities {before.span} and {after.span} overlap: keep one of them")
    return tuple(entities)


def _entity(value: object, length: int) -> Entity:
    if not isinstance(value, dict):
        raise InputError(
            f"an entity must be an object with start, end and label, got {quoted(value)}"
        )
    start, end, label = value.get("start"), value.get("end"), value.get("label")
    if not (is_integer(start) and is_integer(end) and isinstance(label, str) and label):
        raise InputError(
            f"an entity needs integers `start` and `end` and a string `label`, got {quoted(value)}"
        )
    check_span((start, end, label), length)
    probability, text = _probability(value), optional_string(value, "text")
    return Entity(start, end, label, probability, text, *_characters(value))


def _probability(value: Mapping[str, Any]) -> float | None:
    probability = value.get("probability")
    if probability is None:
        return None
    is_number = isinstance(probability, int | float) and not isinstance(probability, bool)
    if not is_number or not 0 <= probability <= 1:
        raise InputError(f"`probability` must be a number from 0 to 1, got {quoted(probability)}")
    return float(probability)


def _characters(value: Mapping[str, Any]) -> tuple[int | None, int | None]:
    start, end = value.get("start_char"), value.get("end_char")
    if start is None and end is None:
        return None, None
    if is_integer(start) and is_integer(end) and 0 <= start <= end:
        return start, end
    raise InputError(
        "`start_char` and `end_char` must be two integers with 0 <= start_char <= end_char, "
        f"got {quoted(start)} and {quoted(end)}"
    )
