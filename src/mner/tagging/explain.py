"""Reasons: where the model looked for an entity, and, since attention alone proves nothing, what the picture did to its probability."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from mner.tagging.tagger import Tagged, Tagger
from mner.types import Entity, Floats, PictureState, Post, Regions

__all__ = ["Explained", "Reason", "explain"]

_WINDOW = 64
_MASKED_SHARE = 0.2
"""The share of the regions that is masked, the most attended first; at least one."""


@dataclass(frozen=True, slots=True)
class Reason:
    """What the picture had to do with one entity."""

    entity: Entity
    attention: Floats
    """(R,): the share of attention that each region got, over the entity's words."""
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
    """A tagged post, with a reason for each entity that a picture could have had to do with."""

    tagged: Tagged
    reasons: tuple[Reason, ...]
    """In the order of the entities; empty where the model saw no picture of this post."""


def explain(tagger: Tagger, posts: Iterable[Post], *, batch_size: int = 32) -> Iterator[Explained]:
    """Tag posts, and find out for each entity what happens to it without the picture, and without the regions it attended to most.

    Args:
        tagger: the model.
        posts: read lazily; results come in their order.
        batch_size: posts in a batch.

    Raises:
        InputError: a post has no words.
    """
    source = tagger.explain(posts, batch_size=batch_size)
    while window := list(islice(source, _WINDOW)):
        reasons = _reasons(
            tagger,
            [one for one in window if one.picture is PictureState.PRESENT and one.post.entities],
            batch_size,
        )
        yield from (Explained(one, tuple(reasons.get(id(one), ()))) for one in window)


def _reasons(tagger: Tagger, tagged: Sequence[Tagged], batch_size: int) -> dict[int, list[Reason]]:
    """Reasons by the identity of the tagged post."""
    posts = [one.post for one in tagged]
    regions = tagger.regions(posts)
    nothing = [Regions(PictureState.ABSENT, each.vectors[:0]) for each in regions]
    without_picture = tagger.probabilities(posts, nothing, batch_size=batch_size)

    # Every entity attended to regions of its own, so each is asked about by itself.
    found = [
        (place, entity, _attention(one, entity))
        for place, one in enumerate(tagged)
        for entity in one.post.entities or ()
    ]
    masked = [_most_attended(attention) for _, _, attention in found]
    alone = [replace(posts[place], entities=(entity,)) for place, entity, _ in found]
    kept = [
        Regions(PictureState.PRESENT, np.delete(regions[place].vectors, hidden, axis=0))
        for (place, _, _), hidden in zip(found, masked, strict=True)
    ]
    without_masked = iter(tagger.probabilities(alone, kept, batch_size=batch_size))

    reasons: dict[int, list[Reason]] = {}
    lonely = iter([float(value) for values in without_picture for value in values])
    for (place, entity, attention), hidden in zip(found, masked, strict=True):
        assert entity.probability is not None
        reason = Reason(
            entity,
            attention,
            hidden,
            entity.probability,
            next(lonely),
            float(next(without_masked)[0]),
        )
        reasons.setdefault(id(tagged[place]), []).append(reason)
    return reasons


def _attention(tagged: Tagged, entity: Entity) -> Floats:
    attended: Floats = tagged.attention.regions[entity.start : entity.end].mean(axis=0)
    return attended


def _most_attended(attention: Floats) -> tuple[int, ...]:
    count = max(1, round(_MASKED_SHARE * len(attention)))
    return tuple(sorted(np.argsort(-attention, kind="stable")[:count].tolist()))
