"""Drafts to posts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mner.errors import InputError, quoted
from mner.posts.bounds import require_bounded
from mner.posts.exchange.draft import Draft, Mark
from mner.posts.exchange.spans import outer_marks, snapped
from mner.posts.json_values import is_integer
from mner.posts.record_posts import post_of_record
from mner.posts.tokenize import tokenize
from mner.types import Post

__all__ = ["post_of_draft"]


def post_of_draft(
    draft: Draft, counted_id: str, *, keep: bool
) -> tuple[Post, list[tuple[str, str]]]:
    """Return the post of a draft, and kind and message of each problem.

    Args:
        draft: what an object says.
        counted_id: the id of a post that has none.
        keep: whether other fields are passed through.

    Raises:
        InputError: a value has the wrong type, or does not fit the post.
    """
    problems = list(draft.problems)
    record: dict[str, Any] = {
        "id": draft.id,
        "text": draft.text,
        "picture": draft.picture,
        "caption": draft.caption,
    }
    if draft.tokens is not None:
        record |= {"tokens": draft.tokens, "offsets": draft.offsets}
        record["entities"] = _token_entities(draft.marks, problems)
    elif draft.offsets is not None or draft.marks:
        record |= _cut(draft, problems)
    post = post_of_record(record, counted_id, lambda *problem: problems.append(problem))
    if draft.marks == () and post.entities is None:
        post = replace(post, entities=())
    if keep and draft.extra:
        post = replace(post, extra=dict(draft.extra))
    return post, problems


def _token_entities(
    marks: Sequence[Mark] | None, problems: list[tuple[str, str]]
) -> list[dict[str, object]] | None:
    if marks is None:
        return None
    kept, overlaps = outer_marks(marks)
    problems += overlaps
    return [_entity(mark) for mark in kept]


def _cut(draft: Draft, problems: list[tuple[str, str]]) -> Mapping[str, object]:
    """Return tokens, offsets and entities of a draft that has a text and marks characters."""
    text = draft.text
    if not isinstance(text, str):
        raise InputError(f"the text of a post with spans must be a string, got {quoted(text)}")
    require_bounded(text=text)
    offsets = tokenize(text) if draft.offsets is None else _pairs(draft.offsets)
    entities: list[dict[str, object]] | None = None
    if draft.marks is not None:
        in_tokens, found = snapped(draft.marks, text, offsets)
        problems += found
        kept, overlaps = outer_marks(in_tokens)
        problems += overlaps
        entities = [_entity(mark) | _words(mark, text, offsets) for mark in kept]
    tokens = [text[start:end] for start, end in offsets]
    return {"tokens": tokens, "offsets": [list(pair) for pair in offsets], "entities": entities}


def _pairs(value: object) -> list[tuple[int, int]]:
    if isinstance(value, list | tuple) and all(map(_is_pair, value)):
        return [(start, end) for start, end in value]
    raise InputError(
        f"`offsets` must be pairs of integers, start and end of each token, got {quoted(value)}"
    )


def _is_pair(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and all(map(is_integer, value))


def _entity(mark: Mark) -> dict[str, object]:
    entity: dict[str, object] = {"start": mark.start, "end": mark.end, "label": mark.label}
    if mark.probability is not None:
        entity["probability"] = mark.probability
    return entity


def _words(mark: Mark, text: str, offsets: Sequence[tuple[int, int]]) -> dict[str, object]:
    start, end = offsets[mark.start][0], offsets[mark.end - 1][1]
    return {"text": text[start:end], "start_char": start, "end_char": end}
