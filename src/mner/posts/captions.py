"""Captions: sentences that describe the pictures, kept in a file of their own."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from mner.errors import InputError, clipped, quoted
from mner.posts.bounds import require_bounded
from mner.posts.json_values import is_integer, json_object
from mner.posts.lines import numbered_lines
from mner.types import Post

__all__ = ["attach_captions"]

_MOST_CAPTIONS = 2_000_000
_MOST_CHARACTERS = 200_000_000
"""The bounds of a file of captions: about a gigabyte of memory."""


def attach_captions(
    posts: Iterable[Post], path: str | Path, *, fields: Sequence[str] | None = None
) -> Iterator[Post]:
    """Give posts the captions of their pictures; where there are none, a post keeps its own.

    Args:
        posts: read one at a time; the captions are held in memory.
        path: JSONL with one object per picture: `id`, and one or more captions by field name.
        fields: which captions are taken, joined by a blank; all of them when None.

    Raises:
        InputError: the file cannot be read, a line is ill-formed, a caption is too long, there are
            too many for the memory, or no line has one of the fields.
    """
    captions = _captions(path, fields)
    return (_captioned(post, captions) for post in posts)


def _captioned(post: Post, captions: dict[str, str]) -> Post:
    of_pictures = [captions[picture] for picture in post.pictures if picture in captions]
    return replace(post, caption=" ".join(of_pictures)) if of_pictures else post


def _captions(path: str | Path, fields: Sequence[str] | None) -> dict[str, str]:
    """Return the caption of each picture; where a picture comes twice, the last one."""
    captions: dict[str, str] = {}
    known: dict[str, None] = {}
    characters = 0
    for number, line in numbered_lines(path):
        if not line.strip():
            continue
        try:
            picture, by_field = _caption_fields(line)
        except InputError as exc:
            raise InputError(f"{path}:{number}: {exc}") from exc
        known.update(dict.fromkeys(by_field))
        characters += len(line)
        given = (by_field.get(field) for field in fields or by_field)
        if caption := " ".join(filter(None, given)):
            captions[picture] = caption
        _require_bounded(f"{path}:{number}", caption, count=len(captions), characters=characters)
    _require_fields(path, fields or (), known=list(known))
    return captions


def _require_bounded(where: str, caption: str, *, count: int, characters: int) -> None:
    """Raise InputError where a caption is too long, or all of them together take much memory."""
    try:
        require_bounded(caption=caption)
    except InputError as exc:
        raise InputError(f"{where}: {exc}") from exc
    if count > _MOST_CAPTIONS or characters > _MOST_CHARACTERS:
        raise InputError(
            f"{where}: the captions are held in memory: expected those of at most {_MOST_CAPTIONS} "
            f"pictures in at most {_MOST_CHARACTERS} characters; give those that the posts need"
        )


def _caption_fields(line: str) -> tuple[str, dict[str, str]]:
    """Return the picture of a line, and its captions by field name."""
    record, _ = json_object(line)
    picture = record.pop("id", None)
    if not isinstance(picture, str) and not is_integer(picture):
        raise InputError(f"expected a picture's `id`, got {quoted(picture)}")
    by_field = {}
    for field, caption in record.items():
        if caption is None:
            continue
        if not isinstance(caption, str):
            raise InputError(
                f"caption {quoted(field)} must be a string or null, got {quoted(caption)}"
            )
        by_field[field] = caption.strip()
    return str(picture), by_field


def _require_fields(path: str | Path, fields: Sequence[str], *, known: Sequence[str]) -> None:
    for field in fields:
        if field not in known:
            raise InputError(
                f"{path}: no line has a caption {quoted(field)}: "
                f"expected one of {clipped(', '.join(known)) or 'none at all'}"
            )
