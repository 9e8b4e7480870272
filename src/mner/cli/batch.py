"""`mner batch`."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from mner.cli.echo import say
from mner.cli.options import FILE, MODEL, dumps, json_option

if TYPE_CHECKING:
    from mner.batch.engines import Engine

__all__ = ["batch"]


@click.command()
@click.argument("source", metavar="INPUT")
@click.argument("target", metavar="OUTPUT")
@click.option(
    "--model",
    type=MODEL,
    help="Folder that `mner train` wrote, or hf://user/name for a model on the Hugging Face hub; "
    "the starter model, which reads text only, if not given.",
)
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="What runs the workers: processes of this machine, or a cluster of Ray.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="How many. If not given: one a core, or as many as the cluster has room for.",
)
@click.option(
    "--part-rows",
    type=click.IntRange(1, 1_000_000),
    default=5_000,
    show_default=True,
    help="Most posts of a part. A worker holds one part in memory, and a part that is interrupted "
    "is done again.",
)
@click.option("--address", help="Address of a cluster of Ray, or auto; one starts here if missing.")
@click.option(
    "--cpus",
    type=click.FloatRange(min=0),
    default=1,
    show_default=True,
    help="Processors of a worker of Ray.",
)
@click.option(
    "--gpus",
    type=click.FloatRange(min=0),
    default=0,
    show_default=True,
    help="Graphics processors of a worker of Ray.",
)
@click.option("--text-field", help="Column or key of the text.")
@click.option("--id-field", help="Column or key of the id.")
@click.option("--picture-field", help="Column or key of the picture.")
@click.option("--caption-field", help="Column or key of the caption.")
@click.option(
    "--pictures",
    type=FILE,
    help="Folder of pictures by id. Without it, a picture is a path relative to INPUT.",
)
@click.option(
    "--ocr/--no-ocr",
    "wanted",
    default=None,
    help="Find names that are written in pictures, or do not look for them. They are looked for "
    "if there is a folder of pictures and mner[ocr] is installed.",
)
@click.option("--trust-paths", is_flag=True, help="Follow paths of pictures wherever they lead.")
@click.option(
    "--min-probability",
    type=click.FloatRange(0, 1),
    default=0.0,
    help="Drop less probable entities.",
)
@json_option
def batch(
    source: str,
    target: str,
    *,
    model: Path | None,
    engine: Literal["local", "ray"],
    workers: int | None,
    part_rows: int,
    address: str | None,
    cpus: float,
    gpus: float,
    text_field: str | None,
    id_field: str | None,
    picture_field: str | None,
    caption_field: str | None,
    pictures: Path | None,
    wanted: bool | None,
    trust_paths: bool,
    min_probability: float,
    as_json: bool,
) -> None:
    """Tag an archive: INPUT is a file or a folder of Parquet, CSV, TSV or JSONL, or of pictures.

    OUTPUT becomes a folder of Parquet files, with a manifest. Run the same command again after an
    interruption: what is done is not done again. Both may be addresses such as
    s3://bucket/folder.
    """
    from mner.batch.run import Batch, tag_archive
    from mner.posts.reading import Fields
    from mner.tagging.lettering.step import WordsInPictures
    from mner.tagging.starter import starter_model

    if engine == "local" and (address is not None or cpus != 1 or gpus):
        raise click.UsageError("--address, --cpus and --gpus go with --engine ray")
    manifest = tag_archive(
        Batch(
            source,
            target,
            model or starter_model(),
            part_rows=part_rows,
            fields=Fields(text_field, id_field, picture_field, caption_field),
            pictures=pictures,
            words=WordsInPictures(wanted=wanted),
            trust_paths=trust_paths,
            min_probability=min_probability,
        ),
        _engine(engine, workers, address=address, cpus=cpus, gpus=gpus),
    )
    if as_json:
        say(dumps(manifest))
        return
    found = sum(manifest["entities"].values()) + sum(manifest["picture_entities"].values())
    say(f"{manifest['posts']:,} posts, {found:,} entities, {len(manifest['parts'])} parts")
    if manifest["failed"]:
        say(f"{manifest['failed']:,} posts could not be tagged: see _dead-letters.jsonl")


def _engine(
    name: str, workers: int | None, *, address: str | None, cpus: float, gpus: float
) -> "Engine":
    from mner.batch.engines import LocalEngine, RayEngine

    if name == "local":
        return LocalEngine(workers)
    return RayEngine(workers, address=address, cpus=cpus, gpus=gpus)
