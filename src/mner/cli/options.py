"""Options and helpers that several commands share."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from mner.errors import MissingExtraError

__all__ = [
    "FILE",
    "RESAMPLES",
    "bootstrap_option",
    "dumps",
    "extra_needed",
    "json_option",
    "scoring_option",
]

_Command = TypeVar("_Command", bound=Callable[..., Any])

FILE = click.Path(path_type=Path)
"""The path of a file or a folder."""

RESAMPLES = click.IntRange(100, 1_000_000)
"""With fewer, the bounds of an interval are single draws; the most is
`mner.spans.bootstrap.MOST_RESAMPLES`."""

_DEFAULT_RESAMPLES = 10_000


def json_option(command: _Command) -> _Command:
    """Add `--json` to a command."""
    option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
    return option(command)


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
