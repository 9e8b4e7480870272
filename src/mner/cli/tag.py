"""`mner tag`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from mner.cli.options import FILE, MODEL, device_option, reading_options, refuse_reading_options
from mner.cli.tag_options import (
    OF_TEXT,
    Probability,
    check_options,
    escalation_of,
    fetcher,
    output_of,
    words_of,
)
from mner.formats import OutputStyle

if TYPE_CHECKING:
    from mner.posts.reading import ReadingOptions

__all__ = ["tag"]


@click.command()
@click.argument("text", required=False)
@click.option(
    "--input",
    "source",
    help="Tag the posts of a file; - for standard input. The same as TEXT that is the name of a "
    "file.",
)
@click.option(
    "--model",
    type=MODEL,
    help="Folder that `mner train` wrote, or hf://user/name for a model on the Hugging Face hub; "
    "the starter model, which reads text only, if not given.",
)
@click.option(
    "--picture",
    metavar="FILE",
    multiple=True,
    help="Picture of TEXT; repeat the option for several.",
)
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
@click.option(
    "--ocr/--no-ocr",
    "wanted",
    default=None,
    help="Find names that are written in the pictures of --input, or do not look for them. They "
    "are looked for if --pictures is given and mner[ocr] is installed.",
)
@click.option(
    "--lettering",
    type=FILE,
    metavar="FILE",
    help="File in which the words in pictures are kept, so that each picture is read once.",
)
@click.option(
    "--ocr-engine",
    "engine",
    type=click.Choice(["rapidocr", "tesseract"]),
    help="What reads the words in pictures: rapidocr (the default) or the program tesseract.",
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
    "--max-wait",
    type=click.IntRange(0, 60_000),
    metavar="MILLISECONDS",
    help="How long a post of a stream waits for others at most, which are tagged together and "
    "faster; 100 if not given. Posts of a file do not wait.",
)
@click.option(
    "--format",
    "style",
    type=click.Choice(get_args(OutputStyle)),
    help="Format of the output. If not given: by the ending of --output; else text on a terminal, "
    "and jsonl elsewhere.",
)
@click.option(
    "--output",
    "path",
    type=FILE,
    help="File to write, whose ending decides the format: .jsonl, .csv, .tsv, .xlsx, .parquet, "
    ".conll, .imgid or .html. For brat a folder. Standard output if not given.",
)
@click.option(
    "--sort",
    type=click.Choice(["picture-effect", "entities", "probability", "input"]),
    help="Order in which a page of html opens: posts whose entities the picture changed most "
    "(needs --explain), posts with entities, the least probable entities, or as in the input.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with what an interrupted run has left of --output, in the file OUTPUT.part. Not "
    "for html, brat, xlsx and parquet.",
)
@click.option(
    "--rows",
    type=click.Choice(["entities", "posts"]),
    help="What has a row of its own in tables: each entity (the default) or each post.",
)
@click.option(
    "--with-model",
    is_flag=True,
    help="Write the fingerprint of the model: with each post or row in jsonl and in tables, once "
    "in conll and html.",
)
@click.option(
    "--min-probability", type=Probability(), default=0.0, help="Drop less probable entities."
)
@click.option(
    "--promise",
    metavar="precision=P",
    help="Drop entities so that the others have the precision that `mner evaluate --promise` found "
    "a threshold for; PER:precision=P for a single type. Words in pictures are not read then.",
)
@click.option(
    "--escalate-below",
    "below",
    type=Probability(),
    metavar="P",
    help="Send the texts of posts to --endpoint, if the model's reading of the whole post is less "
    "probable than P, and take the entities it answers with. Writes jsonl or tables.",
)
@click.option(
    "--endpoint",
    metavar="URL",
    help="OpenAI-compatible endpoint for --escalate-below, such as http://127.0.0.1:8000/v1. A key "
    "is read from the variable MNER_ENDPOINT_KEY.",
)
@click.option(
    "--endpoint-model",
    metavar="NAME",
    help="Model that --endpoint is asked for; its own choice if not given.",
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
    """Find the entities of TEXT, or of the posts of a file.

    TEXT that is the name of a file, or - for standard input, stands for its contents.
    """
    if (text is None) == (source is None):
        raise click.UsageError("give either TEXT or --input")
    from mner.tagging.argument import contents_named_by, refuse_picture

    given = {name: value for name, value in options.items() if value not in (None, ())}
    if text is not None:
        source = contents_named_by(text, is_one_text=bool(given.keys() & OF_TEXT))
        text = None if source is not None else text
    elif source is not None:
        refuse_picture(source)
    if text is not None:
        refuse_reading_options(ctx, reason="does not go with TEXT")
    check_options(given, is_text=text is not None)
    if "trust_paths" in given and (allow_urls or "pictures" in given):
        other = "--allow-urls" if allow_urls else "--pictures"
        raise click.UsageError(f"--trust-paths does not go with {other}")
    from mner.tagging.starter import starter_model
    from mner.tagging.tag_file import tag_file, tag_text

    model = model or starter_model()
    given["escalation"] = escalation_of(given)
    output = output_of(given)
    fetch = fetcher() if allow_urls else None
    if text is not None:
        pictures = given.pop("picture", ())
        tag_text(model, text, pictures=pictures, output=output, fetch=fetch, **given)
    elif source is not None:
        words = words_of(given, promise=output.promise)
        if "max_wait" in given:
            given["max_wait"] /= 1000
        tag_file(model, source, reading=reading, output=output, fetch=fetch, words=words, **given)
