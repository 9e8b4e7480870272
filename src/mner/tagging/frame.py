"""Posts as a DataFrame, of pandas or of polars."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args, overload

from mner.errors import InputError, quoted
from mner.posts.layout import lay_out
from mner.posts.pictures import cell_of_pictures, found_in
from mner.posts.table_rows import Rows
from mner.require import require_entities
from mner.types import Entity, Post

if TYPE_CHECKING:
    import pandas
    import polars

__all__ = ["Library", "to_frame"]

Library: TypeAlias = Literal["pandas", "polars"]

_OF_ENTITIES: tuple[str, ...] = (
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
_OF_POSTS: tuple[str, ...] = (
    "id",
    "text",
    "tokens",
    "entities",
    "labels",
    "picture",
    "caption",
    "found_in",
)


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

    The columns have the names that they have in tables which `mner tag` writes. Names that were
    read in a picture have `picture` in `found_in`, where others have `text`, and no positions; of
    several pictures, its name follows, as in `picture 7-2.jpg`. Several pictures are parted by `;`.
    Other fields of the posts, in their `extra`, have columns too, which are empty where a post
    lacks one.

    Args:
        posts: read to their end.
        rows: `entities` gives one row an entity, so that posts without entities have no row;
            `posts` gives one row a post, with lists in `tokens`, `entities` (the words of each),
            `labels` and `found_in`.
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
    extras: list[Mapping[str, object]] = []
    for post in posts:
        for row in _entity_rows(post) if rows == "entities" else [_post_row(post)]:
            extras.append(post.extra or {})
            for name, value in zip(columns, row, strict=True):
                values[name].append(value)
    return module.DataFrame(values | _kept(extras, values))


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


def _kept(extras: Sequence[Mapping[str, object]], own: Collection[str]) -> dict[str, list[Any]]:
    """Return the columns of other fields; one that has the name of another ends in `_kept`."""
    columns: dict[str, list[Any]] = {}
    for key in dict.fromkeys(key for extra in extras for key in extra):
        name = key
        while name in own or name in columns:
            name += "_kept"
        columns[name] = _alike([extra.get(key) for extra in extras])
    return columns


def _alike(values: list[Any]) -> list[Any]:
    """Return the values of a column as one type, which polars needs; strings where they differ."""
    types = {type(value) for value in values if value is not None}
    if len(types) < 2:
        return values
    common = float if types == {int, float} else str
    return [None if value is None else common(value) for value in values]


def _entity_rows(post: Post) -> Iterator[tuple[Any, ...]]:
    entities = require_entities(post)
    text, offsets = lay_out(post)
    pictures = _plain(cell_of_pictures(post))
    for entity in entities:
        start, end = offsets[entity.start][0], offsets[entity.end - 1][1]
        words = text[start:end]
        first = (post.id, words, entity.label, entity.probability)
        yield (*first, entity.start, entity.end, start, end, text, pictures, "text")
    for name in post.picture_entities or ():
        first = (post.id, name.text, name.label, name.probability)
        yield (*first, None, None, None, None, text, pictures, found_in(name))


def _post_row(post: Post) -> tuple[Any, ...]:
    text, offsets = lay_out(post)
    names = post.picture_entities or ()
    words, labels, places = None, None, None
    if post.entities is not None:
        words = [_words(text, offsets, entity) for entity in post.entities]
        labels = [entity.label for entity in post.entities]
        places = ["text"] * len(words) + [found_in(name) for name in names]
        words += [name.text for name in names]
        labels += [name.label for name in names]
    tokens, pictures = list(post.tokens), _plain(cell_of_pictures(post))
    return (post.id, text, tokens, words, labels, pictures, post.caption, places)


def _words(text: str, offsets: Sequence[tuple[int, int]], entity: Entity) -> str:
    """Return the characters of an entity."""
    return text[offsets[entity.start][0] : offsets[entity.end - 1][1]]


def _plain(picture: str | None) -> str | None:
    """Return references to pictures as a plain string, which every library stores as one."""
    return None if picture is None else str(picture)
