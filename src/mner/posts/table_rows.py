"""Posts as the rows of a table: one for each entity, or one for each post."""

import json
import warnings
from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from mner.errors import DataWarning, quoted
from mner.posts.layout import lay_out
from mner.posts.pictures import cell_of_pictures, found_in
from mner.posts.probabilities import rounded
from mner.types import Entity, Post

__all__ = ["COLUMN_TYPES", "Cell", "Rows", "TableRows"]

Rows: TypeAlias = Literal["entities", "posts"]
"""What has a row of its own. A post without entities has one row in either case."""
Cell: TypeAlias = str | int | float | bool | None

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
    "found_in",
)
_POST_COLUMNS = ("id", "text", "entities", "picture", "caption")
COLUMN_TYPES: dict[str, type] = {
    "probability": float,
    "start": int,
    "end": int,
    "start_char": int,
    "end_char": int,
}
"""Types of the columns whose cells are not strings."""
_NAMED = 5
"""The most fields that a warning names."""


class TableRows:
    """Turns posts into rows; the columns are those of the first post.

    Args:
        rows: what has a row of its own.
        model: the fingerprint of the model, for a column of its own.
        first: the first post of the table, where its rows are there already; None where the first
            post is yet to come.
    """

    def __init__(
        self, *, rows: Rows = "entities", model: str | None = None, first: Post | None = None
    ) -> None:
        self._rows = rows
        self._own = _ENTITY_COLUMNS if rows == "entities" else _POST_COLUMNS
        self._model = () if model is None else (model,)
        self._kept = None if first is None else tuple(first.extra or ())
        self._left_out: list[str] = []
        self._posts_with_more = 0

    def header(self, first: Post) -> list[str]:
        """Return the names of the columns of a table that begins with this post.

        A kept column that has the name of another gets `_kept` at its end.
        """
        names = [*self._own, *(["model"] if self._model else [])]
        for name in self._kept_names(first):
            while name in names:
                name += "_kept"  # noqa: PLW2901
            names.append(name)
        return names

    def rows_of(self, post: Post) -> Iterator[list[Cell]]:
        """Yield the rows of a post."""
        names = self._kept_names(post)
        extra = post.extra or {}
        if more := [name for name in extra if name not in names]:
            self._posts_with_more += 1
            self._left_out = list(dict.fromkeys([*self._left_out, *more]))[:_NAMED]
        kept = [_cell(extra.get(name)) for name in names]
        for row in _entity_rows(post) if self._rows == "entities" else [_post_row(post)]:
            yield [*row, *self._model, *kept]

    def warn_of_left_out(self) -> None:
        """Count the posts that have fields for which the table has no column."""
        if self._posts_with_more:
            fields = ", ".join(map(quoted, self._left_out))
            warnings.warn(
                f"{self._posts_with_more} posts have fields that the first post does not have "
                f"({fields}): left out, since a table has the columns of its first post; jsonl "
                "keeps all",
                DataWarning,
                stacklevel=2,
            )

    def _kept_names(self, post: Post) -> Sequence[str]:
        if self._kept is None:
            self._kept = tuple(post.extra or ())
        return self._kept


def _entity_rows(post: Post) -> Iterator[list[Cell]]:
    text, offsets = lay_out(post)
    pictures = cell_of_pictures(post)
    if not (post.entities or post.picture_entities):
        yield [post.id, *[None] * 7, text, pictures, None]
    for entity in post.entities or ():
        start, end = offsets[entity.start][0], offsets[entity.end - 1][1]
        tokens_and_characters = [entity.start, entity.end, start, end]
        first = [post.id, text[start:end], entity.label, _probability(entity)]
        yield [*first, *tokens_and_characters, text, pictures, "text"]
    for name in post.picture_entities or ():
        row = [post.id, name.text, name.label, rounded(name.probability), *[None] * 4]
        yield [*row, text, pictures, found_in(name)]


def _post_row(post: Post) -> list[Cell]:
    text, offsets = lay_out(post)
    entities = [
        f"{text[offsets[entity.start][0] : offsets[entity.end - 1][1]]} [{entity.label}]"
        for entity in post.entities or ()
    ]
    for name in post.picture_entities or ():
        picture = f"picture {name.picture}" if name.picture else "the picture"
        entities.append(f"{name.text} [{name.label}, in {picture}]")
    return [post.id, text, "; ".join(entities), cell_of_pictures(post), post.caption]


def _probability(entity: Entity) -> float | None:
    return None if entity.probability is None else rounded(entity.probability)


def _cell(value: object) -> Cell:
    """Return a value that was kept as a cell; lists and objects become JSON."""
    if value is None or isinstance(value, str | int | float):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)
