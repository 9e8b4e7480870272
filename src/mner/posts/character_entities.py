"""Entities that are located by the characters of a raw text, which is tokenised here."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from mner.errors import InputError, quoted
from mner.posts.agreement import CONTRADICTION, UNITS, Report, Token, in_characters
from mner.posts.json_values import is_integer
from mner.posts.layout import tokens_between
from mner.types import Entity

__all__ = ["character_entities"]


def character_entities(
    values: Sequence[Any], text: str, offsets: Sequence[Token], report: Report
) -> tuple[Entity, ...]:
    """Return the entities of a raw text as entities of its tokens, in order.

    An entity that begins or ends inside of a token gets the whole token, which is reported.

    Args:
        values: objects with `start_char`, `end_char`, `label`, and perhaps `text`.
        text: of the post.
        offsets: of its tokens.
        report: is told of other units, of cut tokens, and of contradictions.

    Raises:
        InputError: an entity is ill-formed, has no token, or shares one with another.
    """
    entities = [_entity(value, text, offsets, report) for value in values]
    entities.sort(key=lambda entity: entity.start)
    for before, after in pairwise(entities):
        if after.start < before.end:
            raise InputError(
                f"entities {before.span} and {after.span} overlap in tokens: keep one of them"
            )
    return tuple(entities)


def _entity(value: Any, text: str, offsets: Sequence[Token], report: Report) -> Entity:
    start, end = _located(value, text, report)
    first, last = tokens_between(offsets, start, end)
    if first >= last:
        raise InputError(f"no token stands at `start_char` {start} to `end_char` {end}")
    widened = offsets[first][0], offsets[last - 1][1]
    given, whole = text[start:end], text[slice(*widened)]
    if given.strip() != whole:
        message = f"an entity begins or ends inside of a token: {quoted(given)} became"
        report("cut-token", f"{message} {quoted(whole)}")
    return Entity(first, last, value["label"], None, whole, *widened)


def _located(value: Any, text: str, report: Report) -> Token:
    """Return the characters of an entity."""
    given = _range(value)
    held = value.get("text")
    if held is not None and text[slice(*given)] != held:
        for kind in UNITS:
            converted = in_characters([given], text, kind=kind)
            if converted and text[slice(*converted[0])] == held:
                report(kind, f"characters {given} of an entity became {converted[0]}")
                return converted[0]
        there = quoted(text[slice(*given)])
        message = f"an entity has the text {quoted(held)}, but at its characters stands {there}"
        report(CONTRADICTION, f"{message}; going on with the characters")
    if given[1] > len(text):
        raise InputError(f"`end_char` {given[1]} is beyond the {len(text)} characters of the text")
    return given


def _range(value: object) -> Token:
    if isinstance(value, Mapping):
        start, end, label = value.get("start_char"), value.get("end_char"), value.get("label")
        is_range = is_integer(start) and is_integer(end) and 0 <= start < end
        if is_range and isinstance(label, str) and label:
            return value["start_char"], value["end_char"]
    raise InputError(
        "the entities of a post with `text` alone need integers `start_char` < `end_char` and a "
        f"string `label`, got {quoted(value)}; entities by `start` and `end` count `tokens`: give "
        "its tokens too"
    )
