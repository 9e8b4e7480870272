"""`mner report` and `mner demo`."""

from pathlib import Path
from typing import Any

import click

from mner.cli.echo import say
from mner.cli.options import FILE, extra_needed, scoring_option

__all__ = ["demo", "report"]


@click.command()
@click.argument("runs", type=FILE, nargs=-1, required=True, metavar="RUN...")
@click.option(
    "--gold",
    "file",
    type=FILE,
    help="Tagged file to evaluate the runs on. Without it the report holds what the runs recorded.",
)
@click.option("--captions", type=FILE, help="JSONL file of captions, for runs that read captions.")
@click.option(
    "--pictures",
    type=FILE,
    help="Folder of pictures named by id, for runs that look at pixels; the report shows them.",
)
@click.option(
    "--features", type=FILE, help="Store of encoded pictures, to save encoding those of --pictures."
)
@scoring_option
@click.option(
    "--twin",
    type=FILE,
    metavar="RUN",
    help="Text-only run, to show where the picture helped the other runs and where it hurt.",
)
@click.option(
    "--out",
    type=FILE,
    default=Path("report.html"),
    show_default=True,
    help="The HTML file to write.",
)
def report(
    runs: tuple[Path, ...],
    file: Path | None,
    twin: Path | None,
    out: Path,
    scoring: Any,
    **sources: Path | None,
) -> None:
    """Write one HTML file about runs, the folders that `mner train` wrote.

    It shows learning curves, scores, mistakes, and what the picture does.
    """
    if file is None:
        for name, value in {**sources, "twin": twin}.items():
            if value is not None:
                raise click.UsageError(f"--{name} goes with --gold")
    with extra_needed("The report", "plots"):
        from mner.runs.report import report_runs
    from mner.runs.scores import Gold

    gold = None if file is None else Gold(file, scoring, **sources)
    report_runs(runs, out, gold=gold, twin=twin)
    say(out)


@click.command()
@click.option(
    "--out",
    type=FILE,
    default=Path("demo"),
    show_default=True,
    help="Folder for the corpus, the two models and the report.",
)
def demo(out: Path) -> None:
    """Make the sample corpus, train two taggers on it, compare them, and write a report."""
    with extra_needed("The demo", "pictures"):
        from mner.runs.demo import run_demo

    say(run_demo(out))
