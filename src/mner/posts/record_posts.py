"""A post's JSON object, checked key by key."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from mner.errors import InputError, quoted
from mner.posts.bounds import require_bounded
from mner.posts.json_values import is_integer, optional_list, optional_string, optional_strings
from mner.posts.raw import raw_post
from mner.posts.record_entities import entities_of_record
from mner.posts.record_pictures import picture_entities_of_record
from mner.types import Post, UntrustedReference

__all__ = ["post_of_record"]


def post_of_record(record: Mapping[str, Any], counted_id: str) -> Post:
    """Return the post of a JSON object; keys that are not known are passed over.

    Args:
        record: `tokens`, or `text` that is tokenised here, or both; all else is optional.
        counted_id: the id of a post that has none.

    Raises:
        InputError: a value has the wrong type, or does not fit the post.
    """
    identity = _identity(record, counted_id)
    text = optional_string(record, "text")
    name = optional_string(record, "picture")
    picture = UntrustedReference(name) if name else None  # exports leave it empty
    caption = optional_string(record, "caption")
    if record.get("tokens") is not None:
        return _tokenised(record, identity, text=text, picture=picture, caption=caption)
    if "text" not in record:
        raise InputError("a post needs `tokens` or `text`, got neither")
    if record.get("entities"):
        raise InputError(
            "`entities` count tokens, but the post has only `text`: give its `tokens` too"
        )
    # A post of a picture alone has the text null.
    return raw_post(identity, text or "", picture=picture, caption=caption)


def _identity(record: Mapping[str, Any], counted_id: str) -> str:
    value = record.get("id")
    if value is None:
        return counted_id
    if (isinstance(value, str) and value) or is_integer(value):
        return str(value)
    raise InputError(f"`id` must be a string that is not empty, or an integer, got {quoted(value)}")


def _tokenised(
    record: Mapping[str, Any],
    identity: str,
    *,
    text: str | None,
    picture: str | None,
    caption: str | None,
) -> Post:
    """Return a post whose tokens are given."""
    tokens = _tokens(record)
    require_bounded(text=text, tokens=tokens, caption=caption)
    post = Post(
        identity,
        tokens,
        entities_of_record(record, len(tokens)),
        picture=picture,
        caption=caption,
        text=text,
        offsets=_offsets(record, text, length=len(tokens)),
        annotated=_annotated(record),
        picture_entities=picture_entities_of_record(record),
    )
    for entity in post.entities or ():
        if not post.was_sought(entity.label):
            raise InputError(
                f"entity {entity.span} is of a label that `annotated` does not hold: "
                "add it, or leave `annotated` out"
            )
    return post


def _tokens(record: Mapping[str, Any]) -> tuple[str, ...]:
    tokens = optional_strings(record, "tokens", expected="a list of strings") or ()
    if "" in tokens:
        raise InputError(
            f"token {tokens.index('')} of `tokens` is empty: expected at least one character; "
            "leave it out and count entities without it"
        )
    return tokens


def _offsets(
    record: Mapping[str, Any], text: str | None, *, length: int
) -> tuple[tuple[int, int], ...] | None:
    if record.get("offsets") is None:
        return None
    if text is None:
        raise InputError("`offsets` without the `text` they count in")
    pairs = optional_list(record, "offsets") or []
    if len(pairs) != length or not all(_is_range(pair, len(text)) for pair in pairs):
        raise InputError(
            f"`offsets` must be {length} pairs [start, end] with start < end within the "
            f"{len(text)} characters of the text, one for each token"
        )
    for before, after in pairwise(pairs):
        if after[0] < before[1]:
            raise InputError(
                "`offsets` must be in order and not overlap, as tokens are in the text, "
                f"got {after} after {before}"
            )
    return tuple((start, end) for start, end in pairs)


def _is_range(value: object, length: int) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(map(is_integer, value))
        and 0 <= value[0] < value[1] <= length
    )


def _annotated(record: Mapping[str, Any]) -> tuple[str, ...] | None:
    expected = "a list of labels or null"
    labels = optional_strings(record, "annotated", expected=expected)
    if labels and "" in labels:
        raise InputError(f"`annotated` must be {expected}, got {quoted(list(labels))}")
    return labels
