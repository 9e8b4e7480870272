"""Tagged posts read back from the table that `mner` writes with a row for each entity."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from mner.errors import InputError, quoted
from mner.posts.pictures import pictures_of_cell
from mner.posts.raw import raw_post
from mner.posts.reading import NumberedPosts, Reading
from mner.posts.table_cells import id_of_cell, kept_value, text_of_cell
from mner.types import Entity, Post

__all__ = ["is_entity_table", "read_entity_rows"]

_NEEDED = frozenset({"id", "label", "start", "end", "start_char", "end_char", "text", "picture"})
_OWN = _NEEDED | {"entity", "probability", "model", "found_in"}


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    cells: dict[str, object]

    @property
    def post(self) -> tuple[str, str]:
        """What the rows of one post have in common."""
        return id_of_cell(self.cells["id"]), text_of_cell(self.cells["text"])


def is_entity_table(names: Sequence[str]) -> bool:
    """Return whether columns of these names are those of a row for each entity."""
    return names[:1] == ["id"] and set(names) >= _NEEDED


def read_entity_rows(
    names: Sequence[str], rows: Iterator[tuple[int, list[object]]], reading: Reading
) -> NumberedPosts:
    """Yield the post of each run of rows of one id and text, with the number of the first row.

    Raises:
        InputError: an entity is not where its row says, and the log refuses the post.
    """
    empty = dict.fromkeys(names)  # the rows of a sheet may be shorter than its first
    named = (_Row(number, empty | dict(zip(names, row, strict=False))) for number, row in rows)
    for _, group in groupby(named, key=lambda row: row.post):
        of_post = list(group)
        number = of_post[0].number
        try:
            post = _post(of_post)
        except InputError as exc:
            reading.log.refuse(reading.log.located(number, exc))
            continue
        if any(map(_is_of_picture, of_post)):
            message = (
                f"post {quoted(post.id)} has names that were found in its picture, whose places no "
                "table holds: left out; JSONL keeps them"
            )
            reading.log.report("picture-name", number, message)
        yield number, post


def _is_of_picture(row: _Row) -> bool:
    return text_of_cell(row.cells.get("found_in")).startswith("picture")


def _post(rows: Sequence[_Row]) -> Post:
    identity, text = rows[0].post
    cells = rows[0].cells
    if not identity:
        raise InputError("the row of an entity has no id: expected that of its post")
    tokenised = raw_post(identity, text)
    apart = [(match.start(), match.end()) for match in re.finditer("[^ ]+", text)]
    tokens = tuple(text[start:end] for start, end in apart)
    candidates = [tokenised, replace(tokenised, tokens=tokens, offsets=tuple(apart))]
    named = [row.cells for row in rows if row.cells["label"] and not _is_of_picture(row)]
    entities = list(map(_entity, named))
    post = next((post for post in candidates if _fits(post, entities)), None)
    if post is None:
        raise InputError(
            f"the entities of post {quoted(identity)} are not at whole tokens of its text, or "
            "overlap: expected a table as `mner tag` writes it; read the posts from JSONL"
        )
    pictures = pictures_of_cell(cells["picture"])
    extra = {name: kept_value(value) for name, value in cells.items() if name not in _OWN}
    post = replace(post, entities=tuple(entities), extra=extra or None)
    return post.with_pictures(pictures)


def _entity(cells: dict[str, object]) -> Entity:
    numbers = [_number(cells, name) for name in ("start", "end", "start_char", "end_char")]
    text = text_of_cell(cells["text"])
    probability = text_of_cell(cells.get("probability"))
    try:
        likely = float(probability) if probability else None
    except ValueError:
        likely = -1.0
    if likely is not None and not 0 <= likely <= 1:
        raise InputError(f"`probability` must be a number from 0 to 1, got {quoted(probability)}")
    start, end, first, last = numbers
    return Entity(start, end, text_of_cell(cells["label"]), likely, text[first:last], first, last)


def _number(cells: dict[str, object], name: str) -> int:
    value = id_of_cell(cells[name])
    if not value.isdecimal() or len(value) > 9:
        raise InputError(f"`{name}` must be a whole number, got {quoted(value)}")
    return int(value)


def _fits(post: Post, entities: Sequence[Entity]) -> bool:
    """Return whether the entities are at tokens of a post, in order."""
    assert post.offsets is not None
    before = 0
    for entity in entities:
        if not before <= entity.start < entity.end <= len(post.tokens):
            return False
        place = post.offsets[entity.start][0], post.offsets[entity.end - 1][1]
        if place != (entity.start_char, entity.end_char):
            return False
        before = entity.end
    return True
