"""What can be tagged: posts, raw texts, and dicts with the keys of JSON lines."""

import math
import warnings
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import TypeAlias

from mner.errors import DataWarning, InputError, quoted
from mner.posts.raw import raw_post
from mner.posts.record_posts import post_of_record
from mner.posts.records import with_other_keys
from mner.tagging.checks import checked_post
from mner.types import Post

__all__ = ["PostLike", "posts_of", "require_several"]

PostLike: TypeAlias = Post | str | Mapping[str, object]
"""A post, a raw text, or a dict with the keys of JSON lines."""


def posts_of(items: Iterable[PostLike]) -> Iterator[Post]:
    """Return each item as a post whose tokens are words, in their order.

    A text, and a dict without `id`, gets its number among the items as its id, counted from 1.
    Keys of dicts that are not known are kept in the post's `extra`.

    Args:
        items: posts; raw texts, which are cut into tokens; and dicts, which are read as lines of
            JSONL are. The picture of a dict is a path that strangers may have chosen.

    Yields:
        Posts.

    Raises:
        InputError: an item is none of these, or a value of a dict has the wrong type; the message
            has its number.
    """
    for number, item in enumerate(items, start=1):
        if isinstance(item, Post):
            yield checked_post(item)
        else:
            yield checked_post(_post_of(item, number))


def require_several(posts: object) -> None:
    """Refuse what is one post, and what yields something else than posts.

    Raises:
        InputError: it is a single text, dict or post, a table, or nothing to iterate over.
    """
    single = {str: "a text", bytes: "bytes", Mapping: "a dict", Post: "a Post"}
    for kind, name in single.items():
        if isinstance(posts, kind):
            raise InputError(
                f"expected several posts, got {name}, {quoted(posts)}: put it into a list, "
                "`tagger.tag([...])`; for one text there is `tagger(text)`"
            )
    if hasattr(posts, "columns"):
        raise InputError(
            f"expected several posts, got a table, {type(posts).__name__}: give its column of "
            'texts, such as `frame["text"]`, or its rows as dicts'
        )
    if not isinstance(posts, Iterable):
        raise InputError(f"expected several posts, got {quoted(posts)}: give a list or an iterator")


def _post_of(item: object, number: int) -> Post:
    """Make a post of a text or a dict."""
    try:
        if isinstance(item, str):
            return raw_post(str(number), item)
        if isinstance(item, Mapping):
            record = {str(key): _as_json(value) for key, value in item.items()}
            if record.get("extra", ...) is None:
                del record["extra"]  # of a post that was turned into a dict
            more = record.pop("more_pictures", None)
            if isinstance(more, list) and more:
                record["picture"] = [record.get("picture"), *more]
            post = post_of_record(record, str(number), partial(_warn, number))
            return with_other_keys(post, record)
    except InputError as exc:
        raise InputError(f"number {number} of the posts: {exc}") from exc
    raise InputError(
        f"number {number} of the posts: expected a Post, a text or a dict, got {quoted(item)}"
    )


def _warn(number: int, kind: str, message: str) -> None:
    warnings.warn(f"number {number} of the posts: {message} ({kind})", DataWarning, stacklevel=2)


def _as_json(value: object) -> object:
    """Return a value of a dict as a line of JSON has it.

    Tuples become lists, and NaN, which data frames have where nothing is, becomes None.
    """
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, list | tuple):
        return [_as_json(item) for item in value]
    return value
