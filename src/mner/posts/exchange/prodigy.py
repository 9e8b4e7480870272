"""The JSONL of Prodigy: `text`, `tokens` with their offsets, and `spans` in characters."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from mner.errors import quoted
from mner.posts.exchange.draft import Draft, Form, Mark
from mner.posts.exchange.values import (
    integer,
    is_list_of,
    label,
    named_draft,
    objects,
    others,
    probability,
    with_others,
)
from mner.posts.layout import lay_out
from mner.posts.probabilities import rounded
from mner.posts.reading import Fields
from mner.types import Entity, Post

__all__ = ["PRODIGY", "prodigy_line"]

_USED = frozenset({"text", "tokens", "spans", "answer"})
_Offsets = tuple[tuple[int, int], ...]


def prodigy_line(post: Post) -> str:
    """Return the line of a post; one that is not annotated has no `spans`."""
    text, offsets = lay_out(post)
    record: dict[str, object] = {"id": post.id, "text": text, "tokens": _tokens(text, offsets)}
    if post.entities is not None:
        record["spans"] = [_span(entity, offsets) for entity in post.entities]
    return json.dumps(with_others(record, post), ensure_ascii=False) + "\n"


def _tokens(text: str, offsets: _Offsets) -> list[dict[str, object]]:
    return [
        {
            "text": text[start:end],
            "start": start,
            "end": end,
            "id": number,
            "ws": text[end : end + 1].isspace(),
        }
        for number, (start, end) in enumerate(offsets)
    ]


def _span(entity: Entity, offsets: _Offsets) -> dict[str, object]:
    span: dict[str, object] = {
        "start": offsets[entity.start][0],
        "end": offsets[entity.end - 1][1],
        "token_start": entity.start,
        "token_end": entity.end - 1,
        "label": entity.label,
    }
    if entity.probability is not None:
        span["score"] = rounded(entity.probability)
    return span


def _fits(record: Mapping[str, Any]) -> bool:
    if not isinstance(record.get("text"), str):
        return False
    if is_list_of(dict, record.get("tokens")) and "start" in record["tokens"][0]:
        return True
    has_spans = is_list_of(dict, record.get("spans")) and "label" in record["spans"][0]
    return has_spans or (record.get("spans") == [] and "answer" in record)


def _drafts(record: Mapping[str, Any], *, fields: Fields | None) -> Iterator[Draft]:
    marks, answer = _marks(record), record.get("answer", "accept")
    problems: tuple[tuple[str, str], ...] = ()
    if answer != "accept":
        message = f"the answer is {quoted(answer)}, not 'accept': read as not annotated"
        marks, problems = None, (("not-accepted", message),)
    yield replace(
        named_draft(record, fields),
        text=record.get((fields.text if fields else None) or "text"),
        offsets=_offsets(record),
        marks=marks,
        problems=problems,
        extra=others(record, _USED, fields),
    )


def _marks(record: Mapping[str, Any]) -> tuple[Mark, ...] | None:
    spans = record.get("spans")
    if spans is None:
        return () if record.get("answer") == "accept" else None
    return tuple(
        Mark(
            integer(span.get("start"), "start"),
            integer(span.get("end"), "end"),
            label(span.get("label")),
            probability(span.get("score")),
        )
        for span in objects(spans, "spans")
    )


def _offsets(record: Mapping[str, Any]) -> list[list[int]] | None:
    """Return where the tokens are; None where there are none."""
    if record.get("tokens") is None:
        return None
    return [
        [integer(token.get("start"), "start"), integer(token.get("end"), "end")]
        for token in objects(record["tokens"], "tokens")
    ]


PRODIGY = Form(
    "prodigy",
    "JSONL of Prodigy, spans in characters",
    _fits,
    lambda reading: partial(_drafts, fields=reading.options.fields),
)
