"""Gold posts with some of their labels only, for corpora that do not have all labels of a model."""

from collections.abc import Iterable
from dataclasses import replace

from mner.types import Post


def keep_labels(posts: Iterable[Post], labels: Iterable[str]) -> list[Post]:
    """Return gold posts as if only these labels had been annotated.

    When such posts are scored, predictions of other labels count for nothing.
    """
    kept = tuple(labels)
    return [_kept(post, kept) for post in posts]


def _kept(post: Post, labels: tuple[str, ...]) -> Post:
    entities = tuple(entity for entity in post.entities or () if entity.label in labels)
    return replace(post, annotated=labels, entities=entities)
