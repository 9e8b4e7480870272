"""Tasks of Label Studio, an object a task, with spans in characters.

It counts code points; older versions counted code units of UTF-16, as JavaScript does. Its spans
hold their words too, which show how they are counted.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from mner.errors import InputError, quoted
from mner.posts.exchange.draft import Draft, Form, Mark
from mner.posts.exchange.utf16 import Utf16
from mner.posts.exchange.values import (
    integer,
    is_list_of,
    label,
    named_draft,
    objects,
    others,
    probability,
    text_with_offsets,
    with_others,
)
from mner.posts.json_values import is_integer
from mner.posts.layout import lay_out
from mner.posts.probabilities import rounded
from mner.posts.reading import Fields
from mner.types import Post

__all__ = ["LABEL_STUDIO", "label_studio_line", "label_studio_results"]

_Object = Mapping[str, Any]
_Problems = list[tuple[str, str]]

_ANNOTATIONS = ("annotations", "completions")
_USED = frozenset({"text", "offsets", "label"})


def label_studio_line(post: Post) -> str:
    """Return the line of a post, a task whose labels are called `label` and whose text `text`.

    A post that is not annotated has no annotation.
    """
    text, _, how = text_with_offsets(post)
    data = with_others({"id": post.id, "text": text, **how}, post)
    annotations = [] if post.entities is None else [{"result": label_studio_results(post)}]
    return json.dumps({"data": data, "annotations": annotations}, ensure_ascii=False) + "\n"


def label_studio_results(
    post: Post, *, from_name: str = "label", to_name: str = "text"
) -> list[dict[str, object]]:
    """Return the entities of a post as Label Studio writes labels of a text.

    Args:
        post: with entities, or without for no labels.
        from_name: the name of the group of labels.
        to_name: the name of the text that they are put on.
    """
    text, offsets = lay_out(post)
    results = []
    for number, entity in enumerate(post.entities or ()):
        start, end = offsets[entity.start][0], offsets[entity.end - 1][1]
        result: dict[str, object] = {
            "id": str(number),
            "from_name": from_name,
            "to_name": to_name,
            "type": "labels",
            "value": {
                "start": start,
                "end": end,
                "text": text[start:end],
                "labels": [entity.label],
            },
        }
        if entity.probability is not None:
            result["score"] = rounded(entity.probability)
        results.append(result)
    return results


def _fits(record: _Object) -> bool:
    if isinstance(record.get("data"), dict):
        names = (*_ANNOTATIONS, "predictions")
        is_new = is_integer(record.get("id")) and "text" not in record
        return is_new or any(isinstance(record.get(name), list) for name in names)
    return is_list_of(dict, record.get("label")) and "labels" in record["label"][0]


def _drafts(record: _Object, *, fields: Fields | None) -> Iterator[Draft]:
    is_task = isinstance(record.get("data"), dict)
    data: _Object = record["data"] if is_task else record
    text = _text(data, fields)
    problems: _Problems = []
    results = _results(record, problems) if is_task else _short_results(record)
    marks = None if results is None else tuple(_marks(results, text, problems))
    draft = named_draft(data, fields)
    yield replace(
        draft,
        id=record.get("id") if draft.id is None else draft.id,
        text=text,
        offsets=data.get("offsets"),
        marks=marks,
        problems=tuple(problems),
        extra=others(data, _USED, fields),
    )


def _text(data: _Object, fields: Fields | None) -> str:
    name = (fields.text if fields else None) or "text"
    text = data.get(name)
    if not isinstance(text, str):
        raise InputError(
            f"a task needs a text in `{name}`, got {quoted(text)}: name its field by --text-field "
            f"(the task has {quoted(list(data))})"
        )
    return text


def _results(record: _Object, problems: _Problems) -> list[_Object] | None:
    """Return what the first annotation holds that was not cancelled; None without one."""
    given: list[_Object] = []
    for name in _ANNOTATIONS:
        given += objects(record.get(name) or [], name)
    finished = [annotation for annotation in given if not annotation.get("was_cancelled")]
    if not finished:
        return None
    if len(finished) > 1:
        message = f"the task has {len(finished)} annotations: the first is read"
        problems.append(("several-annotations", message))
    return objects(finished[0].get("result") or [], "result")


def _short_results(record: _Object) -> list[_Object] | None:
    """Return what an object of the short form holds, which Label Studio calls JSON-MIN."""
    if record.get("label") is None:
        return None
    return [{"value": value} for value in objects(record["label"], "label")]


def _marks(results: list[_Object], text: str, problems: _Problems) -> Iterator[Mark]:
    """Yield the spans with labels; results also hold relations, and choices for whole texts."""
    units = Utf16(text)
    for result in results:
        value = result.get("value")
        if not isinstance(value, dict) or not isinstance(value.get("labels"), list):
            continue
        place = value.get("globalOffsets", value)
        if not isinstance(place, dict):
            place = value
        start, end = integer(place.get("start"), "start"), integer(place.get("end"), "end")
        words = value.get("text")
        start, end = _in_code_points(start, end, text, words, units)
        if isinstance(words, str) and words != text[start:end]:
            message = (
                f"a span from {start} to {end} says {quoted(words)}, but the text has "
                f"{quoted(text[start:end])} there, which is read"
            )
            problems.append(("span-text", message))
        for name in value["labels"]:
            yield Mark(start, end, label(name), probability(result.get("score")))


def _in_code_points(
    start: int, end: int, text: str, words: object, units: Utf16
) -> tuple[int, int]:
    """Return a span in code points, which may be counted in code units of UTF-16.

    It is, where its words stand there alone, or where it leaves the text otherwise.
    """
    if start < 0:
        return start, end
    converted = units.to_code_points(start), units.to_code_points(end)
    if words == text[slice(*converted)] and words != text[start:end]:
        return converted
    return converted if words is None and end > len(text) else (start, end)


LABEL_STUDIO = Form(
    "label-studio",
    "tasks of Label Studio, spans in characters",
    _fits,
    lambda reading: partial(_drafts, fields=reading.options.fields),
)
