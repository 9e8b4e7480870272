"""The names in the picture of a post's JSON object, checked key by key."""

from collections.abc import Mapping
from typing import Any

from mner.errors import InputError, quoted
from mner.posts.json_values import optional_list, optional_string
from mner.types import PictureEntity

__all__ = ["picture_entities_of_record"]


def picture_entities_of_record(record: Mapping[str, Any]) -> tuple[PictureEntity, ...] | None:
    """Return the names that are written in the picture; None if nobody has looked.

    Raises:
        InputError: an entity is ill-formed.
    """
    values = optional_list(record, "picture_entities")
    return None if values is None else tuple(map(_entity, values))


def _entity(value: object) -> PictureEntity:
    if isinstance(value, dict) and _is_whole(value):
        left, top, right, bottom = map(float, value["box"])
        return PictureEntity(
            value["text"],
            value["label"],
            float(value["probability"]),
            (left, top, right, bottom),
            value["line"],
            optional_string(value, "picture"),
        )
    raise InputError(
        "an entity of `picture_entities` needs `text`, `label` and `line` as strings, and"
        f" `probability` and the four numbers of `box` from 0 to 1, got {quoted(value)}"
    )


def _is_whole(value: Mapping[str, Any]) -> bool:
    words = [value.get(key) for key in ("text", "label", "line")]
    return _is_name(*words) and _is_share(value.get("probability")) and _is_box(value.get("box"))


def _is_name(*words: object) -> bool:
    return all(isinstance(word, str) and word for word in words)


def _is_box(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 4 and all(map(_is_share, value))


def _is_share(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value <= 1
