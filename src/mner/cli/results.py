"""`mner results`."""

from pathlib import Path
from typing import Any

import click

from mner.cli.echo import say
from mner.cli.options import FILE, paper_option

__all__ = ["results"]


@click.command()
@click.argument("files", type=FILE, nargs=-1, required=True, metavar="FILE...")
@paper_option
def results(files: tuple[Path, ...], style: Any) -> None:
    """Show results files, which `mner train --seeds` writes, as one table."""
    from mner.runs.paper import results_table
    from mner.runs.results_file import read_results
    from mner.spans.paper import write_paper_table

    found = [read_results(file) for file in files]
    if style == "text":
        say("\n".join(one.render() for one in found))
    else:
        say(write_paper_table(results_table(found), style))
