"""Posts as JSON objects, read and written: one per line, with the names of `Post` and `Entity`."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from mner.errors import InputError, clipped, quoted
from mner.posts.json_values import json_object
from mner.posts.lines import require_readable
from mner.posts.problems import ProblemLog
from mner.posts.reading import Lines, NumberedPosts, Reading
from mner.posts.record_posts import post_of_record
from mner.types import Entity, Post

__all__ = ["read_records", "record_of"]

_POST_KEYS = tuple(field.name for field in fields(Post))
_ENTITY_KEYS = tuple(field.name for field in fields(Entity))
_WRITTEN_KEYS = frozenset({*_POST_KEYS, "explanation"})
"""All that `mner` writes itself; `mner tag --explain` adds an `explanation` to a post."""


def read_records(lines: Lines, reading: Reading) -> NumberedPosts:
    """Yield each post with the number of its line.

    A post has `tokens`, or `text` that is tokenised here, or both; all else is optional. A post
    without `id` gets its number among the posts. Unknown keys are reported and left out.

    Raises:
        InputError: a line is not UTF-8 or no JSON object, or a value has the wrong type or does
            not fit the post, and the log refuses it.
    """
    log = reading.log
    count = 0
    for number, line in lines:
        if not line.strip():
            continue
        count += 1
        try:
            require_readable(line)
            record, is_mended = json_object(line)
            post = post_of_record(record, str(count))
        except InputError as exc:
            log.refuse(log.located(number, exc))
            continue
        if is_mended:
            message = f"post {quoted(post.id)} holds half of a character: replaced by U+FFFD"
            log.report("lone-surrogate", number, message)
        _report_unknown_keys(record, post, number=number, log=log)
        yield number, post


def record_of(post: Post, *, explanation: Mapping[str, object] | None = None) -> str:
    """Return the line of a post, with its newline; what is None is left out.

    Args:
        post: the post.
        explanation: an object that the line has beside what a post always has.
    """
    record = _filled(post)
    if post.entities is not None:
        record["entities"] = [_filled(entity) for entity in post.entities]
    if explanation is not None:
        record["explanation"] = explanation
    return json.dumps(record, ensure_ascii=False) + "\n"


def _report_unknown_keys(
    record: Mapping[str, Any], post: Post, *, number: int, log: ProblemLog
) -> None:
    if unknown := [key for key in record if key not in _WRITTEN_KEYS]:
        advice = f"left out (known are {_listed(_POST_KEYS)})"
        log.report(
            "unknown-key", number, f"post {quoted(post.id)} has {_listed(unknown)}: {advice}"
        )
    entity_keys: set[str] = set()
    for entity in record.get("entities") or ():
        entity_keys.update(entity)
    if unknown := sorted(entity_keys.difference(_ENTITY_KEYS)):
        advice = f"left out (known are {_listed(_ENTITY_KEYS)})"
        message = f"entities of post {quoted(post.id)} have {_listed(unknown)}: {advice}"
        log.report("unknown-key", number, message)


def _listed(keys: Iterable[str]) -> str:
    return clipped(", ".join(f"`{key}`" for key in keys))


def _filled(item: Post | Entity) -> dict[str, object]:
    """Return the fields that are not None, by name."""
    values = ((field.name, getattr(item, field.name)) for field in fields(item))
    return {name: value for name, value in values if value is not None}
