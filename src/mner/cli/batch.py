"""`mner batch`."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

import click

from mner.cli.echo import say
from mner.cli.options import MODEL, dumps, json_option
from mner.errors import clipped, quoted

if TYPE_CHECKING:
    from mner.batch.engines import Engine
    from mner.batch.job import StageName

__all__ = ["batch"]

_Number = TypeVar("_Number", int, float)
_STAGES = ("lettering", "encoding", "tagging")


def _whole(text: str) -> tuple[str, int]:
    """Read a number of workers, for tagging or, as `STAGE=N`, for another stage."""
    stage, number = _stage_of(text)
    if not (number.isascii() and number.isdigit()) or int(number) < 1:
        raise click.BadParameter(f"{clipped(number)}: expected a whole number, 1 or more")
    return stage, int(number)


def _share(text: str) -> tuple[str, float]:
    """Read how many processors a worker takes, as `_whole` reads numbers."""
    stage, number = _stage_of(text)
    try:
        value = float(number)
    except ValueError:
        value = -1
    if not 0 <= value < float("inf"):
        raise click.BadParameter(f"{clipped(number)}: expected a number, 0 or more")
    return stage, value


def _stage_of(text: str) -> tuple[str, str]:
    stage, is_named, number = text.rpartition("=")
    if is_named and stage not in _STAGES:
        names = ", ".join(_STAGES)
        raise click.BadParameter(f"stage {quoted(stage)} is not known: expected one of {names}")
    return stage or "tagging", number


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
    type=_whole,
    metavar="[STAGE=]N",
    multiple=True,
    help="How many. If not given: one a core, or as many as the cluster has room for. "
    "lettering=N gives the reading of words in pictures workers of its own, encoding=N the "
    "encoding of pictures; may be given once for each.",
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
    type=_share,
    metavar="[STAGE=]N",
    multiple=True,
    help="Processors of a worker of Ray, 1 if not given; also STAGE=N, as for --workers.",
)
@click.option(
    "--gpus",
    type=_share,
    metavar="[STAGE=]N",
    multiple=True,
    help="Graphics processors of a worker of Ray, none if not given; also STAGE=N.",
)
@click.option("--text-field", help="Column or key of the text.")
@click.option("--id-field", help="Column or key of the id.")
@click.option("--picture-field", help="Column or key of the picture.")
@click.option("--caption-field", help="Column or key of the caption.")
@click.option(
    "--pictures",
    help="Folder of pictures by id, or its address. Without it, a picture is a path relative to "
    "INPUT.",
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
    workers: tuple[tuple[str, int], ...],
    part_rows: int,
    address: str | None,
    cpus: tuple[tuple[str, float], ...],
    gpus: tuple[tuple[str, float], ...],
    text_field: str | None,
    id_field: str | None,
    picture_field: str | None,
    caption_field: str | None,
    pictures: str | None,
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

    if engine == "local" and (address is not None or cpus or gpus):
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
        _engine(
            engine,
            _by_stage("--workers", workers),
            address=address,
            cpus=_by_stage("--cpus", cpus),
            gpus=_by_stage("--gpus", gpus),
        ),
    )
    if as_json:
        say(dumps(manifest))
        return
    found = sum(manifest["entities"].values()) + sum(manifest["picture_entities"].values())
    say(f"{manifest['posts']:,} posts, {found:,} entities, {len(manifest['parts'])} parts")
    if manifest["failed"]:
        say(f"{manifest['failed']:,} posts could not be tagged: see _dead-letters.jsonl")


def _by_stage(option: str, given: tuple[tuple[str, _Number], ...]) -> dict[str, _Number]:
    numbers = dict(given)
    if len(numbers) < len(given):
        raise click.UsageError(f"{option} was given twice for one stage")
    return numbers


def _engine(
    name: str,
    workers: dict[str, int],
    *,
    address: str | None,
    cpus: dict[str, float],
    gpus: dict[str, float],
) -> "Engine":
    from mner.batch.engines import LocalEngine
    from mner.batch.ray_engine import RayEngine
    from mner.batch.stages import WORKERS, Needs

    apart: dict[StageName, Needs] = {
        stage: Needs(workers[stage], cpus.get(stage, 1), gpus.get(stage, 0))
        for stage in WORKERS
        if stage in workers and stage != "tagging"
    }
    for stage in {*cpus, *gpus} - {*apart, "tagging"}:
        raise click.UsageError(f"{stage} has no workers of its own: use --workers {stage}=N")
    if name == "local":
        return LocalEngine(workers.get("tagging"), apart=apart)
    return RayEngine(
        workers.get("tagging"),
        address=address,
        cpus=cpus.get("tagging", 1),
        gpus=gpus.get("tagging", 0),
        apart=apart,
    )
