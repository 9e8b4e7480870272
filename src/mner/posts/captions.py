"""Captions: sentences that describe the pictures, kept in a file of their own."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from mner.errors import InputError
from mner.posts.lines import json_object, numbered_lines
from mner.types import Post

__all__ = ["attach_captions"]


def attach_captions(
    posts: Iterable[Post], path: str | Path, *, fields: Sequence[str] | None = None
) -> Iterator[Post]:
    """The posts with the caption of their picture; a post whose picture has none keeps what it has.

    Args:
        posts: read one at a time; the captions are held in memory.
        path: JSONL, one object a picture: `id` and one or more captions by field name.
        fields: which captions are taken, joined by a blank; all of them when None.

    Raises:
        InputError: the file cannot be read, a line is ill-formed, or no line has one of the fields.
    """
    captions = _captions(path, fields)
    return (
        replace(post, caption=captions[post.picture]) if post.picture in captions else post
        for post in posts
    )


def _captions(path: str | Path, fields: Sequence[str] | None) -> dict[str | None, str]:
    """Caption by picture; where a picture comes twice, the last one."""
    captions: dict[str | None, str] = {}
    known: dict[str, None] = {}
    for number, line in numbered_lines(path):
        if not line.strip():
            continue
        try:
            picture, by_field = _caption_fields(line)
        except InputError as exc:
            raise InputError(f"{path}:{number}: {exc}") from exc
        known.update(dict.fromkeys(by_field))
        if caption := " ".join(filter(None, (by_field.get(field) for field in fields or by_field))):
            captions[picture] = caption
    if unknown := [field for field in fields or () if field not in known]:
        raise InputError(
            f"{path}: no line has a caption {unknown[0]!r}: expected one of {', '.join(known) or 'none at all'}"
        )
    return captions


def _caption_fields(line: str) -> tuple[str, dict[str, str]]:
    record, _ = json_object(line)
    picture = record.pop("id", None)
    if not isinstance(picture, str | int) or isinstance(picture, bool):
        raise InputError(f"expected a picture's `id`, got {picture!r}")
    by_field = {field: caption for field, caption in record.items() if caption is not None}
    if wrong := [field for field, caption in by_field.items() if not isinstance(caption, str)]:
        raise InputError(
            f"caption {wrong[0]!r} must be a string or null, got {by_field[wrong[0]]!r}"
        )
    return str(picture), {field: caption.strip() for field, caption in by_field.items()}
