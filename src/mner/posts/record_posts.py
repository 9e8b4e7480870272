"""A post's JSON object, checked key by key."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mner.errors import InputError, quoted
from mner.posts.agreement import CONTRADICTION, Report, agreed_offsets, misfit, unreported
from mner.posts.bounds import require_bounded
from mner.posts.character_entities import character_entities
from mner.posts.entity_agreement import agreed_entities
from mner.posts.json_values import is_integer, optional_list, optional_string, optional_strings
from mner.posts.pictures import pictures_of_record
from mner.posts.raw import raw_post
from mner.posts.record_entities import entities_of_record
from mner.posts.record_pictures import picture_entities_of_record
from mner.types import Post

__all__ = ["post_of_record"]

_BLANKS = " \t\r\n"
_LAST_EXACT = 2**53
"""The last number up to which floating-point numbers hold all whole numbers."""


def post_of_record(record: Mapping[str, Any], counted_id: str, report: Report = unreported) -> Post:
    """Return the post of a JSON object; keys that are not known are passed over.

    Where its fields contradict one another, the tokens are right.

    Args:
        record: `tokens`, or `text` that is tokenised here, or both; all else is optional.
        counted_id: the id of a post that has none.
        report: is told of what does not agree, and of what was mended.

    Raises:
        InputError: a value has the wrong type, or does not fit the post.
    """
    identity = _identity(record, counted_id, report)

    text = optional_string(record, "text")
    pictures = pictures_of_record(record)
    caption = optional_string(record, "caption")
    if record.get("tokens") is not None:
        post = _tokenised(record, identity, report, text=text, caption=caption)
    elif "text" in record:
        # A post of a picture alone has the text null.
        post = raw_post(identity, text or "", caption=caption)
        post = _with_entities(post, record, report)
    else:
        raise InputError("a post needs `tokens` or `text`, got neither")
    _require_sought(post)
    return post.with_pictures(pictures) if pictures else post


def _identity(record: Mapping[str, Any], counted_id: str, report: Report) -> str:
    value = record.get("id")
    if value is None:
        return counted_id
    if value == "":
        report("missing-id", f"`id` is empty: it becomes {quoted(counted_id)}")
        return counted_id
    if isinstance(value, str) or is_integer(value):
        return str(value)
    if isinstance(value, float):
        if value.is_integer() and abs(value) <= _LAST_EXACT:
            return str(int(value))
        raise InputError(
            f"`id` {quoted(value)} is a number with a point, which has lost its last digits: "
            "export ids as text (in pandas, read them with dtype=str)"
        )
    raise InputError(f"`id` must be a string or an integer, got {quoted(value)}")


def _tokenised(
    record: Mapping[str, Any],
    identity: str,
    report: Report,
    *,
    text: str | None,
    caption: str | None,
) -> Post:
    """Return a post whose tokens are given."""
    tokens = _tokens(record, report)
    require_bounded(text=text, tokens=tokens, caption=caption)
    offsets = _offsets(record, text, tokens, report)
    entities = entities_of_record(record, len(tokens))
    if entities:
        entities = agreed_entities(entities, tokens, text, offsets, report)
    return Post(
        identity,
        tokens,
        entities,
        caption=caption,
        text=text,
        offsets=offsets,
        annotated=_annotated(record),
        picture_entities=picture_entities_of_record(record),
    )


def _with_entities(post: Post, record: Mapping[str, Any], report: Report) -> Post:
    """Return a raw post with the entities of its JSON object, which count characters."""
    values = record.get("entities")
    if values is None or values == {}:
        return post
    values = optional_list(record, "entities") or []
    text, offsets = post.text or "", post.offsets or ()
    entities = character_entities(values, text, offsets, report)
    return replace(post, entities=entities, annotated=_annotated(record))


def _require_sought(post: Post) -> None:
    for entity in post.entities or ():
        if not post.was_sought(entity.label):
            raise InputError(
                f"entity {entity.span} is of a label that `annotated` does not hold: "
                "add it, or leave `annotated` out"
            )


def _tokens(record: Mapping[str, Any], report: Report) -> tuple[str, ...]:
    tokens = optional_strings(record, "tokens", expected="a list of strings") or ()
    # Most tokens have no blank anywhere, which is seen at once.
    if tuple(" ".join(tokens).split()) == tokens:
        return tokens
    trimmed = tuple(token.strip(_BLANKS) for token in tokens)
    if "" in trimmed:
        raise InputError(
            f"token {trimmed.index('')} of `tokens` is empty: expected at least one character; "
            "leave it out and count entities without it"
        )
    for token, kept in zip(tokens, trimmed, strict=True):
        if token != kept:
            message = f"token {quoted(token)} has blanks at its edges: read as {quoted(kept)}"
            report("padded-token", message)
    return trimmed


def _offsets(
    record: Mapping[str, Any], text: str | None, tokens: tuple[str, ...], report: Report
) -> tuple[tuple[int, int], ...] | None:
    values = optional_list(record, "offsets")
    if values is None:
        if text is not None and (message := misfit(text, tokens)):
            report(CONTRADICTION, message)
        return None
    if text is None:
        raise InputError("`offsets` without the `text` they count in")
    return agreed_offsets(text, tokens, values, report)


def _annotated(record: Mapping[str, Any]) -> tuple[str, ...] | None:
    expected = "a list of labels or null"
    labels = optional_strings(record, "annotated", expected=expected)
    if labels and "" in labels:
        raise InputError(f"`annotated` must be {expected}, got {quoted(list(labels))}")
    return labels
