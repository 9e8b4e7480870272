"""The JSONL of doccano: `{"text": ..., "label": [[start, end, label], ...]}`, in characters."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from mner.posts.exchange.draft import Draft, Form, Mark
from mner.posts.exchange.values import (
    integer,
    is_list_of,
    label,
    named_draft,
    others,
    text_with_offsets,
    triples,
    with_others,
)
from mner.posts.reading import Fields
from mner.types import Post

__all__ = ["DOCCANO", "doccano_line"]

_TEXTS = ("text", "data")
_LABELS = ("label", "labels")
_USED = frozenset({*_TEXTS, *_LABELS, "entities", "offsets"})


def doccano_line(post: Post) -> str:
    """Return the line of a post; one that is not annotated has no `label`.

    `offsets` says where the tokens are, unless `mner` would cut the text the same way.
    """
    text, offsets, how = text_with_offsets(post)
    record: dict[str, object] = {"id": post.id, "text": text}
    if post.entities is not None:
        record["label"] = [
            [offsets[entity.start][0], offsets[entity.end - 1][1], entity.label]
            for entity in post.entities
        ]
    return json.dumps(with_others(record | how, post), ensure_ascii=False) + "\n"


def _fits(record: Mapping[str, Any]) -> bool:
    if not any(isinstance(record.get(name), str) for name in _TEXTS):
        return False
    if any(_has_spans(record.get(name)) for name in _LABELS):
        return True
    entities = record.get("entities")
    return is_list_of(dict, entities) and "start_offset" in record["entities"][0]


def _has_spans(value: object) -> bool:
    return value == [] or (is_list_of(list, value) and len(value[0]) == 3)  # type: ignore[index]


def _drafts(record: Mapping[str, Any], *, fields: Fields | None) -> Iterator[Draft]:
    name = (fields.text if fields else None) or next(filter(record.__contains__, _TEXTS), "text")
    yield replace(
        named_draft(record, fields),
        text=record.get(name),
        offsets=record.get("offsets"),
        marks=_marks(record),
        extra=others(record, _USED, fields),
    )


def _marks(record: Mapping[str, Any]) -> tuple[Mark, ...] | None:
    for name in _LABELS:
        if record.get(name) is not None:
            return tuple(Mark(*triple) for triple in triples(record[name], name))
    if not is_list_of(dict, record.get("entities"), least=0):
        return None
    return tuple(
        Mark(
            integer(entity.get("start_offset"), "start_offset"),
            integer(entity.get("end_offset"), "end_offset"),
            label(entity.get("label")),
        )
        for entity in record["entities"]
    )


DOCCANO = Form(
    "doccano",
    "JSONL of doccano, spans in characters",
    _fits,
    lambda reading: partial(_drafts, fields=reading.options.fields),
)
