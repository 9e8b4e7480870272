"""Posts of one corpus made like those of others."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from mner.corpora.conventions import apply_conventions
from mner.recipe.data import CorpusSection
from mner.require import require_entities
from mner.types import Entity, Post

__all__ = ["adapt"]


def adapt(posts: Iterable[Post], corpus: CorpusSection, *, name: str = "") -> Iterator[Post]:
    """Rename the labels of posts, apply the corpus's conventions, and note what was annotated.

    Raw texts stay: no entity crosses a line of them, in training as in tagging.

    Args:
        posts: annotated.
        corpus: the recipe's entry.
        name: put before ids, which could otherwise be the same in several corpora.

    Raises:
        InputError: a post is not annotated.
    """
    for post in posts:
        adapted = replace(
            post,
            id=f"{name}:{post.id}" if name else post.id,
            entities=tuple(_renamed(entity, corpus) for entity in require_entities(post)),
            annotated=_annotated(post, corpus),
        )
        yield apply_conventions(adapted, corpus.conventions)


def _renamed(entity: Entity, corpus: CorpusSection) -> Entity:
    return Entity(entity.start, entity.end, corpus.labels.get(entity.label, entity.label))


def _annotated(post: Post, corpus: CorpusSection) -> tuple[str, ...] | None:
    if corpus.annotated or post.annotated is None:
        return corpus.annotated or None
    return tuple(corpus.labels.get(label, label) for label in post.annotated)
