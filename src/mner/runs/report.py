"""One HTML file about trained runs.

It shows how they learned, how well they do, what they get wrong, and what the picture does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

from mner.errors import InputError
from mner.files.apart import check_apart
from mner.pages.page import write_page
from mner.pictures.source import PictureSource
from mner.recipe.read import to_toml
from mner.runs.effects import Effect, picture_effects
from mner.runs.examples import Card, attention_cards, change_cards
from mner.runs.figures import TableRow, curve_plots, rate_plots, reliability_plot, score_table
from mner.runs.folder import Run, read_runs
from mner.runs.scores import Gold, ScoredRun, SeedGroup, score_runs, seed_groups
from mner.spans.bootstrap import RESAMPLES
from mner.spans.estimates import LEVEL
from mner.spans.mistakes import Surface
from mner.spans.verdicts import KINDS
from mner.training.log import LOG_NAME

__all__ = ["report_runs"]

_CHANGES_SHOWN, _ATTENTION_SHOWN, _SURFACES_SHOWN = 4, 6, 15


def report_runs(
    folders: Sequence[Path], out: Path, *, gold: Gold | None = None, twin: Path | None = None
) -> None:
    """Write the report, which replaces an older file once it is complete.

    Args:
        folders: the folders of finished runs of `mner train`, at least one.
        out: the HTML file.
        gold: the files to evaluate the runs on; without them the report holds what the runs
            recorded.
        twin: the run of a text-only model, which is compared with the runs that look at pictures
            or captions; the report shows it as well.

    Raises:
        InputError: a folder is not that of a finished run, the twin is not text-only, the gold
            file or what the models look at cannot be read, or the report cannot be written.
        ModelError: a model cannot be loaded.
    """
    runs = read_runs(folders if twin is None else [*folders, twin])
    if twin is not None and runs[-1].model.recipe.picture.source != "none":
        raise InputError(
            f"{twin}: the twin looks at {runs[-1].model.recipe.picture.source}: "
            "expected a run of a text-only model"
        )
    _check_writable(out)
    check_apart(out, _inputs(folders, gold, twin))
    recorded = _Recorded(
        title=runs[0].name if len(runs) == 1 else f"{len(runs)} runs",
        runs=runs,
        curves=curve_plots(runs),
        recipes={run.name: to_toml(run.model.recipe) for run in runs},
        gold=gold,
    )
    view = vars(recorded)
    if gold:
        view = view | vars(_evaluated(score_runs(runs, gold), gold, has_twin=twin is not None))
    write_page(out, "report.html.j2", view)


@dataclass(frozen=True)
class _Recorded:
    """What the template shows of runs without evaluating them."""

    title: str
    runs: list[Run]
    curves: list[str]
    recipes: dict[str, str]
    """The recipe of each run, by the run's name."""
    gold: Gold | None


@dataclass(frozen=True, slots=True)
class _Examples:
    """Posts in which the picture helped, and in which it hurt."""

    effect: Effect
    helped: list[Card]
    hurt: list[Card]


@dataclass(frozen=True)
class _Evaluated:
    """What the template shows in addition if there is a gold file."""

    gold_name: str
    scored: list[ScoredRun]
    known: list[tuple[str, str]]
    """Names of runs, and the split of their training that the gold file is."""
    groups: list[SeedGroup]
    rows: list[TableRow]
    rate_plots: list[str]
    reliability: list[str]
    frequent: list[list[Surface]]
    """The most frequent mistakes of each run."""
    effects: list[Effect]
    looking: ScoredRun | None
    """The first run that looks at pictures or captions."""
    examples: list[_Examples]
    attention: list[Card]
    level: float = LEVEL
    resamples: int = RESAMPLES
    kinds: tuple[str, ...] = KINDS[1:]


def _inputs(
    folders: Sequence[Path], gold: Gold | None, twin: Path | None
) -> dict[str, str | Path | None]:
    """Return the files that the report may not replace, by what they are."""
    runs = [*folders, *([] if twin is None else [twin])]
    inputs: dict[str, str | Path | None] = {f"the model of {run}": run / "model" for run in runs}
    inputs |= {f"the log of {run}": run / LOG_NAME for run in runs}
    if gold is not None:
        inputs["the gold file"] = gold.file
        inputs["--captions"] = gold.captions
        inputs["--features"] = gold.features
    return inputs


def _check_writable(out: Path) -> None:
    """Raise an error before the runs are evaluated, which can take minutes."""
    problem = None
    if out.is_dir():
        problem = "it is a folder"
    elif not out.absolute().parent.is_dir():
        problem = "there is no such folder"
    if problem:
        raise InputError(f"{out}: the report cannot be written ({problem}): choose another file")


def _evaluated(scored: list[ScoredRun], gold: Gold, *, has_twin: bool) -> _Evaluated:
    effects = picture_effects(scored, twin=scored[-1] if has_twin else None)
    preview = PictureSource(gold.pictures).preview if gold.pictures else _no_preview
    looking = next((run for run in scored if run.exchanged), None)
    examples, attention = [], []
    if looking is not None:
        examples = _examples(looking, effects, preview=preview)
        attention = attention_cards(looking, preview=preview, count=_ATTENTION_SHOWN)
    known: list[tuple[str, str]] = []
    for run in scored:
        known += zip(repeat(run.name), run.given.known_as, strict=False)
    rows = score_table(scored)
    return _Evaluated(
        gold_name=gold.file.name,
        scored=scored,
        known=known,
        groups=seed_groups(scored),
        rows=rows,
        rate_plots=rate_plots(scored, rows),
        reliability=[reliability_plot(run) for run in scored],
        frequent=[run.mistakes.frequent(limit=_SURFACES_SHOWN) for run in scored],
        effects=effects,
        looking=looking,
        examples=examples,
        attention=attention,
    )


def _no_preview(_: str) -> None:
    return None


def _examples(
    run: ScoredRun,
    effects: Sequence[Effect],
    *,
    preview: Callable[[str], bytes | None],
) -> list[_Examples]:
    examples = []
    for effect in effects:
        if effect.name != run.name or effect.is_chance:
            continue
        helped, hurt = (
            change_cards(run, effect, changes, preview=preview, count=_CHANGES_SHOWN)
            for changes in (effect.changes.helped, effect.changes.hurt)
        )
        examples.append(_Examples(effect, helped, hurt))
    return examples
