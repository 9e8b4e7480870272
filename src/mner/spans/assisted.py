"""Posts whose entities were not found by a model of ours alone, which every score has to say."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mner.spans.table import counted
from mner.types import Post

__all__ = ["ENDPOINT", "MODEL", "SOURCE", "assisted_line", "count_assisted", "without_endpoint"]

SOURCE: Final = "source"
"""The field of a post that says whose entities it has: `MODEL` or `ENDPOINT`."""
MODEL: Final = "model"
ENDPOINT: Final = "endpoint"


def count_assisted(*files: Sequence[Post]) -> int:
    """Return how many posts have the entities of an endpoint, in one of several files of them."""
    return sum(any(map(_is_assisted, copies)) for copies in zip(*files, strict=True))


def assisted_line(assisted: int, posts: int) -> list[str]:
    """Return the line that stands beside scores of such posts; none where there are none."""
    if not assisted:
        return []
    return [f"LLM-assisted: {assisted} of {counted(posts, 'post')} have entities of an endpoint"]


def without_endpoint(extra: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return the other fields of a post that gets entities of a model."""
    if extra is None or extra.get(SOURCE) != ENDPOINT:
        return extra
    return {name: value for name, value in extra.items() if name != SOURCE} or None


def _is_assisted(post: Post) -> bool:
    return post.extra is not None and post.extra.get(SOURCE) == ENDPOINT
