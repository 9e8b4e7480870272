"""Posts as JSON objects, one a line, with the names of `Post` and `Entity` as keys."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from itertools import pairwise
from typing import Any, TypeGuard

from mner.errors import InputError
from mner.posts.lines import json_object, require_utf8
from mner.posts.problems import ProblemLog
from mner.posts.tokenize import tokenize
from mner.types import Entity, Post

__all__ = ["raw_post", "read_records", "read_texts"]

_SURROGATE = re.compile("[\ud800-\udfff]")
_NAMED_KEYS = tuple(field.name for field in fields(Post))
_KEYS = frozenset({*_NAMED_KEYS, "explanation"})
"""All that `mner` writes itself; `explanation` is what `mner tag --explain` adds to a post."""
_ENTITY_KEYS = tuple(field.name for field in fields(Entity))


def read_records(
    lines: Iterable[tuple[int, str]], *, log: ProblemLog
) -> Iterator[tuple[int, Post]]:
    """Each post with the number of its line.

    A post has `tokens`, or `text` that is tokenised here, or both; `id` is counted where it is missing; all else is optional, and unknown keys are reported
    and left out.

    Args:
        lines: numbered, without newlines.
        log: what to do about problems.

    Raises:
        InputError: a line is not UTF-8 or no JSON object, or a value has the wrong type or does not fit the post, and the log refuses it.
    """
    count = 0
    for number, line in lines:
        if not line.strip():
            continue
        count += 1
        try:
            require_utf8(line)
            record, mended = json_object(line)
            post = _post(record, str(count))
        except InputError as exc:
            log.refuse(log.located(number, exc))
            continue
        if mended:
            log.report(
                "lone-surrogate",
                number,
                f"post {post.id!r} holds half of a character: replaced by U+FFFD",
            )
        if unknown := [key for key in record if key not in _KEYS]:
            log.report(
                "unknown-key",
                number,
                f"post {post.id!r} has {_listed(unknown)}: left out (known are {_listed(_NAMED_KEYS)})",
            )
        if unknown := sorted(
            {
                key
                for entity in record.get("entities") or ()
                for key in entity
                if key not in _ENTITY_KEYS
            }
        ):
            log.report(
                "unknown-key",
                number,
                f"entities of post {post.id!r} have {_listed(unknown)}: left out (known are {_listed(_ENTITY_KEYS)})",
            )
        if post.tokens:
            yield number, post
        else:
            log.report("empty-post", number, f"post {post.id!r} has no tokens: left out")


def read_texts(lines: Iterable[tuple[int, str]], *, log: ProblemLog) -> Iterator[tuple[int, Post]]:
    """Each line that is not blank as a post, with its number, which is also its id; raises as `read_records` does."""
    for number, line in lines:
        if not line.strip():
            continue
        try:
            require_utf8(line)
        except InputError as exc:
            log.refuse(log.located(number, exc))
            continue
        post = raw_post(str(number), line.rstrip("\r"))
        if post.tokens:
            yield number, post
        else:
            log.report("empty-post", number, f"post {post.id!r} has no tokens: left out")


def raw_post(
    identity: str, text: str, *, picture: str | None = None, caption: str | None = None
) -> Post:
    """A post of raw text, tokenised, that nobody has annotated; half of a character becomes U+FFFD.

    Raises:
        InputError: the text is no string.
    """
    if not isinstance(text, str):
        raise InputError(
            f"the text of a post must be a string, got {text!r}: leave out posts without one, decode bytes"
        )
    text = _SURROGATE.sub("\ufffd", text)
    offsets = tuple(tokenize(text))
    return Post(
        identity,
        tuple(text[start:end] for start, end in offsets),
        picture=picture or None,
        caption=caption,
        text=text,
        offsets=offsets,
    )


def _post(record: dict[str, Any], counted_id: str) -> Post:
    identity = _identity(record, counted_id)
    text, picture, caption = (
        _optional_string(record, key) for key in ("text", "picture", "caption")
    )
    picture = picture or None  # exports leave it empty
    if text is None and "text" in record and record.get("tokens") is None:
        text = ""  # a post of a picture alone
    if record.get("tokens") is not None:
        tokens = _tokens(record["tokens"])
        post = Post(
            identity,
            tokens,
            _entities(record, len(tokens)),
            picture,
            caption,
            text,
            _offsets(record, text, len(tokens)),
            _annotated(record),
        )
        if wrong := [entity for entity in post.entities or () if not post.was_sought(entity.label)]:
            raise InputError(
                f"entity {wrong[0].span} is of a label that `annotated` does not hold: add it, or leave `annotated` out"
            )
        return post
    if text is None:
        raise InputError("a post needs `tokens` or `text`, got neither")
    if record.get("entities"):
        raise InputError(
            "`entities` count tokens, but the post has only `text`: give its `tokens` too"
        )
    return raw_post(identity, text, picture=picture, caption=caption)


def _listed(keys: Iterable[str]) -> str:
    return ", ".join(f"`{key}`" for key in keys)


def _identity(record: dict[str, Any], counted_id: str) -> str:
    value = record.get("id")
    if value is None:
        return counted_id
    if (isinstance(value, str) and value) or _is_integer(value):
        return str(value)
    raise InputError(f"`id` must be a string that is not empty, or an integer, got {value!r}")


def _optional_string(record: dict[str, Any], key: str) -> str | None:
    value = record.get(key)
    if value is None or isinstance(value, str):
        return value
    raise InputError(f"`{key}` must be a string or null, got {value!r}")


def _tokens(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(token, str) for token in value):
        raise InputError(f"`tokens` must be a list of strings, got {value!r}")
    if "" in value:
        raise InputError(
            f"token {value.index('')} of `tokens` is empty: expected at least one character; leave it out and count entities without it"
        )
    return tuple(value)


def _offsets(
    record: dict[str, Any], text: str | None, length: int
) -> tuple[tuple[int, int], ...] | None:
    value = record.get("offsets")
    if value is None:
        return None
    if text is None:
        raise InputError("`offsets` without the `text` they count in")
    pairs = _sequence(value, "offsets")
    if len(pairs) != length or not all(_is_place(pair, len(text)) for pair in pairs):
        raise InputError(
            f"`offsets` must be {length} pairs [start, end] with start < end within the {len(text)} characters of the text, one for each token"
        )
    if wrong := next(
        ((before, after) for before, after in pairwise(pairs) if after[0] < before[1]), None
    ):
        raise InputError(
            f"`offsets` must be in order and not overlap, as tokens are in the text, got {wrong[1]} after {wrong[0]}"
        )
    return tuple((start, end) for start, end in pairs)


def _entities(record: dict[str, Any], length: int) -> tuple[Entity, ...] | None:
    value = record.get("entities")
    if value is None:
        return None
    entities = sorted(
        (_entity(entity, length) for entity in _sequence(value, "entities")),
        key=lambda entity: entity.start,
    )
    for before, after in pairwise(entities):
        if after.start < before.end:
            raise InputError(f"entities {before.span} and {after.span} overlap: keep one of them")
    return tuple(entities)


def _annotated(record: dict[str, Any]) -> tuple[str, ...] | None:
    value = record.get("annotated")
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(label, str) and label for label in value):
        raise InputError(f"`annotated` must be a list of labels or null, got {value!r}")
    return tuple(value)


def _entity(value: object, length: int) -> Entity:
    if not isinstance(value, dict):
        raise InputError(f"an entity must be an object with start, end and label, got {value!r}")
    start, end, label = (value.get(key) for key in ("start", "end", "label"))
    if not (_is_integer(start) and _is_integer(end) and isinstance(label, str) and label):
        raise InputError(
            f"an entity needs integers `start` and `end` and a string `label`, got {value!r}"
        )
    if not 0 <= start < end <= length:
        raise InputError(
            f"entity {label} at tokens {start} to {end} does not fit a post of {length} tokens: expected 0 <= start < end <= {length}"
        )
    return Entity(
        start, end, label, _probability(value), _optional_string(value, "text"), *_characters(value)
    )


def _probability(entity: dict[str, Any]) -> float | None:
    value = entity.get("probability")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise InputError(f"`probability` must be a number from 0 to 1, got {value!r}")
    return float(value)


def _characters(entity: dict[str, Any]) -> tuple[int | None, int | None]:
    start, end = entity.get("start_char"), entity.get("end_char")
    if start is None and end is None:
        return None, None
    if _is_integer(start) and _is_integer(end) and 0 <= start <= end:
        return start, end
    raise InputError(
        f"`start_char` and `end_char` must be two integers with 0 <= start_char <= end_char, got {start!r} and {end!r}"
    )


def _sequence(value: object, key: str) -> Sequence[Any]:
    if isinstance(value, list):
        return value
    raise InputError(f"`{key}` must be a list or null, got {value!r}")


def _is_place(value: object, length: int) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(map(_is_integer, value))
        and 0 <= value[0] < value[1] <= length
    )


def _is_integer(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
