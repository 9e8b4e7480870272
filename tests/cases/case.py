"""What a row of the tables of this folder is."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Case"]

_NAMED = re.compile(r"\{cases\}/([^\s'\"=,]+)")


@dataclass(frozen=True)
class Case:
    """An input that people meet, what they type, and what they are told.

    In commands and sentences, `{file}` is the input, `{cases}` the folder of all cases, and `{out}`
    an empty folder.
    """

    file: str
    """The name of the input in the folder of cases."""
    command: str
    """The command line after `mner`."""
    says: str | tuple[str, ...]
    """What is found in all that is printed: output, warnings, messages and errors. With several,
    each of them."""
    exit_code: int = 0
    says_not: str | tuple[str, ...] = ()
    """What must not be found in it."""
    written: str = ""
    """A text that stands in the file `{out}/written.txt` before the command runs."""

    @property
    def files(self) -> tuple[str, ...]:
        """The names of all files of the folder of cases that the row uses."""
        return (self.file, *_NAMED.findall(self.command))

    def words(self, places: Mapping[str, Path]) -> list[str]:
        """Return the words of the command line, with the places filled in."""
        return [_filled(word, places) for word in shlex.split(self.command)]

    def missing(self, printed: str, places: Mapping[str, Path]) -> list[str]:
        """Return the sentences that should have been printed, and those that should not."""
        said, not_said = _several(self.says), _several(self.says_not)
        wrong = [text for text in said if _filled(text, places) not in printed]
        return wrong + [f"not: {text}" for text in not_said if _filled(text, places) in printed]


def _several(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else text


def _filled(text: str, places: Mapping[str, Path]) -> str:
    for name, place in places.items():
        text = text.replace(f"{{{name}}}", str(place))
    return text
