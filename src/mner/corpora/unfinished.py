"""The first bytes of a file that is being downloaded, and what the server said of the whole file.

The bytes are in `.NAME.part`, and what the server said in `.NAME.part.json`, so that the bytes of
two different files are never joined.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from mner.errors import InputError
from mner.files.load import read_json

__all__ = ["ServerFile", "UnfinishedFile"]


@dataclass(frozen=True)
class ServerFile:
    """What the server said of the file whose first bytes we have."""

    url: str
    validator: str
    """A strong ETag, or the date of the last change: goes back as If-Range."""
    total: int | None
    """The bytes of the whole file."""


class UnfinishedFile:
    """A file that is not complete, or not yet checked.

    Args:
        target: the name that the file will have.
    """

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f".{target.name}.part")
        self._description = target.with_name(f".{target.name}.part.json")

    def resumable(self, url: str) -> ServerFile | None:
        """Return what was said of bytes that can be resumed; other bytes are discarded."""
        try:
            described = read_json(self._description, ServerFile, advice="download it again")
        except InputError:
            described = None
        if described is not None and self._fits(described, url):
            return described
        self.discard()
        return None

    def start(self, described: ServerFile) -> None:
        """Discard the bytes there are, and note what is said of the file that follows."""
        self.discard()
        self._description.write_text(json.dumps(asdict(described)), encoding="utf-8")

    def discard(self) -> None:
        """Remove the bytes and what was said of them."""
        self.path.unlink(missing_ok=True)
        self._description.unlink(missing_ok=True)

    def finish(self, target: Path) -> None:
        """Give the file its name."""
        self.path.rename(target)
        self.discard()

    def advice(self) -> str:
        """Return what a message says of the bytes that are kept; empty if there are none."""
        if not (self._description.is_file() and self.path.is_file()):
            return ""
        kept = self.path.stat().st_size
        return f"; {kept} bytes are kept, and the same command resumes from there"

    def _fits(self, described: ServerFile, url: str) -> bool:
        return (
            self.path.is_file()
            and described.url == url
            and described.validator != ""
            and described.total is not None
            and self.path.stat().st_size <= described.total
        )
