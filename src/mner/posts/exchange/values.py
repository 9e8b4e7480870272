"""What the objects of several programs have in common."""

from collections.abc import Mapping
from typing import Any

from mner.errors import InputError, quoted
from mner.posts.exchange.draft import Draft
from mner.posts.json_values import is_integer
from mner.posts.layout import lay_out
from mner.posts.reading import Fields
from mner.posts.tokenize import tokenize
from mner.types import Post

__all__ = [
    "integer",
    "is_list_of",
    "label",
    "named_draft",
    "objects",
    "others",
    "probability",
    "text_with_offsets",
    "triples",
    "with_others",
]


def is_list_of(kind: type, value: object, *, least: int = 1) -> bool:
    """Return whether a value is a list of so many items, and its first items are of a kind."""
    return (
        isinstance(value, list)
        and len(value) >= least
        and all(isinstance(item, kind) for item in value[:3])
    )


def objects(value: object, name: str) -> list[Mapping[str, Any]]:
    """Return a list of objects.

    Raises:
        InputError: the value is something else; the message has its name.
    """
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise InputError(f"`{name}` must be a list of objects, got {quoted(value)}")
    return value


def integer(value: object, name: str) -> int:
    """Return an integer.

    Raises:
        InputError: the value is something else; the message has its name.
    """
    if not is_integer(value):
        raise InputError(f"`{name}` of a span must be an integer, got {quoted(value)}")
    return value


def label(value: object) -> str:
    """Return a label.

    Raises:
        InputError: the value is no string, or empty.
    """
    if not isinstance(value, str) or not value:
        raise InputError(f"a label must be a string that is not empty, got {quoted(value)}")
    return value


def probability(value: object) -> float | None:
    """Return a number from 0 to 1; None for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    return None


def triples(value: object, name: str) -> list[tuple[int, int, str]]:
    """Return a list of start, end and label.

    Raises:
        InputError: the value is something else; the message has its name.
    """
    if not isinstance(value, list):
        raise InputError(f"`{name}` must be a list of [start, end, label], got {quoted(value)}")
    for item in value:
        if not isinstance(item, list) or len(item) != 3:
            raise InputError(f"`{name}` must hold [start, end, label], got {quoted(item)}")
    return [(integer(a, "start"), integer(b, "end"), label(name)) for a, b, name in value]


def named_draft(record: Mapping[str, Any], fields: Fields | None) -> Draft:
    """Return a draft with id, picture and caption, as the user or `mner` names their fields."""
    fields = fields or Fields()
    return Draft(
        id=record.get(fields.id or "id"),
        picture=record.get(fields.picture or "picture", record.get("pictures")),
        caption=record.get(fields.caption or "caption"),
    )


def others(
    record: Mapping[str, Any], used: frozenset[str], fields: Fields | None
) -> dict[str, object]:
    """Return the fields of an object that were not read."""
    fields = fields or Fields()
    named = {fields.text, fields.id, fields.picture, fields.caption}
    read = used | named | {"id", "picture", "pictures", "caption"}
    return {key: value for key, value in record.items() if key not in read}


def with_others(record: Mapping[str, object], post: Post) -> dict[str, object]:
    """Return an object with pictures and caption of its post, and the fields that were kept."""
    values: dict[str, object] = {"picture": post.picture, "caption": post.caption}
    if post.more_pictures:
        values = {"pictures": list(post.pictures), "caption": post.caption}
    known = {key: value for key, value in values.items() if value is not None}
    return {**(post.extra or {}), **record, **known}


def text_with_offsets(post: Post) -> tuple[str, tuple[tuple[int, int], ...], dict[str, object]]:
    """Return the text of a post, where its tokens are, and what its object needs to say of them.

    The object says nothing where the reader cuts the text into the same tokens.
    """
    text, offsets = lay_out(post)
    if tuple(tokenize(text)) == offsets:
        return text, offsets, {}
    return text, offsets, {"offsets": offsets}
