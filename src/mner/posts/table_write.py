"""Posts as the rows of a table: one for each entity, or one for each post."""

import csv
import io
from collections.abc import Iterator
from typing import Literal, TypeAlias

from mner.posts.layout import lay_out
from mner.posts.probabilities import rounded
from mner.types import Entity, Post

__all__ = ["Rows", "TableLines"]

Rows: TypeAlias = Literal["entities", "posts"]
"""What has a row of its own. A post without entities has one row in either case."""

_ENTITY_COLUMNS = (
    "id",
    "entity",
    "label",
    "probability",
    "start",
    "end",
    "start_char",
    "end_char",
    "text",
    "picture",
)
_POST_COLUMNS = ("id", "text", "entities", "picture", "caption")


class TableLines:
    """Turns posts into lines of CSV or TSV, of which the first begins with the header.

    Args:
        delimiter: what parts two cells.
        rows: what has a row of its own.
        model: the fingerprint of the model, for a column of its own.
    """

    def __init__(self, delimiter: str, *, rows: Rows = "entities", model: str | None = None):
        self._buffer = io.StringIO()
        self._writer = csv.writer(self._buffer, delimiter=delimiter, lineterminator="\n")
        self._rows = rows
        self._model = () if model is None else (model,)

    def __call__(self, post: Post, position: int) -> str:
        """Return the lines of a post; those of position 0 begin with the header."""
        if position == 0:
            columns = _ENTITY_COLUMNS if self._rows == "entities" else _POST_COLUMNS
            self._writer.writerow([*columns, *(("model",) if self._model else ())])
        if self._rows == "entities":
            for row in _entity_rows(post):
                self._writer.writerow([*row, *self._model])
        else:
            self._writer.writerow([*_post_row(post), *self._model])
        lines = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return lines


def _entity_rows(post: Post) -> Iterator[list[object]]:
    text, offsets = lay_out(post)
    if not post.entities:
        yield [post.id, *[None] * 7, text, post.picture]
    for entity in post.entities or ():
        start, end = offsets[entity.start][0], offsets[entity.end - 1][1]
        place = [entity.start, entity.end, start, end]
        yield [post.id, text[start:end], entity.label, _number(entity), *place, text, post.picture]


def _post_row(post: Post) -> list[object]:
    text, offsets = lay_out(post)
    entities = [
        f"{text[offsets[entity.start][0] : offsets[entity.end - 1][1]]} [{entity.label}]"
        for entity in post.entities or ()
    ]
    return [post.id, text, "; ".join(entities), post.picture, post.caption]


def _number(entity: Entity) -> float | None:
    return None if entity.probability is None else rounded(entity.probability)
