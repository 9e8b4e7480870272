"""The names in a picture's lettering, and the entities of the post's text that it holds, too."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mner.pictures.lettering.layout import line_groups
from mner.pictures.lettering.lines import Lettering
from mner.tagging.lettering.candidates import Candidate, comparable, find_candidates
from mner.tagging.lettering.fitted import probability_of_name
from mner.tagging.results import FoundEntity, Tagged, TaggedPost
from mner.tagging.tagger import Tagger
from mner.types import PictureEntity

__all__ = ["LEAST_PROBABILITY", "find_names", "is_written", "with_names"]

LEAST_PROBABILITY = 0.5
"""Names in pictures that are less probable are no entities."""
_LEAST_LENGTH = 3
"""Letters and digits of a name that is looked for: shorter ones are written by chance."""


def with_names(
    tagged: Tagged, letterings: Sequence[tuple[str, Lettering]], tagger: Tagger
) -> Tagged:
    """Return a tagged post with the names of its pictures; the entities of its text stay.

    Args:
        tagged: the post with the entities of its text.
        letterings: the pictures that were read, each with what is written in it.
        tagger: reads the lettering, too.
    """
    names: list[PictureEntity] = []
    for picture, lettering in letterings:
        found = find_names(tagged.post, lettering, tagger)
        if tagged.post.more_pictures:
            found = tuple(replace(name, picture=str(picture)) for name in found)
        names += found
    names.sort(key=lambda name: -name.probability)
    written = frozenset(
        entity.span
        for entity in tagged.post.entities
        for _, lettering in letterings
        if is_written(_name(tagged.post, entity), lettering)
    )
    post = replace(tagged.post, picture_entities=tuple(names))
    return replace(tagged, post=post, written=written)


def find_names(
    post: TaggedPost, lettering: Lettering, tagger: Tagger, *, least: float = LEAST_PROBABILITY
) -> tuple[PictureEntity, ...]:
    """Return the names in a picture's lettering, the most probable first.

    A name has one label, and no part of a name is another name.
    """
    scored = []
    for candidate in find_candidates(lettering, tagger):
        features = candidate.features(post, lines=len(lettering.lines))
        scored.append(_Scored(candidate, probability_of_name(features)))
    kept: list[_Scored] = []
    for item in sorted(scored, key=lambda item: -item.probability):
        if item.probability >= least and not any(_overlap(item, other) for other in kept):
            kept.append(item)
    return tuple(_entity(item) for item in kept)


def is_written(name: str, lettering: Lettering) -> bool:
    """Return whether whole words of the lettering are a name, whatever their case."""
    wanted = comparable(name)
    if len(wanted) < _LEAST_LENGTH:
        return False
    return any(
        wanted in _runs(" ".join(line.text for line in group), longest=len(wanted))
        for group in line_groups(lettering)
    )


@dataclass(frozen=True)
class _Scored:
    candidate: Candidate
    probability: float


def _overlap(one: _Scored, other: _Scored) -> bool:
    first, second = one.candidate, other.candidate
    if first.key == second.key:
        return True
    is_part = first.key in second.key or second.key in first.key
    return is_part and (first.line in second.line or second.line in first.line)


def _entity(item: _Scored) -> PictureEntity:
    candidate = item.candidate
    return PictureEntity(
        candidate.text,
        candidate.label,
        round(item.probability, 4),
        candidate.box,
        candidate.line,
    )


def _name(post: TaggedPost, entity: FoundEntity) -> str:
    return " ".join(post.tokens[entity.start : entity.end])


def _runs(text: str, *, longest: int) -> set[str]:
    """Return runs of whole words, as `comparable` writes them, up to a length."""
    words = [word for word in map(comparable, text.split()) if word]
    runs = set()
    for start in range(len(words)):
        run = ""
        for word in words[start:]:
            run += word
            if len(run) > longest:
                break
            runs.add(run)
    return runs
