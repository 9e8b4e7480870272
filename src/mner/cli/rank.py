"""`mner rank`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mner.cli.options import FILE, MODEL, device_option, reading_options

if TYPE_CHECKING:
    from mner.posts.reading import ReadingOptions

__all__ = ["rank"]


@click.command()
@click.argument("source", metavar="FILE")
@click.option(
    "--model",
    type=MODEL,
    help="Folder that `mner train` wrote, or hf://user/name for a model on the Hugging Face hub; "
    "the starter model, which reads text only, if not given.",
)
@click.option(
    "--output",
    "path",
    type=FILE,
    help="File to write, whose ending decides the format: .jsonl, .csv, .tsv, .xlsx or .parquet. "
    "JSONL on standard output if not given.",
)
@click.option(
    "--to",
    "style",
    metavar="FORMAT",
    help="Format of --output, as in `mner data convert`, such as label-studio.",
)
@reading_options
@click.option(
    "--captions", type=FILE, help="JSONL file of captions, for a model that looks at captions."
)
@click.option("--pictures", type=FILE, help="Folder of pictures, as in `mner tag`.")
@click.option("--features", type=FILE, help="Store of encoded pictures, instead of --pictures.")
@device_option
def rank(
    source: str,
    *,
    model: Path | None,
    path: Path | None,
    style: str | None,
    reading: "ReadingOptions",
    device: Any,
    **inputs: Path | None,
) -> None:
    """Sort the posts of FILE, those that the model is most uncertain of first.

    FILE may be `-` for standard input. The posts stay as they are, and get the field entropy: that
    of all readings of the post, in nats. Annotate from the top.
    """
    if style is not None and path is None:
        raise click.UsageError("--to goes with --output")
    from mner.tagging.given import Given
    from mner.tagging.rank import rank_file
    from mner.tagging.starter import starter_model

    given = Given(model or starter_model(), source, **inputs)
    rank_file(given, output=path, style=style, reading=reading, device=device)
