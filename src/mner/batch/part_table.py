"""Tagged posts as a table of Parquet: the columns of the archive, and the entities as lists."""

import json
from collections.abc import Sequence
from typing import Any

from mner.batch.plan import Kind
from mner.batch.storage import arrow
from mner.posts.layout import lay_out
from mner.posts.probabilities import rounded
from mner.types import Post

__all__ = ["OWN_COLUMNS", "table_of"]

OWN_COLUMNS = ("id", "text", "pictures", "caption", "entities", "picture_entities", "line")
"""Columns that `mner` writes. One of the archive with such a name gets `_kept` at its end."""


def table_of(posts: Sequence[Post], lines: Sequence[int], *, kind: Kind, columns: Any) -> Any:
    """Return tagged posts as a table of pyarrow.

    Args:
        posts: with what was found.
        lines: the line of each post, in Parquet its row.
        kind: the kind of the archive. Columns of CSV and TSV become strings. Objects of JSONL may
            have different keys, so their other keys are one column of JSON, `other`.
        columns: the rows of an archive in Parquet with all their columns; else None.
    """
    pa = arrow()
    entity, name = _types(pa)
    texts = [lay_out(post)[0] for post in posts]
    arrays = {
        "id": pa.array([post.id for post in posts], pa.string()),
        "text": pa.array(texts, pa.string()),
        "pictures": pa.array(map(_pictures, posts), pa.list_(pa.string())),
        "caption": pa.array([post.caption for post in posts], pa.string()),
        "entities": pa.array(list(map(_entities, posts)), pa.list_(entity)),
        "picture_entities": pa.array(list(map(_picture_entities, posts)), pa.list_(name)),
        "line": pa.array(lines, pa.int64()),
    }
    if kind == "parquet":
        kept = _kept_columns(columns, posts)
    elif kind == "jsonl":
        kept = {"other": pa.array(map(_other_keys, posts), pa.string())}
    else:
        kept = _kept_strings(pa, posts)
    for column, values in kept.items():
        while column in arrays:
            column += "_kept"  # noqa: PLW2901
        arrays[column] = values
    return pa.table(arrays)


def _types(pa: Any) -> tuple[Any, Any]:
    entity = pa.struct(
        [
            ("text", pa.string()),
            ("label", pa.string()),
            ("probability", pa.float64()),
            ("start", pa.int32()),
            ("end", pa.int32()),
            ("start_char", pa.int32()),
            ("end_char", pa.int32()),
        ]
    )
    name = pa.struct(
        [
            ("text", pa.string()),
            ("label", pa.string()),
            ("probability", pa.float64()),
            ("box", pa.list_(pa.float64(), 4)),
            ("line", pa.string()),
            ("picture", pa.string()),
        ]
    )
    return entity, name


def _pictures(post: Post) -> list[str] | None:
    return list(map(str, post.pictures)) or None


def _entities(post: Post) -> list[dict[str, object]]:
    text, offsets = lay_out(post)
    found = []
    for entity in post.entities or ():
        start, end = offsets[entity.start][0], offsets[entity.end - 1][1]
        assert entity.probability is not None
        found.append(
            {
                "text": text[start:end],
                "label": entity.label,
                "probability": rounded(entity.probability),
                "start": entity.start,
                "end": entity.end,
                "start_char": start,
                "end_char": end,
            }
        )
    return found


def _picture_entities(post: Post) -> list[dict[str, object]] | None:
    if post.picture_entities is None:
        return None
    return [
        {
            "text": name.text,
            "label": name.label,
            "probability": rounded(name.probability),
            "box": list(name.box),
            "line": name.line,
            "picture": name.picture,
        }
        for name in post.picture_entities
    ]


def _other_keys(post: Post) -> str | None:
    return json.dumps(post.extra, ensure_ascii=False, default=str) if post.extra else None


def _kept_columns(columns: Any, posts: Sequence[Post]) -> dict[str, Any]:
    """Return the columns of Parquet that are passed through, with their types."""
    names = list(dict.fromkeys(name for post in posts for name in post.extra or ()))
    return {name: columns[name] for name in columns.schema.names if name in names}


def _kept_strings(pa: Any, posts: Sequence[Post]) -> dict[str, Any]:
    names = list(dict.fromkeys(name for post in posts for name in post.extra or ()))
    return {
        name: pa.array([(post.extra or {}).get(name) for post in posts], pa.string())
        for name in names
    }
