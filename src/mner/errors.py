"""The errors `mner` raises, and the problems a reader meets without stopping.

MnerError
├── InputError            a file or a value given by the user: unreadable, ill-formed, out of bounds
├── ConfigError           a recipe: unknown keys, wrong types, values that do not fit together
├── ModelError            a model folder: missing files, another version, damaged
└── MissingExtraError     a feature whose optional packages are not installed

The command line catches MnerError, prints it as one line and exits with 1.
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
]


class MnerError(Exception):
    """Base of every error that `mner` raises on purpose."""


class InputError(MnerError):
    """A file or a value of the user's cannot be used; the message says what, where, and what to do."""


class ConfigError(MnerError):
    """A recipe cannot be used; the message lists all of its problems."""


class ModelError(MnerError):
    """A model folder cannot be used."""


class MissingExtraError(MnerError):
    """A feature needs packages of an extra that is not installed; the message is the install line."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs packages that are not installed: pip install 'mner[{extra}]'"
        )


class DataWarning(UserWarning):
    """Something in a corpus that was read all the same; the message names file, line and what was done."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing in a file that is not as it should be, and what the reader did about it."""

    kind: str
    """A stable name, such as `orphan-tag` or `missing-tag`."""
    path: str
    line: int
    """Counted from 1; 0 where the problem belongs to the whole file."""
    message: str

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else self.path
        return f"{where}: {self.message}"
