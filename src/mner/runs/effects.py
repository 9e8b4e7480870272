"""What the picture does to the scores: runs compared with others, and with other pictures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mner.evaluation.evaluation import Evaluation
from mner.runs.scores import ScoredRun, counts_of, predicted_posts
from mner.spans.bootstrap import paired_bootstrap
from mner.spans.changes import Changes, find_changes
from mner.spans.estimates import PairedEstimate

__all__ = ["Effect", "picture_effects"]


@dataclass(frozen=True)
class Effect:
    """What changes from another system to a run.

    The other system is another run, or the same run with exchanged pictures.
    """

    name: str
    """Name of the run."""
    other: Evaluation
    other_name: str
    against: str
    """What the other system is, in words."""
    is_chance: bool
    """True if both look at the same things, so that all differences are chance."""
    changes: Changes
    rates: PairedEstimate
    """A is the other system, B the run."""


def picture_effects(scored: Sequence[ScoredRun], *, twin: ScoredRun | None) -> list[Effect]:
    """Compare each run that looks at pictures or captions with other systems.

    These are the twin, the run itself with exchanged pictures or captions, and, to judge both, a
    run of the same recipe with another seed.
    """
    effects = []
    for run in scored:
        for other in _others(run, scored, twin):
            changes = find_changes(
                run.gold, predicted_posts(other.evaluation), predicted_posts(run.given)
            )
            counts = (counts_of(other.evaluation), counts_of(run.given))
            effect = Effect(
                name=run.name,
                other=other.evaluation,
                other_name=other.name,
                against=other.description,
                is_chance=other.is_chance,
                changes=changes,
                rates=paired_bootstrap({"": counts})[""],
            )
            effects.append(effect)
    return effects


class _Other(NamedTuple):
    """A system with which a run is compared; the fields are those of `Effect`."""

    evaluation: Evaluation
    name: str
    description: str
    is_chance: bool = False


def _others(
    run: ScoredRun, scored: Sequence[ScoredRun], twin: ScoredRun | None
) -> Iterator[_Other]:
    if run.exchanged is None:
        return
    if twin is not None:
        yield _Other(twin.given, twin.name, "the text-only twin")
    seen = "captions" if run.given.source == "captions" else "pictures"
    name = f"{run.name} with {seen} exchanged"
    yield _Other(run.exchanged, name, f"itself with {seen} exchanged")
    sibling = _sibling(run, scored)
    if sibling is not None:
        description = "another seed of the same recipe"
        yield _Other(sibling.given, sibling.name, description, is_chance=True)


def _sibling(run: ScoredRun, scored: Sequence[ScoredRun]) -> ScoredRun | None:
    """Return the first run of the same recipe and data with another seed."""
    for other in scored:
        has_other_seed = other.given.seed != run.given.seed
        if has_other_seed and other.run.recipe_and_data == run.run.recipe_and_data:
            return other
    return None
