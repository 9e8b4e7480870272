"""The scores of predicted posts against gold ones, with their confidence intervals on demand."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mner.bio import ORPHANS, Scoring
from mner.errors import DataWarning, InputError, clipped, quoted
from mner.evaluation.predictions import reading_of_predictions
from mner.posts.read import read_tagged, recognised_scheme
from mner.posts.reading import RECOGNISED, Columns, ReadingOptions
from mner.spans.align import align
from mner.spans.gold import Mention, mentions
from mner.spans.intervals import Intervals, intervals
from mner.spans.score import score
from mner.spans.scores import Scores
from mner.types import Post

__all__ = ["FileScores", "read_mentions", "score_files", "score_posts"]


@dataclass(frozen=True, slots=True)
class FileScores:
    """The scores of the posts of a file, and their intervals."""

    scores: Scores
    intervals: Intervals | None
    """None where no bootstrap was asked for."""

    def as_dict(self) -> dict[str, Any]:
        """Return scores and intervals as one object for JSON; intervals come last."""
        bootstrap = self.intervals.as_dict() if self.intervals else None
        return {**self.scores.as_dict(), "bootstrap": bootstrap}

    def render(self, *, seeds: Sequence[int] = ()) -> str:
        """Return a table for people, with the intervals below it.

        Args:
            seeds: as in `Scores.render`.
        """
        table = self.scores.render(seeds=seeds)
        return f"{table}\n{self.intervals.render()}" if self.intervals else table


def score_files(
    gold: Path,
    predicted: Path | None = None,
    *,
    scoring: Scoring,
    reading: ReadingOptions = RECOGNISED,
    train: Path | None = None,
    bootstrap: int | None = None,
) -> FileScores:
    """Score one tagged file against another of the same posts.

    Args:
        gold: tagged posts.
        predicted: the same posts with predicted tags or entities. None where the columns of `gold`
            hold both, gold last but one and predicted last, as conlleval reads them.
        scoring: what an orphan I- tag means, in all files; see
            `mner.evaluation.evaluate.evaluate`.
        reading: how the files are read; `scoring` decides what orphan tags mean.
        train: training posts; mentions seen there, and all others, are then scored separately
            as well.
        bootstrap: number of resamples for the confidence intervals; None for no intervals.

    Raises:
        InputError: a file cannot be read, or they do not hold the same posts.
    """
    reading = replace(reading, orphans=ORPHANS[scoring], keep=True)
    if predicted is None:
        _require_columns(gold, reading)
        columns = reading.columns or Columns()
        predicted = gold
        gold_reading = _of_column(reading, columns.tag or -2)
        reading = _of_column(reading, columns.predicted or -1)
    else:
        gold_reading = reading
    truth = list(read_tagged(gold, gold_reading))
    by_gold = reading_of_predictions(predicted, reading, gold=gold, gold_reading=gold_reading)
    guess = list(read_tagged(predicted, by_gold))
    _warn_of_other_labels(truth, guess)
    seen = read_mentions(train, reading)
    return score_posts(truth, guess, seen=seen, scoring=scoring, bootstrap=bootstrap)


def read_mentions(train: Path | None, reading: ReadingOptions) -> frozenset[Mention] | None:
    """Return the mentions of a file of training posts; None where no file is given."""
    if train is None:
        return None
    return mentions(read_tagged(train, reading))


def score_posts(
    gold: Sequence[Post],
    predicted: Sequence[Post],
    *,
    seen: frozenset[Mention] | None,
    scoring: Scoring,
    bootstrap: int | None,
) -> FileScores:
    """Score predicted posts against gold ones, with intervals on demand.

    Args:
        gold: annotated posts.
        predicted: the same posts in the same order, with predicted entities.
        seen: mentions of the training posts; see `mner.spans.score.score`.
        scoring: the name under which the result is reported.
        bootstrap: number of resamples for the confidence intervals; None for no intervals.

    Raises:
        InputError: the posts are not the same, or one is not annotated or not tagged.
    """
    scores = score(gold, predicted, seen=seen, scoring=scoring)
    if bootstrap is None:
        return FileScores(scores, None)
    return FileScores(scores, intervals(align(gold, predicted), resamples=bootstrap))


def _warn_of_other_labels(gold: Sequence[Post], predicted: Sequence[Post]) -> None:
    """Warn where not one label of the predicted entities is a label of gold."""
    of_gold, of_predicted = _labels(gold), _labels(predicted)
    if of_gold and of_predicted and of_gold.isdisjoint(of_predicted):
        warnings.warn(
            f"no label of the predicted entities ({_listed(of_predicted)}) is a label of gold"
            f" ({_listed(of_gold)}), so that nothing can be right: map the labels of one file,"
            " such as PERSON to PER",
            DataWarning,
            stacklevel=3,
        )


def _labels(posts: Sequence[Post]) -> set[str]:
    return {entity.label for post in posts for entity in post.entities or ()}


def _listed(labels: set[str]) -> str:
    return clipped(", ".join(map(quoted, sorted(labels))))


def _require_columns(file: Path, reading: ReadingOptions) -> None:
    """Refuse to score a file against itself that cannot hold two columns of tags."""
    if recognised_scheme(file, replace(reading, columns=None)) is None:
        raise InputError(
            f"{file}: is no file in columns, which could hold gold and predicted tags: name the "
            "file of predictions after it"
        )


def _of_column(reading: ReadingOptions, tag: int) -> ReadingOptions:
    """Return how one of several columns of tags is read."""
    columns = replace(reading.columns or Columns(), tag=tag, predicted=None)
    return replace(reading, columns=columns)
