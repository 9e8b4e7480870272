"""Evaluations and comparisons as tables for papers."""

from collections.abc import Mapping, Sequence

from mner.evaluation.evaluation import Evaluation
from mner.evaluation.file_scores import FileScores
from mner.spans.comparison import Comparison
from mner.spans.estimates import Estimate, PairedEstimate
from mner.spans.intervals import few_posts_note
from mner.spans.paper import NOTHING, Cell, PaperTable, Rate
from mner.spans.scores import Counts

__all__ = ["comparison_table", "evaluation_table", "scores_table"]

_Row = tuple[Cell, ...]
_NONE = (NOTHING,) * 3


def scores_table(of_file: FileScores, *, seeds: Sequence[int] = ()) -> PaperTable:
    """Return the table of scores, with their intervals where a bootstrap was asked for.

    Args:
        of_file: the scores.
        seeds: the seeds of the trainings that the predictions come from.
    """
    scores, intervals = of_file.scores, of_file.intervals
    overall = intervals.overall if intervals else None
    rows = [_scores_row("all", scores.overall, overall)]
    for label, counts in scores.per_type.items():
        estimate = intervals.per_type.get(label) if intervals else None
        rows.append(_scores_row(label, counts, estimate))
    rows.append(("mean of types", *_NONE[:2], Rate(scores.macro_f1), *_NONE))
    for name, some in (("seen in training", scores.seen), ("unseen", scores.unseen)):
        if some is not None:
            rows.append(_scores_row(name, some, None))
    about = {"scoring": scores.scoring, "gold fingerprint": scores.gold_fingerprint}
    about["posts"] = str(scores.posts)
    if scores.llm_assisted:
        about["LLM-assisted posts"] = str(scores.llm_assisted)
    about["seeds"] = ", ".join(map(str, seeds)) or "none"
    notes: list[str] = []
    if intervals is not None:
        about["bootstrap"] = f"{intervals.resamples} resamples of posts, seed {intervals.seed}"
        notes = few_posts_note(intervals.posts_with_entities)
    columns = ("", "precision", "recall", "F1", "gold", "predicted", "correct")
    return PaperTable(columns, tuple(rows), about, _sentences(notes))


def evaluation_table(evaluation: Evaluation) -> PaperTable:
    """Return the table of the scores of a model."""
    table = scores_table(evaluation.file_scores, seeds=[evaluation.seed])
    about = {**table.about, "model": evaluation.looks_at}
    if evaluation.pictures:
        about["pictures"] = evaluation.control
    return PaperTable(table.columns, table.rows, about, table.notes)


def comparison_table(comparison: Comparison) -> PaperTable:
    """Return the table of two systems on the same posts."""
    overall, gold = comparison.overall, comparison.gold
    rows: list[_Row] = []
    for name in ("f1", "precision", "recall"):
        a, b, difference = (
            getattr(estimate, name) for estimate in (overall.a, overall.b, overall.difference)
        )
        change = Rate(difference.value, interval=difference, signed=True)
        title = "F1" if name == "f1" else name
        rows.append((title, gold, Rate(a.value), Rate(b.value), change))
    for compared in comparison.slices:
        name = f"F1, {compared.group}: {compared.name}"
        rows.append((name, compared.gold, *_f1_cells(compared.estimate)))
    about = {
        "scoring": comparison.scoring,
        "gold fingerprint": comparison.gold_fingerprint,
        "posts": str(comparison.posts),
        "A": _files(comparison.a),
        "B": _files(comparison.b),
        "bootstrap": f"{comparison.resamples} resamples of {' and '.join(comparison.resampled)}, "
        f"seed {comparison.seed}",
    }
    if comparison.llm_assisted:
        about["LLM-assisted posts"] = str(comparison.llm_assisted)
    notes = [f"p = {overall.p_value:.2g} for the difference in F1, two-sided"]
    notes += few_posts_note(comparison.posts_with_entities)
    return PaperTable(("", "gold", "A", "B", "B - A"), tuple(rows), about, _sentences(notes))


def _scores_row(name: str, counts: Counts, estimate: Estimate | None) -> _Row:
    values = counts.precision, counts.recall, counts.f1
    bounds = estimate.intervals if estimate else (None, None, None)
    rates = [Rate(value, interval=own) for value, own in zip(values, bounds, strict=True)]
    return (name, *rates, counts.gold, counts.predicted, counts.correct)


def _f1_cells(estimate: PairedEstimate | None) -> tuple[Cell, ...]:
    if estimate is None:
        return _NONE
    difference = estimate.difference.f1
    change = Rate(difference.value, interval=difference, signed=True)
    return Rate(estimate.a.f1.value), Rate(estimate.b.f1.value), change


def _files(f1s: Mapping[str, float]) -> str:
    return ", ".join(f"{file} ({100 * f1:.2f})" for file, f1 in f1s.items())


def _sentences(notes: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        f"{note[0].upper()}{note[1:]}." if note[0] != "p" else f"{note}." for note in notes
    )
