"""`mner tag`."""

from collections.abc import Callable, Mapping
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mner.cli.options import FILE, device_option, reading_options, refuse_reading_options

if TYPE_CHECKING:
    from mner.posts.reading import ReadingOptions

__all__ = ["tag"]

_OF_TEXT = frozenset({"picture", "caption"})
_OF_FILE = frozenset({"captions", "pictures", "features", "trust_paths", "on_error"})
_OF_OUTPUT = ("path", "style", "min_probability", "explain", "resume")


class _Probability(click.FloatRange):
    """A number from 0 to 1; click's own range accepts NaN."""

    def __init__(self) -> None:
        super().__init__(0, 1)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        number: float = super().convert(value, param, ctx)
        if isnan(number):
            self.fail(f"{value} is not in the range 0<=x<=1.", param, ctx)
        return number


@click.command()
@click.argument("text", required=False)
@click.option(
    "--input",
    "source",
    help="Tag the posts of a file instead of TEXT: JSONL, IMGID or CoNLL; - for standard input.",
)
@click.option(
    "--model",
    type=FILE,
    help="Folder that `mner train` wrote; the starter model, which reads text only, if not given.",
)
@click.option("--picture", metavar="FILE", help="Picture of TEXT.")
@click.option(
    "--caption", help="Words that describe the picture of TEXT, for a model that reads captions."
)
@reading_options
@click.option(
    "--captions", type=FILE, help="JSONL file of captions for --input, for a model that reads them."
)
@click.option(
    "--pictures",
    type=FILE,
    help="Folder of pictures for --input. A picture is named by its id, with or without .jpg, "
    ".jpeg, .png, .gif, .webp, .bmp, .tif or .tiff (or .JPG and so on). Without the option, a "
    "picture is a path relative to the folder of the file, and inside of it.",
)
@click.option("--features", type=FILE, help="Store of encoded pictures, instead of --pictures.")
@click.option(
    "--allow-urls",
    is_flag=True,
    help="Fetch pictures that are http or https URLs, from public machines only. Does not go with "
    "--trust-paths.",
)
@click.option(
    "--trust-paths",
    is_flag=True,
    default=None,
    help="Follow paths of pictures in --input wherever they lead, also absolute ones. Whoever "
    "wrote the file can then have any picture of this machine opened.",
)
@click.option(
    "--on-error",
    type=click.Choice(["stop", "skip"]),
    help="Stop at a post of --input that cannot be read (the default), or skip it.",
)
@click.option(
    "--format",
    "style",
    type=click.Choice(["jsonl", "conll", "brat", "html", "text"]),
    help="Format of the output: text on a terminal, else jsonl.",
)
@click.option(
    "--output",
    "path",
    type=FILE,
    help="File to write, or for brat a folder; standard output if not given.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with what an interrupted run has left of --output, in the file OUTPUT.part: as "
    "jsonl, conll or text.",
)
@click.option(
    "--min-probability", type=_Probability(), default=0.0, help="Drop less probable entities."
)
@click.option(
    "--explain",
    is_flag=True,
    help="Say for each entity what the picture had to do with it, as jsonl, text or html.",
)
@click.pass_context
@device_option
def tag(
    ctx: click.Context,
    /,
    text: str | None,
    source: str | None,
    *,
    model: Path | None,
    allow_urls: bool,
    reading: "ReadingOptions",
    **options: Any,
) -> None:
    """Find the entities of TEXT, or of the posts of a file."""
    if (text is None) == (source is None):
        raise click.UsageError("give either TEXT or --input")
    given = {name: value for name, value in options.items() if value is not None}
    if text is not None:
        refuse_reading_options(ctx, reason="does not go with TEXT")
    _check_options(given, is_text=text is not None)
    if "trust_paths" in given and (allow_urls or "pictures" in given):
        other = "--allow-urls" if allow_urls else "--pictures"
        raise click.UsageError(f"--trust-paths does not go with {other}")
    from mner.tagging.output import Output
    from mner.tagging.starter import starter_model
    from mner.tagging.tag_file import tag_file, tag_text

    model = model or starter_model()
    output = Output(**{name: given.pop(name) for name in _OF_OUTPUT if name in given})
    fetch = _fetcher() if allow_urls else None
    if text is not None:
        tag_text(model, text, output=output, fetch=fetch, **given)
    elif source is not None:
        tag_file(model, source, reading=reading, output=output, fetch=fetch, **given)


def _check_options(given: Mapping[str, Any], *, is_text: bool) -> None:
    """Refuse options that do not go with TEXT, with --input, or with one another."""
    wrong = sorted(given.keys() & (_OF_FILE if is_text else _OF_TEXT))
    if wrong:
        name = wrong[0].replace("_", "-")
        raise click.UsageError(f"--{name} does not go with {'TEXT' if is_text else '--input'}")
    style = given.get("style")
    if given["resume"] and (is_text or "path" not in given or style in {"brat", "html"}):
        raise click.UsageError(
            "--resume goes with --input and --output, and with jsonl, conll or text"
        )
    if not given["explain"]:
        return
    if style in {"conll", "brat"}:
        raise click.UsageError(
            f"--explain does not go with --format {style}: expected jsonl, text or html"
        )
    if style == "html" and "path" not in given:
        raise click.UsageError("--explain --format html writes a page: name its file by --output")


def _fetcher() -> Callable[[str], bytes]:
    from mner.pictures.remote import Fetcher

    return Fetcher()
