"""`mner features`: pictures encoded once."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mner.cli.echo import say
from mner.cli.groups import Group
from mner.cli.options import (
    FILE,
    device_option,
    dumps,
    extra_needed,
    json_option,
    reading_options,
)

if TYPE_CHECKING:
    from mner.graphs.devices import Device
    from mner.posts.reading import ReadingOptions
    from mner.recipe.sections import PictureSection

__all__ = ["features"]

_Command = TypeVar("_Command", bound=Callable[..., Any])


@click.group(cls=Group)
def features() -> None:
    """Encode pictures once, for training and evaluation."""


def _encoder_options(command: _Command) -> _Command:
    options = (
        click.option(
            "--encoder",
            help="Picture encoder: efficientnet-lite0 (the default), vgg16, onnx or transformers; "
            "see docs/pictures.md.",
        ),
        click.option(
            "--weights",
            help="vgg16: a file of torchvision or Keras. onnx: the .onnx file. transformers: a "
            "folder, or a name on the hub.",
        ),
        click.option(
            "--size",
            type=int,
            help="onnx, transformers: side of the pictures in pixels, if the encoder does not fix "
            "it.",
        ),
        click.option(
            "--mean",
            type=float,
            nargs=3,
            help="onnx, transformers: subtracted from red, green and blue between 0 and 1.",
        ),
        click.option(
            "--deviation",
            type=float,
            nargs=3,
            help="onnx, transformers: what the differences are divided by.",
        ),
        click.option(
            "--output",
            help="onnx: the graph's output, or a tensor inside it, that holds the regions; the "
            "first output if not given.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@features.command("extract")
@click.argument("file", type=FILE)
@click.option("--pictures", type=FILE, required=True, help="Folder of pictures named by id.")
@click.option(
    "--out",
    type=FILE,
    required=True,
    metavar="STORE",
    help="Folder of the store. An interrupted run is resumed.",
)
@click.option(
    "--graph",
    type=FILE,
    help="Instead of an encoder: a graph that `mner features export` or `mner export` wrote. "
    "It encodes without torch.",
)
@device_option
@reading_options
@_encoder_options
def extract(
    file: Path,
    pictures: Path,
    out: Path,
    *,
    graph: Path | None,
    device: "Device | None",
    reading: "ReadingOptions",
    **encoder: Any,
) -> None:
    """Encode the pictures of the posts in FILE."""
    if graph and any(encoder.values()):
        raise click.UsageError("--graph is an encoder by itself: remove the other encoder options")
    from mner.pictures.extract import extract_features
    from mner.posts.read import read_numbered_posts

    counts = extract_features(
        (post for _, post in read_numbered_posts(file, reading)),
        pictures=pictures,
        out=out,
        encoder=graph or _section(encoder),
        device=device or "auto",
    )
    say(_counted(out, counts))


@features.command("export")
@click.argument("graph", type=FILE)
@_encoder_options
def export(graph: Path, **encoder: Any) -> None:
    """Write an encoder as one ONNX GRAPH, with its preprocessing.

    `mner features extract --graph` encodes with it on a machine without torch.
    """
    with extra_needed("Exporting", "train"):
        from mner.tagging.export import export_encoder
    say(export_encoder(_section(encoder), graph))


@features.command("info")
@click.argument("store", type=FILE)
@json_option
def info(store: Path, as_json: bool) -> None:
    """Show what is in a STORE, or in a feature file of the public Keras code.

    Prints its encoder, and how many pictures are in each state.
    """
    from mner.pictures.store_info import store_info

    described = store_info(store)
    say(dumps(described.as_dict()) if as_json else described.render())


@features.command("convert")
@click.argument("file", type=FILE)
@click.argument("store", type=FILE)
def convert(file: Path, store: Path) -> None:
    """Write the feature FILE of the public Keras code (HDF5) as a STORE.

    An interrupted run is resumed.
    """
    from mner.pictures.convert import convert_features

    say(_counted(store, convert_features(file, store)))


def _section(options: Mapping[str, Any]) -> "PictureSection":
    from mner.recipe.read import recipe_from_dict

    given = {name: value for name, value in options.items() if value is not None}
    return recipe_from_dict({"picture": given}, where="mner features").picture


def _counted(store: Path, counts: Mapping[Any, int]) -> str:
    return f"{store}: " + ", ".join(f"{count} {state}" for state, count in counts.items())
