"""What token classification of Hugging Face writes, and AutoGluon reads, in characters.

`{"text": ..., "entities": [{"entity_group": "PER", "start": 0, "end": 7, "score": 0.9}]}`
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from mner.errors import InputError, quoted
from mner.posts.exchange.draft import Draft, Form, Mark
from mner.posts.exchange.values import (
    integer,
    is_list_of,
    label,
    named_draft,
    others,
    probability,
)
from mner.posts.reading import Fields

__all__ = ["PIPELINE"]

_USED = frozenset({"text", "entities", "offsets"})


def _fits(record: Mapping[str, Any]) -> bool:
    entities = record.get("entities")
    has_text = isinstance(record.get("text"), str)
    return has_text and is_list_of(dict, entities) and "entity_group" in record["entities"][0]


def _drafts(record: Mapping[str, Any], *, fields: Fields | None) -> Iterator[Draft]:
    entities = record.get("entities")
    if entities is not None and not isinstance(entities, list):
        raise InputError(f"`entities` must be a list or null, got {quoted(entities)}")
    yield replace(
        named_draft(record, fields),
        text=record.get((fields.text if fields else None) or "text"),
        offsets=record.get("offsets"),
        marks=None if entities is None else tuple(map(_mark, entities)),
        extra=others(record, _USED, fields),
    )


def _mark(entity: object) -> Mark:
    if not isinstance(entity, dict):
        raise InputError(f"an entity must be an object, got {quoted(entity)}")
    return Mark(
        integer(entity.get("start"), "start"),
        integer(entity.get("end"), "end"),
        label(entity.get("entity_group")),
        probability(entity.get("score")),
    )


PIPELINE = Form(
    "hf-spans",
    "token classification of Hugging Face or AutoGluon, spans in characters",
    _fits,
    lambda reading: partial(_drafts, fields=reading.options.fields),
)
