"""The names in a picture's lettering, and the entities of the post's text that it holds, too."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from mner.pictures.lettering.layout import line_groups
from mner.pictures.lettering.lines import Lettering
from mner.tagging.lettering.candidates import Candidate, find_candidates
from mner.tagging.lettering.fitted import probability_of_name
from mner.tagging.lettering.words import comparable, word_runs
from mner.tagging.results import FoundEntity, Tagged, TaggedPost
from mner.tagging.tagger import Tagger
from mner.types import PictureEntity

__all__ = ["LEAST_PROBABILITY", "Scored", "apart", "find_names", "is_written", "with_names"]

LEAST_PROBABILITY = 0.4
"""Names in pictures that are less probable are no entities. It was chosen on the posts on which the
step was fitted: on folds that were left out, four of five names that are given are right."""
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
    for candidate in find_candidates(post, lettering, tagger):
        probability = probability_of_name(candidate.features(post))
        if probability >= least:
            scored.append(Scored(candidate, probability))
    return tuple(map(_entity, apart(scored)))


@dataclass(frozen=True)
class Scored:
    """A candidate with the probability that it is a name of its type."""

    candidate: Candidate
    probability: float


def apart(scored: Iterable[Scored]) -> list[Scored]:
    """Return candidates of which none is part of another or the same name, the most probable first.

    Of those that cannot both be names the more probable one is kept.
    """
    kept: list[Scored] = []
    for item in sorted(scored, key=lambda item: -item.probability):
        if not any(_overlap(item.candidate, other.candidate) for other in kept):
            kept.append(item)
    return kept


def is_written(name: str, lettering: Lettering) -> bool:
    """Return whether whole words of the lettering are a name, whatever their case."""
    wanted = comparable(name)
    if len(wanted) < _LEAST_LENGTH:
        return False
    for group in line_groups(lettering):
        words = " ".join(line.text for line in group).split()
        runs = word_runs(words, most=len(words), longest=len(wanted))
        if any(run.key == wanted for run in runs):
            return True
    return False


def _overlap(first: Candidate, second: Candidate) -> bool:
    if first.key == second.key:
        return True
    is_part = first.key in second.key or second.key in first.key
    return is_part and (first.line in second.line or second.line in first.line)


def _entity(item: Scored) -> PictureEntity:
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
