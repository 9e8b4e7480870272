"""Results of several systems as one table for papers."""

from collections.abc import Sequence

from mner.errors import InputError
from mner.runs.results import Results, Summary
from mner.spans.estimates import Interval
from mner.spans.paper import NOTHING, Cell, PaperTable, Rate

__all__ = ["results_table"]

_CONTROLS = {"given": "test F1", "shuffled": "exchanged", "none": "removed"}


def results_table(results: Sequence[Results]) -> PaperTable:
    """Return a table with a row for each system, whose scores have to be of the same posts.

    Args:
        results: at least one.

    Raises:
        InputError: the systems were scored in unlike ways or on unlike posts.
    """
    about = {"scoring": _shared(results, "scoring", [one.scoring for one in results])}
    for split in ("dev", "test"):
        found = [one.fingerprints[split] for one in results if split in one.fingerprints]
        if found:
            about[f"gold of {split}"] = _shared(results, f"gold of {split}", found)
    controls = [name for name in _CONTROLS if any(name in one.controls for one in results)]
    rows: list[tuple[Cell, ...]] = []
    for one in results:
        row: list[Cell] = [one.origin.name, one.looks_at, ", ".join(map(str, one.seeds))]
        row.append(_rate(one.dev()))
        for control in controls:
            interval = one.interval() if control == "given" and control in one.controls else None
            is_known = control in one.controls
            row.append(_rate(one.test(control), interval) if is_known else NOTHING)
        rows.append(tuple(row))
    columns = ("system", "looks at", "seeds", "dev F1", *[_CONTROLS[name] for name in controls])
    notes: tuple[str, ...] = ()
    if controls:
        notes = (
            "Intervals: bootstrap over the posts of test, and over the seeds where there are "
            "several.",
        )
        if len(controls) > 1:
            notes += ("Exchanged and removed: what the pictures or captions of test were.",)
    return PaperTable(columns, tuple(rows), about, notes)


def _shared(results: Sequence[Results], what: str, values: Sequence[str]) -> str:
    """Return the value that all systems have."""
    if len(set(values)) > 1:
        names = ", ".join(one.origin.name for one in results)
        raise InputError(
            f"{names}: {what} differs ({', '.join(sorted(set(values)))}), so their scores cannot "
            "stand in one table: give results of the same posts and scoring"
        )
    return values[0]


def _rate(summary: Summary, interval: Interval | None = None) -> Rate:
    return Rate(summary.mean, summary.deviation, interval)
