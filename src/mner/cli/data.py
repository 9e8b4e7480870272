"""`mner data`: checking, counting, making and downloading corpora."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mner.cli.echo import say
from mner.cli.groups import Group
from mner.cli.options import FILE, dumps, json_option, reading_options

if TYPE_CHECKING:
    from mner.posts.reading import ReadingOptions

__all__ = ["data"]


@click.group(cls=Group)
def data() -> None:
    """Check and count corpora, download them, and make the sample corpus."""


@data.command("check")
@click.argument("files", type=FILE, nargs=-1, required=True)
@click.option("--pictures", type=FILE, help="Folder of pictures named by id; each is opened.")
@reading_options
@json_option
@click.pass_context
def check(
    ctx: click.Context,
    files: tuple[Path, ...],
    *,
    pictures: Path | None,
    reading: "ReadingOptions",
    as_json: bool,
) -> None:
    """Report what is wrong with a corpus: tags, duplicates, pictures.

    Exits with 1 if a line cannot be read.
    """
    from mner.corpora.check import check_files
    from mner.pictures.decode import read_picture

    findings = check_files(
        files,
        pictures=pictures,
        inspect=read_picture,
        reading=reading,
    )
    say(dumps(findings.as_dict()) if as_json else findings.render())
    if not findings.is_readable:
        ctx.exit(1)


@data.command("stats")
@click.argument("files", type=FILE, nargs=-1, required=True)
@reading_options
@json_option
def stats(files: tuple[Path, ...], *, reading: "ReadingOptions", as_json: bool) -> None:
    """Count posts, words, entities, and what tweets are made of."""
    from mner.corpora.stats import corpus_stats

    counted = [corpus_stats(file, reading=reading) for file in files]
    if as_json:
        say(dumps([counts.as_dict() for counts in counted]))
    else:
        say("\n\n".join(counts.render() for counts in counted))


@data.command("convert")
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT", type=FILE)
@click.option(
    "--to",
    "style",
    metavar="FORMAT",
    help="Format of OUT: doccano, label-studio, prodigy, gliner, hf, webanno, brat or datasets; or "
    "one that the ending of OUT says: jsonl, csv, tsv, xlsx, parquet, conll, imgid, spacy.",
)
@click.option(
    "--split",
    metavar="NAME",
    help="Split of a DatasetDict that is written by --to datasets.",
)
@reading_options
def convert(
    source: str,
    target: Path,
    *,
    style: str | None,
    split: str | None,
    reading: "ReadingOptions",
) -> None:
    """Write the posts of IN, whatever format they have, to OUT.

    IN may be `-` for standard input, or a folder of brat or of a data set. The ending of OUT
    decides its format, unless --to does. With --keep, other fields go along where the format has
    room for them.
    """
    from mner.tagging.convert import convert as run

    done = run(source, target, style=style, reading=reading, split=split)
    say(f"{target}: {done.posts} posts, {done.entities} entities")


@data.command("sample")
@click.argument("folder", type=FILE)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="The same seed gives the same corpus."
)
def sample(folder: Path, seed: int) -> None:
    """Write the sample corpus: invented posts with drawn pictures."""
    from mner.corpora.sample import write_sample

    is_new = write_sample(folder, seed=seed)
    say(f"{folder}: {'written' if is_new else 'is there already, left as it is'}")


@data.command("fetch")
@click.argument("name")
@click.option(
    "--from",
    "source",
    metavar="URL|FILE",
    help="Address of a mirror, or the file itself; the official address if not given.",
)
@click.option(
    "--out",
    "folder",
    type=FILE,
    help="Folder to put it into; `downloads` in the cache ($MNER_CACHE) if not given.",
)
def fetch(name: str, source: str | None, folder: Path | None) -> None:
    """Download NAME (twitter2015, vgg16 or glove-twitter-200), resuming an earlier try."""
    from mner.corpora.fetch import fetch as run

    fetched = run(name, source=source, folder=folder)
    say(f"{fetched.path}: {fetched.note}")
