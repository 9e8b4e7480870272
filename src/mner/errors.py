"""The errors that `mner` raises, and the problems that a reader reports without stopping.

MnerError
├── InputError            a file or a value of the user is unreadable, ill-formed or out of bounds
├── ConfigError           a recipe has unknown keys, wrong types or values that do not fit together
├── ModelError            a model folder lacks files, has another version or is damaged
└── MissingExtraError     the optional packages of a feature are not installed

The command line catches MnerError, prints it as one line and exits with 1. What a message shows of
data that others wrote goes through `quoted` or `clipped`.
"""

from dataclasses import dataclass

__all__ = [
    "ConfigError",
    "DataWarning",
    "InputError",
    "MissingExtraError",
    "MnerError",
    "ModelError",
    "Problem",
    "clipped",
    "quoted",
]

_MOST_SHOWN = 200
"""Characters of what was given that a message shows."""


class MnerError(Exception):
    """The base class of all errors that `mner` raises on purpose."""


class InputError(MnerError):
    """A file or a value of the user cannot be used.

    The message says what is wrong, where, and what to do.
    """


class ConfigError(MnerError):
    """A recipe cannot be used. The message lists all of its problems."""


class ModelError(MnerError):
    """A model folder cannot be used."""


class MissingExtraError(MnerError):
    """A feature needs packages that are not installed. The message says how to install them.

    Args:
        feature: what the user wants to do.
        extra: the extra of `mner` that brings the packages.
    """

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs packages that are not installed: pip install 'mner[{extra}]'"
        )


class DataWarning(UserWarning):
    """Something is wrong with data that were read all the same.

    The message names the file and the line, and says what was done.
    """


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong in a file, and what the reader did about it."""

    kind: str
    """A stable name, such as `orphan-tag` or `missing-tag`."""
    path: str
    line: int
    """Counted from 1; 0 if the problem concerns the whole file."""
    message: str

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else self.path
        return f"{where}: {self.message}"


def quoted(value: object) -> str:
    """Return a value for a message, as Python writes it, cut to 200 characters.

    No character of it has power over a terminal.
    """
    if isinstance(value, str | bytes):
        value = value[: _MOST_SHOWN + 1]  # the rest is never shown
    return _cut(repr(value))


def clipped(text: object) -> str:
    """Return a text for a message, without quotes, cut to 200 characters.

    Characters that have power over a terminal are written as escapes.
    """
    start = str(text)[: _MOST_SHOWN + 1]
    if start.isprintable():
        return _cut(start)
    return _cut("".join(c if c.isprintable() else repr(c)[1:-1] for c in start))


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 3] + "..."
