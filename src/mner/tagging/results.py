"""What tagging gives: posts with the entities that were found, and what the model looked at.

A `TaggedPost` is a `Post` and a `FoundEntity` is an `Entity`, so that whatever takes posts takes
them. They are equal to plain ones with the same values.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from mner.spans.assisted import without_endpoint
from mner.spans.uncertainty import Uncertainty
from mner.types import Attention, Entity, PictureState, Post, SeenPicture, Span

__all__ = ["FoundEntity", "Tagged", "TaggedPost", "TaggedText", "TextEntity", "tagged_post"]


@dataclass(frozen=True, slots=True, eq=False)
class FoundEntity(Entity):
    """An entity that a model found."""

    probability: float
    """How probable the entity is, in [0, 1]."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Entity) and _values(self, Entity) == _values(other, Entity)

    __hash__ = Entity.__hash__


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TextEntity(FoundEntity):
    """An entity that a model found in a raw text."""

    text: str
    """The characters of the entity, as they stand in the post's `text`."""
    start_char: int
    """The first character of the entity in the post's `text`, in code points."""
    end_char: int
    """One past its last character."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TaggedPost(Post):
    """A post with the entities that a model found."""

    entities: tuple[FoundEntity, ...]
    """In the order of the words; they do not overlap."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Post) and _values(self, Post) == _values(other, Post)

    __hash__ = Post.__hash__


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TaggedText(TaggedPost):
    """A raw text as a post, with the entities that a model found."""

    entities: tuple[TextEntity, ...]
    text: str
    offsets: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Tagged:
    """A tagged post, and what the model looked at."""

    post: TaggedPost
    attention: Attention
    picture: PictureState
    region_words: tuple[str, ...] = ()
    """The caption words that are the regions of the attention; empty where regions are parts of a
    picture."""
    uncalibrated: tuple[float, ...] = ()
    """The probabilities of the entities without the model's temperature; empty where they were not
    asked for."""
    uncertainty: Uncertainty | None = None
    """How uncertain the model is of the post as a whole; None where it was not asked for."""
    reason: str | None = None
    """Why the picture could not be looked at, where that is known."""
    written: frozenset[Span] = frozenset()
    """The entities whose names are also written in a picture."""
    pictures: tuple[SeenPicture, ...] = ()
    """All pictures of the post, where the model looks at pictures; `picture` is the best state."""


def tagged_post(post: Post, spans: Iterable[Span], probabilities: Iterable[float]) -> TaggedPost:
    """Return a post with these entities in place of any it had, and with everything else it had.

    A mark that its entities are those of an endpoint is left out with them.

    Args:
        post: the post.
        spans: the entities.
        probabilities: one for each span.
    """
    pairs = zip(spans, probabilities, strict=True)
    extra = without_endpoint(post.extra)
    if post.text is None or post.offsets is None:
        entities = tuple(FoundEntity(*span, probability) for span, probability in pairs)
        return TaggedPost(
            post.id,
            post.tokens,
            entities=entities,
            picture=post.picture,
            more_pictures=post.more_pictures,
            caption=post.caption,
            text=post.text,
            offsets=post.offsets,
            extra=extra,
        )
    text, offsets = post.text, post.offsets
    return TaggedText(
        post.id,
        post.tokens,
        entities=tuple(_text_entity(span, value, text, offsets) for span, value in pairs),
        picture=post.picture,
        more_pictures=post.more_pictures,
        caption=post.caption,
        text=text,
        offsets=offsets,
        extra=extra,
    )


def _text_entity(
    span: Span, probability: float, text: str, offsets: tuple[tuple[int, int], ...]
) -> TextEntity:
    start, end, label = span
    start_char, end_char = offsets[start][0], offsets[end - 1][1]
    return TextEntity(
        start,
        end,
        label,
        probability,
        text=text[start_char:end_char],
        start_char=start_char,
        end_char=end_char,
    )


def _values(item: Post | Entity, kind: type[Post | Entity]) -> tuple[object, ...]:
    """Return the values of the fields that the plain class has."""
    return tuple(getattr(item, field.name) for field in fields(kind))
