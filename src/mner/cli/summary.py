"""`mner summary`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mner.cli.echo import say
from mner.cli.options import FILE, dumps, json_option, reading_options

if TYPE_CHECKING:
    from mner.posts.reading import ReadingOptions

__all__ = ["summary"]


@click.command()
@click.argument("tagged")
@click.option(
    "--top",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="Entities of each label that are shown in the text and on the page.",
)
@click.option(
    "--output",
    "path",
    type=FILE,
    help="File to write instead: .csv (a row for each entity), .json or .html.",
)
@reading_options
@json_option
def summary(
    tagged: str, *, top: int, path: Path | None, reading: "ReadingOptions", as_json: bool
) -> None:
    """Count what the tagged posts of a file speak of, by type and by day.

    Ways of writing are joined: case, # and @ before a name and a possessive 's after it make no
    difference. Days come from the fields created_at, date, timestamp or time.
    """
    from mner.corpora.summary import summarise_tagged
    from mner.runs.write_summary import write_summary

    if as_json and path is not None:
        raise click.UsageError("--json prints: name a file that ends in .json by --output instead")
    found = summarise_tagged(tagged, reading=reading)
    if path is not None:
        write_summary(found, path, file=tagged, top=top)
    else:
        say(dumps(found.as_dict()) if as_json else found.render(top=top))
