"""Giving reasons for entities: where the model looked, and what the picture did to them.

Attention alone proves nothing, so each entity is judged again without the picture, and without the
regions that it attended to most.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from mner.tagging.batching import BATCH, EXPLAINED_CHUNK, chunks
from mner.tagging.inputs import PostLike
from mner.tagging.results import FoundEntity, Tagged
from mner.tagging.tagger import Tagger
from mner.types import Floats, PictureState, Post, Regions

__all__ = ["Explained", "Reason", "explain"]

_MASKED_SHARE = 0.2
"""The share of the regions that is masked, the most attended first; at least one region."""
_PICTURE_SIZE = 1_000
"""What each further picture of a post counts as, in words, where posts are cut into chunks."""


@dataclass(frozen=True, slots=True)
class Reason:
    """What the picture had to do with one entity."""

    entity: FoundEntity
    attention: Floats
    """(R,): the share of attention that each region got, averaged over the entity's words."""
    masked: tuple[int, ...]
    """The regions that were masked: those with the most attention."""
    with_picture: float
    """The entity's probability as it was tagged."""
    without_picture: float
    """Its probability when the post has no picture."""
    without_masked: float
    """Its probability when the most attended regions are masked."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A tagged post, with a reason for each entity if the model looked at a picture."""

    tagged: Tagged
    reasons: tuple[Reason, ...]
    """In the order of the entities; empty where the model saw no picture of this post."""


def explain(
    tagger: Tagger, posts: Iterable[PostLike], *, batch_size: int = BATCH
) -> Iterator[Explained]:
    """Tag posts, and find out what each entity owes to the picture.

    Args:
        tagger: the model.
        posts: read lazily; results come in their order.
        batch_size: the most posts in a batch.

    Raises:
        InputError: as for `Tagger.tag`.
    """
    results = tagger.explain(posts, batch_size=batch_size)
    for chunk in chunks(results, words=_size, size=EXPLAINED_CHUNK):
        reasons = iter(_reasons(tagger, list(filter(_has_reasons, chunk)), batch_size))
        for tagged in chunk:
            if _has_reasons(tagged):
                yield Explained(tagged, next(reasons))
            else:
                yield Explained(tagged, ())


def _size(tagged: Tagged) -> int:
    return len(tagged.post.tokens) + _PICTURE_SIZE * len(tagged.post.more_pictures)


def _has_reasons(tagged: Tagged) -> bool:
    return tagged.picture is PictureState.PRESENT and bool(tagged.post.entities)


@dataclass(frozen=True, slots=True)
class _Masked:
    """One entity of a post, and what the post looks like without its most attended regions."""

    entity: FoundEntity
    attention: Floats
    """(R,)"""
    masked: tuple[int, ...]
    post: Post
    """The post with this entity alone."""
    regions: Regions
    """The regions that are left."""


def _reasons(tagger: Tagger, tagged: Sequence[Tagged], batch_size: int) -> list[tuple[Reason, ...]]:
    """Return the reasons of each post, one for each entity."""
    posts = [result.post for result in tagged]
    regions = tagger.regions(posts)

    # Without the picture: all entities of a post are judged together.
    nothing = [Regions(PictureState.ABSENT, own.vectors[:0]) for own in regions]
    without_picture = tagger.probabilities(posts, nothing, batch_size=batch_size)

    # Without the most attended regions: each entity has its own, so it is judged by itself.
    masked: list[_Masked] = []
    for result, own in zip(tagged, regions, strict=True):
        masked += [_mask(result, entity, own) for entity in result.post.entities]
    without_masked = tagger.probabilities(
        [entry.post for entry in masked],
        [entry.regions for entry in masked],
        batch_size=batch_size,
    )

    reasons: list[Reason] = []
    alone = np.concatenate([np.zeros(0), *without_picture])
    for entry, without, (left,) in zip(masked, alone, without_masked, strict=True):
        reasons.append(
            Reason(
                entry.entity,
                entry.attention,
                entry.masked,
                with_picture=entry.entity.probability,
                without_picture=float(without),
                without_masked=float(left),
            )
        )
    rest = iter(reasons)
    return [tuple(islice(rest, len(post.entities))) for post in posts]


def _mask(tagged: Tagged, entity: FoundEntity, regions: Regions) -> _Masked:
    attention: Floats = tagged.attention.regions[entity.start : entity.end].mean(axis=0)  # (R,)
    count = max(1, round(_MASKED_SHARE * len(attention)))
    masked = tuple(sorted(np.argsort(-attention, kind="stable")[:count].tolist()))
    left = np.delete(regions.vectors, masked, axis=0)
    return _Masked(
        entity,
        attention,
        masked,
        post=replace(tagged.post, entities=(entity,)),
        regions=Regions(PictureState.PRESENT, left),
    )
