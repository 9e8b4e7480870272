"""Posts as a DataFrame, of pandas or of polars."""

from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args, overload

from mner.errors import InputError, quoted
from mner.require import require_entities
from mner.types import Entity, Post

if TYPE_CHECKING:
    import pandas
    import polars

__all__ = ["Library", "Rows", "to_frame"]

Library: TypeAlias = Literal["pandas", "polars"]
Rows: TypeAlias = Literal["entities", "posts"]

_OF_ENTITIES: tuple[str, ...] = (
    "post",
    "entity",
    "label",
    "probability",
    "start",
    "end",
    "start_char",
    "end_char",
    "picture",
)
_OF_POSTS: tuple[str, ...] = ("post", "text", "tokens", "entities", "labels", "picture", "caption")


@overload
def to_frame(
    posts: Iterable[Post], *, rows: Rows = "entities", library: Literal["pandas"]
) -> "pandas.DataFrame": ...
@overload
def to_frame(
    posts: Iterable[Post], *, rows: Rows = "entities", library: Literal["polars"]
) -> "polars.DataFrame": ...
@overload
def to_frame(posts: Iterable[Post], *, rows: Rows = "entities", library: None = None) -> Any: ...
def to_frame(
    posts: Iterable[Post], *, rows: Rows = "entities", library: Library | None = None
) -> Any:
    """Return posts that were tagged, or are annotated, as a DataFrame.

    Args:
        posts: read to their end.
        rows: `entities` gives one row an entity, with the id of its post in the column `post`, so
            that posts without entities have no row; `posts` gives one row a post, with lists in
            `tokens`, `entities` (the words of each) and `labels`.
        library: `pandas` or `polars`; None for the one that is installed, and for pandas if both
            are. The columns are the same.

    Raises:
        InputError: `rows` or `library` is none of these, the library is not installed, or, for
            `entities`, a post is neither tagged nor annotated.
    """
    if rows not in get_args(Rows):
        raise InputError(f"rows: expected one of {', '.join(get_args(Rows))}, got {quoted(rows)}")
    module = import_module(_installed(library))
    columns = _OF_ENTITIES if rows == "entities" else _OF_POSTS
    values: dict[str, list[Any]] = {name: [] for name in columns}
    for row in _entity_rows(posts) if rows == "entities" else _post_rows(posts):
        for name, value in zip(columns, row, strict=True):
            values[name].append(value)
    return module.DataFrame(values)


def _installed(library: Library | None) -> Library:
    """Return the library that is to be used."""
    known = get_args(Library)
    if library is not None and library not in known:
        raise InputError(f"library: expected one of {', '.join(known)}, got {quoted(library)}")
    installed: list[Library] = [name for name in known if find_spec(name) is not None]
    if library is None and installed:
        return installed[0]
    if library is not None and library in installed:
        return library
    name = library or "pandas or polars"
    raise InputError(f"to_frame needs {name}: pip install {library or 'pandas'}")


def _entity_rows(posts: Iterable[Post]) -> Iterator[tuple[Any, ...]]:
    for post in posts:
        for entity in require_entities(post):
            yield (
                post.id,
                _words(post, entity),
                entity.label,
                entity.probability,
                entity.start,
                entity.end,
                entity.start_char,
                entity.end_char,
                _plain(post.picture),
            )


def _post_rows(posts: Iterable[Post]) -> Iterator[tuple[Any, ...]]:
    for post in posts:
        entities = post.entities
        yield (
            post.id,
            post.text if post.text is not None else " ".join(post.tokens),
            list(post.tokens),
            None if entities is None else [_words(post, entity) for entity in entities],
            None if entities is None else [entity.label for entity in entities],
            _plain(post.picture),
            post.caption,
        )


def _words(post: Post, entity: Entity) -> str:
    """Return the characters of an entity, or its tokens where the raw text is not known."""
    if entity.text is not None:
        return entity.text
    return " ".join(post.tokens[entity.start : entity.end])


def _plain(picture: str | None) -> str | None:
    """Return a reference to a picture as a plain string, which every library stores as one."""
    return None if picture is None else str(picture)
