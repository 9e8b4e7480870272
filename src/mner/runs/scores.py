"""Runs scored on one gold file: rates with intervals, means over seeds, mistakes, and what other or no pictures do to the scores."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import mean, stdev

import numpy as np

from mner.bio import Scoring
from mner.errors import InputError
from mner.evaluation.evaluate import Evaluation, evaluate
from mner.recipe.read import to_toml
from mner.runs.folder import Run
from mner.spans.align import align
from mner.spans.bootstrap import (
    Estimate,
    Keep,
    PairedEstimate,
    bootstrap,
    of_label,
    paired_bootstrap,
    post_counts,
)
from mner.spans.gold import Mention, mention
from mner.spans.mistakes import Changes, Mistakes, find_changes, find_mistakes
from mner.spans.scores import Counts
from mner.types import Ints, Post

__all__ = [
    "Effect",
    "Gold",
    "Row",
    "ScoredRun",
    "SeedGroup",
    "picture_effects",
    "score_runs",
    "seed_groups",
]

_TAKES = {"none": (), "pixels": ("pictures", "features"), "captions": ("captions",)}
"""Which files of `Gold` a run looks at, by the `picture.source` of its recipe."""


@dataclass(frozen=True, slots=True)
class Gold:
    """What runs are evaluated on, as `mner evaluate` takes it."""

    file: Path
    scoring: Scoring = "lenient"
    captions: Path | None = None
    pictures: Path | None = None
    features: Path | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """The rates of one run on one kind of entity."""

    name: str
    is_label: bool
    counts: Counts
    rates: Estimate


@dataclass(frozen=True)
class ScoredRun:
    """A run and its evaluations."""

    run: Run
    given: Evaluation
    exchanged: Evaluation | None
    """With the pictures or captions of other posts; None for a run that looks at text only."""
    rows: tuple[Row, ...]
    """All entities, then those of each label, then those seen and not seen in training."""
    exchanged_rates: Estimate | None
    mistakes: Mistakes

    @property
    def gold(self) -> tuple[Post, ...]:
        """The posts, annotated."""
        return self.given.gold

    @property
    def labels(self) -> frozenset[str]:
        """Of all entities: gold, and predicted with what was given and with what was exchanged, which can bring out labels of its own."""
        predicted = (
            post
            for evaluation in (self.given, self.exchanged)
            if evaluation
            for post in _predicted(evaluation)
        )
        return frozenset(
            entity.label for post in (*self.gold, *predicted) for entity in post.entities or ()
        )


@dataclass(frozen=True, slots=True)
class SeedGroup:
    """Runs of one recipe that differ in nothing but their seeds."""

    names: tuple[str, ...]
    seeds: tuple[int, ...]
    mean: float
    """Of F1, a fraction."""
    deviation: float
    """Standard deviation of F1 over the seeds, of a sample."""
    rates: Estimate
    """Of the mean, over other posts."""


@dataclass(frozen=True)
class Effect:
    """What changes from another system, or the same one with exchanged pictures, to a run."""

    name: str
    """Of the run."""
    other: Evaluation
    other_name: str
    against: str
    """What the other is, in words."""
    is_chance: bool
    """True where both look at the same, and so what differs is chance."""
    changes: Changes
    rates: PairedEstimate
    """A is the other, B the run."""


def score_runs(runs: Sequence[Run], gold: Gold) -> list[ScoredRun]:
    """Evaluate each run once as it is, and where it looks at pictures or captions once with exchanged ones.

    Raises:
        InputError: the file cannot be read or is not tagged, a run needs captions or pictures that are not given, or runs read the file in different ways.
        ModelError: a model cannot be loaded.
    """
    scored = [_score_run(run, gold) for run in runs]
    fingerprints = {one.given.scores.gold_fingerprint: one.run.name for one in scored}
    if len(fingerprints) > 1:
        found = ", ".join(f"{name} reads gold {value}" for value, name in fingerprints.items())
        raise InputError(
            f"{gold.file}: read in different ways by the recipes of the runs ({found}): report on them apart"
        )
    return scored


def seed_groups(scored: Sequence[ScoredRun]) -> list[SeedGroup]:
    """Runs that differ in their seeds only, two or more together, in the order given; of several with one seed, which are copies, the first."""
    groups: dict[tuple[str, str], dict[int, ScoredRun]] = {}
    for one in scored:
        groups.setdefault(_recipe_and_data(one.run), {}).setdefault(one.given.seed, one)
    return [_group(list(members.values())) for members in groups.values() if len(members) > 1]


def picture_effects(scored: Sequence[ScoredRun], *, twin: ScoredRun | None) -> list[Effect]:
    """For each run that looks at pictures or captions: against the twin, against itself with exchanged ones, and, to judge both, against another seed."""
    effects = []
    for one in scored:
        if one.exchanged is None:
            continue
        thing = "captions" if one.given.source == "captions" else "pictures"
        others = [] if twin is None else [(twin.given, twin.run.name, "the text-only twin", False)]
        others.append(
            (
                one.exchanged,
                f"{one.run.name} with {thing} exchanged",
                f"itself with {thing} exchanged",
                False,
            )
        )
        siblings = (
            each
            for each in scored
            if _recipe_and_data(each.run) == _recipe_and_data(one.run)
            and each.given.seed != one.given.seed
        )
        sibling = next(siblings, None)
        others += (
            []
            if sibling is None
            else [(sibling.given, sibling.run.name, "another seed of the same recipe", True)]
        )
        effects += [_effect(one, *other) for other in others]
    return effects


def _score_run(run: Run, gold: Gold) -> ScoredRun:
    looked_at = {
        name: getattr(gold, name) for name in _TAKES[run.model.recipe.picture.source]
    }  # runs of one report look at different things
    score_with = partial(evaluate, run.model.folder, gold.file, scoring=gold.scoring, **looked_at)
    given = score_with()
    exchanged = None if given.source == "none" else score_with(control="shuffled")
    return ScoredRun(
        run=run,
        given=given,
        exchanged=exchanged,
        rows=tuple(_rows(given, run.model.mentions)),
        exchanged_rates=None if exchanged is None else bootstrap({"": _counts(exchanged)})[""],
        mistakes=find_mistakes(given.gold, _predicted(given)),
    )


def _rows(evaluation: Evaluation, seen: frozenset[Mention]) -> list[Row]:
    kinds: dict[tuple[str, bool], Keep | None] = {
        ("All", False): None,
        **{(label, True): of_label(label) for label in evaluation.scores.per_type},
        ("Seen in training", False): lambda post, span: mention(post, span) in seen,
        ("Unseen", False): lambda post, span: mention(post, span) not in seen,
    }
    counts = {str(kind): _counts(evaluation, keep=keep) for kind, keep in kinds.items()}
    estimates = bootstrap(counts)
    return [Row(*kind, _total(counts[str(kind)]), estimates[str(kind)]) for kind in kinds]


def _counts(evaluation: Evaluation, *, keep: Keep | None = None) -> Ints:
    return post_counts(align(evaluation.gold, _predicted(evaluation)), keep=keep)


def _total(counts: Ints) -> Counts:
    correct, predicted, gold = counts.sum(axis=0).tolist()
    return Counts(gold=gold, predicted=predicted, correct=correct)


def _predicted(evaluation: Evaluation) -> list[Post]:
    return [one.post for one in evaluation.tagged]


def _recipe_and_data(run: Run) -> tuple[str, str]:
    """What runs that differ in their seeds have in common."""
    recipe = run.model.recipe
    seedless = replace(recipe, training=replace(recipe.training, seed=0))
    return to_toml(seedless), run.model.about.train_fingerprint


def _group(members: Sequence[ScoredRun]) -> SeedGroup:
    scores = [one.given.scores.f1 for one in members]
    return SeedGroup(
        names=tuple(one.run.name for one in members),
        seeds=tuple(one.given.seed for one in members),
        mean=mean(scores),
        deviation=stdev(scores),
        rates=bootstrap({"": np.stack([_counts(one.given) for one in members])})[""],
    )


def _effect(
    one: ScoredRun,
    other: Evaluation,
    other_name: str,
    against: str,
    is_chance: bool,  # noqa: FBT001
) -> Effect:
    return Effect(
        name=one.run.name,
        other=other,
        other_name=other_name,
        against=against,
        is_chance=is_chance,
        changes=find_changes(one.gold, _predicted(other), _predicted(one.given)),
        rates=paired_bootstrap({"": (_counts(other), _counts(one.given))})[""],
    )
