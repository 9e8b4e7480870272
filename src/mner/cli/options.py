"""Options and helpers that several commands share."""

import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args

import click
from click.core import ParameterSource

from mner.errors import InputError, MissingExtraError
from mner.formats import Format, SchemeChoice

if TYPE_CHECKING:
    from mner.posts.reading import ReadingOptions

__all__ = [
    "FILE",
    "MODEL",
    "RESAMPLES",
    "bootstrap_option",
    "device_option",
    "dumps",
    "extra_needed",
    "json_option",
    "paper_option",
    "reading_options",
    "refuse_reading_options",
    "refuse_two_formats",
    "scoring_option",
]

_Command = TypeVar("_Command", bound=Callable[..., Any])

FILE = click.Path(path_type=Path)
"""The path of a file or a folder."""


class _ModelFolder(click.Path):
    """The path of a model folder; a model on the hub is fetched."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from mner.tagging.hub.local import local_folder
        from mner.tagging.hub.reference import is_hub_address

        return local_folder(value) if is_hub_address(value) else super().convert(value, param, ctx)


MODEL = _ModelFolder()
"""A model folder, or `hf://user/name@revision`."""

RESAMPLES = click.IntRange(100, 1_000_000)
"""With fewer, the bounds of an interval are single draws; the most is
`mner.spans.bootstrap.MOST_RESAMPLES`."""

_DEFAULT_RESAMPLES = 10_000


def json_option(command: _Command) -> _Command:
    """Add `--json` to a command."""
    option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
    return option(command)


def paper_option(command: _Command) -> _Command:
    """Add `--format` to a command that prints a table."""
    option = click.option(
        "--format",
        "style",
        type=click.Choice(["text", "latex", "markdown", "csv"]),
        default="text",
        show_default=True,
        help="Format of the table; each says the scoring, the gold fingerprint and the seeds.",
    )
    return option(command)


def refuse_two_formats(style: str, *, as_json: bool) -> None:
    """Refuse `--json` beside a `--format` other than text.

    Raises:
        UsageError: both were given.
    """
    if as_json and style != "text":
        raise click.UsageError(f"--json does not go with --format {style}: give one of them")


def bootstrap_option(command: _Command) -> _Command:
    """Add `--bootstrap [N]` to a command."""
    option = click.option(
        "--bootstrap",
        type=RESAMPLES,
        is_flag=False,
        flag_value=_DEFAULT_RESAMPLES,
        default=_DEFAULT_RESAMPLES,
        metavar="[N]",
        show_default=True,
        help="Number of bootstrap resamples for the confidence intervals.",
    )
    return option(command)


def device_option(command: _Command) -> _Command:
    """Add `--device` to a command."""
    option = click.option(
        "--device",
        type=click.Choice(["auto", "cpu", "cuda"]),
        help="Where networks run. auto takes an NVIDIA GPU where one can be used, and says which "
        "device it took; so does a command without the option, in silence.",
    )
    return option(command)


def scoring_option(command: _Command) -> _Command:
    """Add `--scoring` to a command."""
    option = click.option(
        "--scoring",
        type=click.Choice(["lenient", "strict"]),
        default="lenient",
        show_default=True,
        help="An I- tag that continues nothing starts an entity (lenient) or is ignored (strict).",
    )
    return option(command)


def _columns(_ctx: click.Context, _option: click.Parameter, text: str | None) -> Any:
    """Return the columns of a text such as `token=1,tag=4`."""
    from mner.posts.reading import Columns

    try:
        return None if text is None else Columns.parse(text)
    except InputError as exc:
        raise click.BadParameter(str(exc)) from exc


def _labels(_ctx: click.Context, _option: click.Parameter, text: str | None) -> Any:
    """Return the names of a list such as `O,B-PER,I-PER`."""
    if text is None:
        return None
    names = tuple(name.strip() for name in text.split(","))
    if not all(names):
        raise click.BadParameter("a name is empty: expected names such as O,B-PER,I-PER")
    return names


_READING = {
    "input_format": click.option(
        "--input-format",
        type=click.Choice(get_args(Format)),
        default="auto",
        help="Format of the posts, where it is not recognised. text: each line is a raw post.",
    ),
    "scheme": click.option(
        "--scheme",
        type=click.Choice(get_args(SchemeChoice)),
        default="auto",
        help="Tagging scheme of columns, where it is not recognised.",
    ),
    "columns": click.option(
        "--columns",
        callback=_columns,
        metavar="token=N,tag=N",
        help="Which columns hold token and tag, counted from 1; the first and the last if not "
        "given.",
    ),
    "text_field": click.option(
        "--text-field", metavar="NAME", help="Field or column that holds the text."
    ),
    "id_field": click.option(
        "--id-field", metavar="NAME", help="Field or column that holds the id."
    ),
    "picture_field": click.option(
        "--picture-field", metavar="NAME", help="Field or column that names the picture."
    ),
    "caption_field": click.option(
        "--caption-field", metavar="NAME", help="Field or column that holds the caption."
    ),
    "labels": click.option(
        "--labels",
        callback=_labels,
        metavar="O,B-PER,...",
        help="Names of the tags that rows of a data set give as numbers, in their order.",
    ),
    "keep": click.option(
        "--keep",
        is_flag=True,
        help="Pass other fields of the posts through, as other columns of tables always are.",
    ),
}
"""The options of `reading_options`, by the name of their parameter."""


def reading_options(command: _Command) -> _Command:
    """Add the options that say how posts are read; the command receives them as `reading`."""

    @functools.wraps(command)
    def with_reading(*given: Any, **options: Any) -> Any:
        values = {name: options.pop(name) for name in _READING}
        return command(*given, reading=_reading(values), **options)

    decorated: Any = with_reading
    for option in reversed(_READING.values()):
        decorated = option(decorated)
    return cast(_Command, decorated)


def refuse_reading_options(ctx: click.Context, *, reason: str) -> None:
    """Refuse the options of `reading_options` where no posts are read.

    Args:
        ctx: the command's.
        reason: the end of a sentence that begins with the option.

    Raises:
        click.UsageError: one of them was given.
    """
    for name in _READING:
        source = ctx.get_parameter_source(name)
        if source is not None and source is not ParameterSource.DEFAULT:
            raise click.UsageError(f"--{name.replace('_', '-')} {reason}", ctx)


def _reading(values: dict[str, Any]) -> "ReadingOptions":
    from mner.posts.reading import Fields, ReadingOptions

    fields = Fields(
        text=values["text_field"],
        id=values["id_field"],
        picture=values["picture_field"],
        caption=values["caption_field"],
    )
    return ReadingOptions(
        format=values["input_format"],
        scheme=values["scheme"],
        columns=values["columns"],
        fields=fields if fields != Fields() else None,
        labels=values["labels"],
        keep=values["keep"],
    )


@contextmanager
def extra_needed(feature: str, extra: str) -> Iterator[None]:
    """Turn the import error of a package that is not installed into the install line.

    Args:
        feature: what needs the package, as the first word of a sentence.
        extra: the extra of `mner` that brings it.

    Raises:
        MissingExtraError: a package of others could not be imported.
    """
    try:
        yield
    except ModuleNotFoundError as exc:
        if (exc.name or "").partition(".")[0] == "mner":
            raise
        raise MissingExtraError(feature, extra) from exc


def dumps(value: object) -> str:
    """Return a value as indented JSON that a terminal can show."""
    from mner.files.terminal import escaped

    return escaped(json.dumps(value, indent=2, ensure_ascii=False))
