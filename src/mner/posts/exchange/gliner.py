"""The training data of GLiNER: `tokenized_text`, and `ner` with [first token, last, label]."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from mner.posts.exchange.draft import Draft, Form, Mark
from mner.posts.exchange.values import is_list_of, named_draft, others, triples, with_others
from mner.posts.reading import Fields
from mner.types import Post

__all__ = ["GLINER", "gliner_line"]

_USED = frozenset({"tokenized_text", "ner", "text", "offsets"})


def gliner_line(post: Post) -> str:
    """Return the line of a post; one that is not annotated has no `ner`."""
    record: dict[str, object] = {"id": post.id, "tokenized_text": post.tokens}
    if post.entities is not None:
        record["ner"] = [[entity.start, entity.end - 1, entity.label] for entity in post.entities]
    if post.text is not None and post.offsets is not None:
        record |= {"text": post.text, "offsets": post.offsets}
    return json.dumps(with_others(record, post), ensure_ascii=False) + "\n"


def _fits(record: Mapping[str, Any]) -> bool:
    return is_list_of(str, record.get("tokenized_text"))


def _drafts(record: Mapping[str, Any], *, fields: Fields | None) -> Iterator[Draft]:
    marks = None
    if record.get("ner") is not None:
        spans = triples(record["ner"], "ner")
        marks = tuple(Mark(first, last + 1, label) for first, last, label in spans)
    yield replace(
        named_draft(record, fields),
        text=record.get("text") if record.get("offsets") else None,
        tokens=record.get("tokenized_text"),
        offsets=record.get("offsets"),
        marks=marks,
        extra=others(record, _USED, fields),
    )


GLINER = Form(
    "gliner",
    "training data of GLiNER, spans in tokens",
    _fits,
    lambda reading: partial(_drafts, fields=reading.options.fields),
)
