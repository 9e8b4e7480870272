"""One HTML file on one or several trained runs: how they learned, how well they do, what they get wrong, and what the picture has to do with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mner.errors import InputError
from mner.pages.page import tones_of, write_page
from mner.pages.plots import Curve, learning_curves, rates_by_type, reliability_diagram
from mner.pictures.source import PictureSource
from mner.recipe.read import to_toml
from mner.runs.examples import Card, attention_cards, change_cards
from mner.runs.folder import Run, read_runs
from mner.runs.scores import (
    Effect,
    Gold,
    Row,
    ScoredRun,
    picture_effects,
    score_runs,
    seed_groups,
)
from mner.spans.bootstrap import LEVEL, RESAMPLES
from mner.spans.mistakes import KINDS

__all__ = ["report_runs"]

_RATES = {"precision": "Precision", "recall": "Recall", "f1": "F1"}
_CHANGES_SHOWN, _ATTENTION_SHOWN, _SURFACES_SHOWN = 4, 6, 15


def report_runs(
    folders: Sequence[Path], out: Path, *, gold: Gold | None = None, twin: Path | None = None
) -> None:
    """Write the report; an older file is replaced when the new one is complete.

    Args:
        folders: of finished runs of `mner train`, at least one.
        out: the HTML file.
        gold: what to evaluate the runs on; without it the report holds what the runs alone tell.
        twin: the run of a text-only model, with which those that look at pictures or captions are compared; it is reported on as well.

    Raises:
        InputError: a folder is not that of a finished run, the twin is not text-only, the gold file or what the models look at cannot be read, or the report
            cannot be written.
        ModelError: a model cannot be loaded.
    """
    runs = read_runs([*folders, *([] if twin is None else [twin])])
    if twin is not None and runs[-1].model.recipe.picture.source != "none":
        raise InputError(
            f"{twin}: the twin looks at {runs[-1].model.recipe.picture.source}: expected a run of a text-only model"
        )
    _check_writable(out)
    scored = score_runs(runs, gold) if gold else []
    view: dict[str, Any] = {
        "runs": runs,
        "title": _title(runs),
        "curves": _curves(runs),
        "recipes": {run.name: to_toml(run.model.recipe) for run in runs},
    }
    view |= {
        "gold": gold,
        "gold_name": gold.file.name if gold else "",
        "level": LEVEL,
        "resamples": RESAMPLES,
        "kinds": KINDS[1:],
        "scored": scored,
    }
    view |= _evaluated(scored, gold, has_twin=twin is not None) if gold else {}
    write_page(out, "report.html.j2", view)


def _check_writable(out: Path) -> None:
    """Say so before the runs are evaluated, which can take minutes."""
    if out.is_dir() or not out.absolute().parent.is_dir():
        raise InputError(
            f"{out}: the report cannot be written ({'it is a folder' if out.is_dir() else 'there is no such folder'}): choose another place"
        )


def _title(runs: Sequence[Run]) -> str:
    return runs[0].name if len(runs) == 1 else f"{len(runs)} runs"


def _curves(runs: Sequence[Run]) -> list[str]:
    losses = [
        Curve(run.name, tuple(epoch.loss for epoch in run.epochs), run.best_epoch) for run in runs
    ]
    scores = [
        Curve(run.name, tuple(100 * epoch.dev["f1"] for epoch in run.epochs), run.best_epoch)
        for run in runs
    ]
    return [
        learning_curves(losses, title="Training loss, mean of a post"),
        learning_curves(scores, title="F1 on dev, percent"),
    ]


def _evaluated(scored: Sequence[ScoredRun], gold: Gold, *, has_twin: bool) -> dict[str, Any]:
    tones = tones_of(label for one in scored for label in one.labels)
    effects = picture_effects(scored, twin=scored[-1] if has_twin else None)
    preview = PictureSource(gold.pictures).preview if gold.pictures else lambda _: None
    looking = next((one for one in scored if one.exchanged), None)
    return {
        "tones": tones,
        "groups": seed_groups(scored),
        "rows": _table(scored),
        "rate_plots": _rate_plots(scored),
        "reliability": [_reliability(one) for one in scored],
        "frequent": [one.mistakes.frequent(limit=_SURFACES_SHOWN) for one in scored],
        "effects": effects,
        "looking": looking,
        "known": [(one.run.name, split) for one in scored for split in one.given.known_as],
        "examples": []
        if looking is None
        else _examples(looking, effects, tones=tones, preview=preview),
        "attention": []
        if looking is None
        else attention_cards(looking, tones=tones, preview=preview, count=_ATTENTION_SHOWN),
    }


def _table(scored: Sequence[ScoredRun]) -> list[tuple[str, bool, list[Row | None]]]:
    """For each kind of entity its name, whether it is a label, and the row of each run; other kinds than all are left out where there are none."""
    by_run = [{(row.name, row.is_label): row for row in one.rows} for one in scored]
    labels = sorted({name for rows in by_run for name, is_label in rows if is_label})
    kinds = [
        ("All", False),
        *((label, True) for label in labels),
        ("Seen in training", False),
        ("Unseen", False),
    ]
    table = [(*kind, [rows.get(kind) for rows in by_run]) for kind in kinds]
    return [
        entry
        for entry in table
        if entry[0] == "All"
        or any(row and (row.counts.gold or row.counts.predicted) for row in entry[2])
    ]


def _rate_plots(scored: Sequence[ScoredRun]) -> list[str]:
    """Precision, recall and F1, on one scale."""
    table = [(name, rows) for name, is_label, rows in _table(scored) if is_label or name == "All"]
    names = [f"{name} ({max(row.counts.gold for row in rows if row)})" for name, rows in table]
    series = {one.run.name: [rows[place] for _, rows in table] for place, one in enumerate(scored)}
    rates = {
        rate: {
            name: [getattr(row.rates, rate) if row else None for row in rows]
            for name, rows in series.items()
        }
        for rate in _RATES
    }
    lows = [
        each.low
        for runs in rates.values()
        for intervals in runs.values()
        for each in intervals
        if each
    ]
    least = max(0, int(10 * min(lows, default=0.0) - 0.2)) / 10
    return [
        rates_by_type(names, rates[rate], title=title, least=least)
        for rate, title in _RATES.items()
    ]


def _reliability(one: ScoredRun) -> str:
    calibration = one.given.calibration
    count = sum(each.count for each in calibration.bins)
    return reliability_diagram(
        calibration.bins_before, calibration.bins, title=f"{one.run.name}, n = {count}"
    )


@dataclass(frozen=True, slots=True)
class _Examples:
    """Posts in which the picture helped, and in which it hurt."""

    effect: Effect
    helped: list[Card]
    hurt: list[Card]


def _examples(
    one: ScoredRun,
    effects: Sequence[Effect],
    *,
    tones: Mapping[str, int],
    preview: Callable[[str], bytes | None],
) -> list[_Examples]:
    shown = []
    for effect in effects:
        if effect.name == one.run.name and not effect.is_chance:
            helped, hurt = (
                change_cards(
                    one, effect, changes, tones=tones, preview=preview, count=_CHANGES_SHOWN
                )
                for changes in (effect.changes.helped, effect.changes.hurt)
            )
            shown.append(_Examples(effect, helped, hurt))
    return shown
