"""The result of scoring: counts of entities, their rates, a table, and a record for files."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any, TypeAlias

import msgspec

from mner.bio import Scoring
from mner.spans.assisted import assisted_line
from mner.spans.table import counted, table

__all__ = ["Counts", "RateRecord", "ScoreRecord", "Scores"]

_Rate: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=1)]


@dataclass(frozen=True, slots=True)
class RateRecord:
    """Counts and their rates as they stand in a file."""

    precision: _Rate
    recall: _Rate
    f1: _Rate
    gold: int
    predicted: int
    correct: int


@dataclass(frozen=True, slots=True)
class ScoreRecord(RateRecord):
    """The scores of one set of predictions as they stand in a file: what `Scores.record` returns.

    Training logs and results files hold such records. `msgspec.convert` reads one from a dict,
    and `dataclasses.asdict` makes the dict, with the same keys in the same order. Rates are
    fractions.
    """

    macro_f1: _Rate
    scoring: Scoring
    gold_fingerprint: str
    posts: int
    per_type: dict[str, RateRecord]
    seen: RateRecord | None
    unseen: RateRecord | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many entities are in gold, were predicted, and are in both.

    Rates are fractions, and 0.0 where there is nothing to divide by.
    """

    gold: int
    predicted: int
    correct: int

    @property
    def precision(self) -> float:
        """The share of the predicted entities that are correct."""
        return _ratio(self.correct, self.predicted)

    @property
    def recall(self) -> float:
        """The share of the gold entities that were found."""
        return _ratio(self.correct, self.gold)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return _ratio(2 * self.correct, self.gold + self.predicted)

    @property
    def record(self) -> RateRecord:
        """Rates and counts, for a file."""
        return RateRecord(
            precision=self.precision,
            recall=self.recall,
            f1=self.f1,
            gold=self.gold,
            predicted=self.predicted,
            correct=self.correct,
        )


@dataclass(frozen=True)
class Scores:
    """The result of scoring, with what has to stand beside it."""

    overall: Counts
    """Micro: all entities of all posts counted together."""
    per_type: Mapping[str, Counts]
    """By label, sorted; every label of gold or predicted entities."""
    seen: Counts | None
    """Entities that are also mentions of the training posts; None where those were not given."""
    unseen: Counts | None
    """The other entities; None where the mentions of the training posts were not given."""
    scoring: Scoring
    """The policy for ill-formed tags by which the entities were made."""
    gold_fingerprint: str
    posts: int
    llm_assisted: int = 0
    """The posts whose entities, gold or predicted, are those of an endpoint."""

    @property
    def precision(self) -> float:
        """Overall precision, a fraction."""
        return self.overall.precision

    @property
    def recall(self) -> float:
        """Overall recall, a fraction."""
        return self.overall.recall

    @property
    def f1(self) -> float:
        """Overall micro F1, a fraction."""
        return self.overall.f1

    @property
    def macro_f1(self) -> float:
        """The mean F1 of the labels, a fraction; 0.0 without labels."""
        if not self.per_type:
            return 0.0
        return sum(counts.f1 for counts in self.per_type.values()) / len(self.per_type)

    @property
    def record(self) -> ScoreRecord:
        """The scores for a file: rates and counts, without properties that are computed."""
        return ScoreRecord(
            precision=self.precision,
            recall=self.recall,
            f1=self.f1,
            gold=self.overall.gold,
            predicted=self.overall.predicted,
            correct=self.overall.correct,
            macro_f1=self.macro_f1,
            scoring=self.scoring,
            gold_fingerprint=self.gold_fingerprint,
            posts=self.posts,
            per_type={label: counts.record for label, counts in self.per_type.items()},
            seen=self.seen.record if self.seen else None,
            unseen=self.unseen.record if self.unseen else None,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the record as one object for JSON."""
        assisted = {"llm_assisted_posts": self.llm_assisted} if self.llm_assisted else {}
        return {**asdict(self.record), **assisted}

    def render(self, *, seeds: Sequence[int] = ()) -> str:
        """Return a table for people, under a line that says what the numbers are.

        Rates are in percent.

        Args:
            seeds: seeds of the trainings that the predictions come from; none where there was
                no training.
        """
        posts = counted(self.posts, "post")
        about = f"{self.scoring} scoring, gold {self.gold_fingerprint}, {posts}"
        if seeds:
            word = "seed" if len(seeds) == 1 else "seeds"
            about += f", {word} {', '.join(map(str, seeds))}"
        assisted = assisted_line(self.llm_assisted, self.posts)
        return "\n".join([about, *assisted, *table(self._rows())])

    def _rows(self) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = [
            ("", "precision", "recall", "F1", "gold", "predicted", "correct")
        ]
        rows.append(_row("all", self.overall))
        rows += [_row(label, counts) for label, counts in self.per_type.items()]
        rows.append(("mean of types", "", "", _percent(self.macro_f1), "", "", ""))
        if self.seen is not None:
            rows.append(_row("seen in training", self.seen))
        if self.unseen is not None:
            rows.append(_row("unseen", self.unseen))
        return rows


def _ratio(number: int, divisor: int) -> float:
    return number / divisor if divisor else 0.0


def _row(name: str, counts: Counts) -> tuple[str, ...]:
    return (
        name,
        _percent(counts.precision),
        _percent(counts.recall),
        _percent(counts.f1),
        str(counts.gold),
        str(counts.predicted),
        str(counts.correct),
    )


def _percent(rate: float) -> str:
    return f"{100 * rate:.2f}"
