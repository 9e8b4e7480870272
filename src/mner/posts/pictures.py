"""The pictures of a post in files: one reference, or several."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mner.errors import InputError, quoted
from mner.posts.bounds import require_few_pictures
from mner.posts.json_values import optional_string, optional_strings
from mner.posts.table_cells import text_of_cell
from mner.types import PictureEntity, Post, UntrustedReference

__all__ = ["cell_of_pictures", "found_in", "pictures_of_cell", "pictures_of_record"]

_SEPARATOR = re.compile(r"\s*;\s*")
_SEPARATOR_OF_URLS = re.compile(r"\s*;\s*(?=[a-z][a-z0-9+.-]*://)", re.IGNORECASE)
"""A URL may hold `;` itself, so the next one has to follow."""
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def pictures_of_cell(cell: object) -> tuple[UntrustedReference, ...]:
    """Return the pictures of a cell of a table: a list, or names that are parted by `;`.

    Raises:
        InputError: there are too many.
    """
    if isinstance(cell, list | tuple):
        return _references([text_of_cell(name).strip() for name in cell])
    text = text_of_cell(cell).strip()
    separator = _SEPARATOR_OF_URLS if _URL.match(text) else _SEPARATOR
    return _references(separator.split(text))


def cell_of_pictures(post: Post) -> str | None:
    """Return a post's pictures as a cell of a table; None where it has none."""
    return "; ".join(post.pictures) if post.more_pictures else post.picture


def found_in(name: PictureEntity) -> str:
    """Return where a table says that a name was found: `picture`, and which one of several."""
    return f"picture {name.picture}" if name.picture else "picture"


def pictures_of_record(record: Mapping[str, Any]) -> tuple[UntrustedReference, ...]:
    """Return the pictures of a post's JSON object: `picture`, or a list, `pictures`.

    Exports leave out a picture by an empty string.

    Raises:
        InputError: a value has the wrong type, both are given, or there are too many pictures.
    """
    key = "picture" if isinstance(record.get("picture"), list) else "pictures"
    several = optional_strings(record, key, expected="a list of strings or null")
    if several is None:
        name = optional_string(record, "picture")
        return (UntrustedReference(name),) if name else ()
    if key == "pictures" and record.get("picture") not in (None, "", *several[:1]):
        raise InputError(
            f"`picture` is {quoted(record['picture'])}, which is not the first of `pictures`: "
            "give all of them in `pictures`"
        )
    return _references(several)


def _references(names: Sequence[str]) -> tuple[UntrustedReference, ...]:
    references = tuple(UntrustedReference(name) for name in names if name)
    require_few_pictures(references)
    return references
