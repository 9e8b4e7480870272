"""Names of models on the hub, such as `hf://user/name@revision`."""

import re
from dataclasses import dataclass
from pathlib import Path

from mner.errors import InputError, quoted

__all__ = ["PREFIX", "HubReference", "is_hub_address", "parse_reference"]

PREFIX = "hf://"
"""With what an address begins where a folder could be meant as well."""

_PART = "[A-Za-z0-9_][A-Za-z0-9_.-]*"
_REFERENCE = re.compile(f"({_PART}/{_PART})(?:@([A-Za-z0-9_][A-Za-z0-9_./-]*))?")


@dataclass(frozen=True, slots=True)
class HubReference:
    """A repository of the hub, and a state of it."""

    repository: str
    """`user/name`."""
    revision: str | None = None
    """A branch, a tag or a commit; None for the branch `main`."""

    @property
    def name(self) -> str:
        """The name without its user."""
        return self.repository.partition("/")[2]

    def __str__(self) -> str:
        """Return the reference as users write it."""
        return f"{self.repository}@{self.revision}" if self.revision else self.repository


def is_hub_address(path: str | Path) -> bool:
    """Return whether a text, or the path that was made of it, is an address of the hub."""
    return str(path).startswith((PREFIX, "hf:/"))  # a path has no two slashes in a row


def parse_reference(text: str) -> HubReference:
    """Return the reference of `user/name` or `user/name@revision`, with `hf://` before it or not.

    Raises:
        InputError: the text is something else.
    """
    match = _REFERENCE.fullmatch(text.removeprefix(PREFIX))
    if match is None or ".." in text:
        raise InputError(
            f"{quoted(text)}: expected the name of a model on the hub, such as user/name or "
            "user/name@revision"
        )
    return HubReference(match[1], match[2])
