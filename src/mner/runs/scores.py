"""Runs scored on one gold file: rates with intervals, means over seeds, mistakes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev

import numpy as np

from mner.bio import Scoring
from mner.errors import InputError
from mner.evaluation.controls import Control
from mner.evaluation.evaluate import evaluate
from mner.evaluation.evaluation import Evaluation
from mner.pages.table import ALL, SEEN, UNSEEN, Kind
from mner.runs.folder import Run
from mner.spans.align import align
from mner.spans.bootstrap import Keep, bootstrap, has_label, post_counts
from mner.spans.estimates import Estimate
from mner.spans.gold import Mention, mention
from mner.spans.mistakes import Mistakes, find_mistakes
from mner.spans.scores import Counts
from mner.tagging.known_posts import read_known_posts
from mner.types import Ints, Post

__all__ = [
    "Gold",
    "Row",
    "ScoredRun",
    "SeedGroup",
    "counts_of",
    "predicted_posts",
    "score_runs",
    "seed_groups",
]


@dataclass(frozen=True, slots=True)
class Gold:
    """The files on which runs are evaluated, as `mner evaluate` takes them."""

    file: Path
    scoring: Scoring = "lenient"
    captions: Path | None = None
    pictures: Path | None = None
    features: Path | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """The rates of a run on one kind of entity."""

    kind: Kind
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
    def name(self) -> str:
        """The name of the run."""
        return self.run.name

    @property
    def gold(self) -> tuple[Post, ...]:
        """The posts, annotated."""
        return self.given.gold

    @property
    def labels(self) -> frozenset[str]:
        """The labels of all entities: gold, predicted as given, and predicted when exchanged.

        Exchanged pictures can bring out labels that are predicted nowhere else.
        """
        posts = [*self.gold, *predicted_posts(self.given)]
        if self.exchanged:
            posts += predicted_posts(self.exchanged)
        labels: set[str] = set()
        for post in posts:
            labels.update(entity.label for entity in post.entities or ())
        return frozenset(labels)


@dataclass(frozen=True, slots=True)
class SeedGroup:
    """Runs of one recipe that differ only in their seeds."""

    names: tuple[str, ...]
    seeds: tuple[int, ...]
    mean: float
    """The mean F1, a fraction."""
    deviation: float
    """The sample standard deviation of F1 over the seeds."""
    rates: Estimate
    """The mean over the seeds, with its interval over other posts."""


def score_runs(runs: Sequence[Run], gold: Gold) -> list[ScoredRun]:
    """Evaluate each run as it is; if it looks at pictures or captions, also with exchanged ones.

    Raises:
        InputError: the file cannot be read or is not tagged, a run needs captions or pictures that
            are not given, or runs read the file in different ways.
        ModelError: a model cannot be loaded.
    """
    scored = [_score_run(run, gold) for run in runs]
    names = {run.given.scores.gold_fingerprint: run.name for run in scored}
    if len(names) > 1:
        readings = ", ".join(f"{name} reads gold {digest}" for digest, name in names.items())
        raise InputError(
            f"{gold.file}: read in different ways by the recipes of the runs ({readings}): "
            "write a report for each"
        )
    return scored


def seed_groups(scored: Sequence[ScoredRun]) -> list[SeedGroup]:
    """Return the groups of two or more runs that differ only in their seeds, in the given order.

    Runs of one group with the same seed are copies; the first of them counts.
    """
    groups: dict[tuple[str, str], dict[int, ScoredRun]] = {}
    for run in scored:
        groups.setdefault(run.run.recipe_and_data, {}).setdefault(run.given.seed, run)
    return [_seed_group([*members.values()]) for members in groups.values() if len(members) > 1]


def counts_of(evaluation: Evaluation, *, keep: Keep | None = None) -> Ints:
    """Return the counts of each post, shape (P, 3), as `post_counts` does.

    Args:
        evaluation: gold and predicted posts.
        keep: whether an entity counts; None for all entities.
    """
    return post_counts(align(evaluation.gold, predicted_posts(evaluation)), keep=keep)


def predicted_posts(evaluation: Evaluation) -> list[Post]:
    """Return the posts with predicted entities."""
    return [tagged.post for tagged in evaluation.tagged]


def _score_run(run: Run, gold: Gold) -> ScoredRun:
    given = _evaluate(run, gold)
    exchanged, exchanged_rates = None, None
    if given.source != "none":
        exchanged = _evaluate(run, gold, control="shuffled")
        exchanged_rates = bootstrap({"": counts_of(exchanged)})[""]
    return ScoredRun(
        run=run,
        given=given,
        exchanged=exchanged,
        rows=tuple(_rows(given, read_known_posts(run.model).mentions)),
        exchanged_rates=exchanged_rates,
        mistakes=find_mistakes(given.gold, predicted_posts(given)),
    )


def _evaluate(run: Run, gold: Gold, *, control: Control = "given") -> Evaluation:
    """Evaluate a run with those files that its recipe has a use for."""
    source = run.model.recipe.picture.source
    return evaluate(
        run.model.folder,
        gold.file,
        scoring=gold.scoring,
        captions=gold.captions if source == "captions" else None,
        pictures=gold.pictures if source == "pixels" else None,
        features=gold.features if source == "pixels" else None,
        control=control,
    )


def _rows(evaluation: Evaluation, seen: frozenset[Mention]) -> list[Row]:
    kinds: dict[Kind, Keep | None] = {ALL: None}
    for label in evaluation.scores.per_type:
        kinds[Kind(label, is_label=True)] = has_label(label)
    kinds[SEEN] = lambda post, span: mention(post, span) in seen
    kinds[UNSEEN] = lambda post, span: mention(post, span) not in seen

    # All kinds are scored on the same draws.
    counts = {str(kind): counts_of(evaluation, keep=keep) for kind, keep in kinds.items()}
    estimates = bootstrap(counts)
    return [Row(kind, _total(counts[str(kind)]), estimates[str(kind)]) for kind in kinds]


def _total(counts: Ints) -> Counts:
    correct, predicted, gold = counts.sum(axis=0).tolist()
    return Counts(gold=gold, predicted=predicted, correct=correct)


def _seed_group(members: Sequence[ScoredRun]) -> SeedGroup:
    scores = [run.given.scores.f1 for run in members]
    counts = np.stack([counts_of(run.given) for run in members])  # (K, P, 3)
    return SeedGroup(
        names=tuple(run.name for run in members),
        seeds=tuple(run.given.seed for run in members),
        mean=mean(scores),
        deviation=stdev(scores),
        rates=bootstrap({"": counts})[""],
    )
