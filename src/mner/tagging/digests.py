"""The digests of the files of a model folder, which its description holds.

They tell files of another run, a folder that was half replaced, and damage. They are no signature:
who changes a file can change its digest.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import RawIOBase
from pathlib import Path
from typing import Any

from mner.errors import ModelError
from mner.files.load import Content, read_json
from mner.files.locks import locked
from mner.files.regular import require_regular
from mner.files.write import new_file, new_text
from mner.tagging.about import DAMAGED, REPAIR

__all__ = ["FileDigests", "read_digests", "replacing_file", "write_digests"]

_HASHED = 1 << 23
"""Larger files have a checksum, which takes half of the time: with SHA-256 of everything, the
starter would load 18 ms later, and so it is 13 ms."""
_WHOLE = 1 << 26
"""Larger files are read in samples, so that they can be mapped without being read. A file that is
another one, or is cut, is found; a single number that was changed between the samples is not."""
_BLOCK = 1 << 18
"""Bytes that are read at once."""
_SAMPLED = 1 << 22
"""In large files, a block is read from as many bytes: of 500 MB, 31 MB are read."""


@dataclass(frozen=True)
class _Listed:
    """The keys of the description that are about files."""

    files: dict[str, str] | None = None
    """FileDigests by path in the folder; None in a folder of an earlier version."""
    replacing: dict[str, str] = field(default_factory=dict)
    """The digests of files that are just taking the place of others."""


class FileDigests:
    """What is known of the files of a model folder; nothing of one of an earlier version.

    Args:
        about: the description of the model, in the folder.
        listed: what it says of the files; nothing for a model that is not in a folder yet.
    """

    def __init__(self, about: Path, listed: _Listed | None = None) -> None:
        self._about = about
        self._listed = listed or _Listed()

    @property
    def listed(self) -> frozenset[str]:
        """The files that the description lists, by their paths in the folder."""
        return frozenset(self._listed.files or ())

    def names(self, folder: str) -> set[str]:
        """Return the files in a folder of the model folder, those that are there or listed."""
        if self._listed.files is None:
            return set()
        listed = {name for name in self._listed.files if name.startswith(f"{folder}/")}
        there = (self._about.parent / folder).glob("*")
        return listed | {f"{folder}/{path.name}" for path in there}

    def lists(self, name: str) -> bool:
        """Return whether a file belongs to the folder, be it there or not."""
        return name in (self._listed.files or ())

    def digest(self, name: str) -> str | None:
        """Return the digest of a file; None where the folder lists none."""
        return (self._listed.files or {}).get(name)

    def require(self, names: Iterable[str]) -> None:
        """Make sure that files are those that the description lists.

        Raises:
            ModelError: a file is missing, is another one, or is not listed.
        """
        if self._listed.files is None:
            return
        for name in sorted(names):
            path = self._about.parent / name
            accepted = {self._listed.files.get(name), self._listed.replacing.get(name)} - {None}
            if not accepted:
                raise ModelError(
                    f"{path}: not among the files that {self._about.name} lists; it belongs to "
                    f"another model: {DAMAGED}"
                )
            if _digest(path) not in accepted:
                raise ModelError(
                    f"{path}: not the file that {self._about.name} describes; it was changed or "
                    f"is of another model: {DAMAGED}"
                )


def read_digests(about: Path | Content) -> FileDigests:
    """Read the digests in the description of a model, from its file or from what was read of it.

    Raises:
        ModelError: the description is missing or damaged.
    """
    listed = read_json(about, _Listed, advice=DAMAGED, error=ModelError)
    return FileDigests(about.path if isinstance(about, Content) else about, listed)


def write_digests(about: Path, *, but: Iterable[str] = ()) -> None:
    """Add the digests of all files of a new folder to its description.

    Args:
        about: the description.
        but: the files that nothing depends on.
    """
    folder = about.parent
    left_out = {about.name, *but}
    digests = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in left_out:
            digests[name] = _digest(path)
    _update(about, digests, {})


@contextmanager
def replacing_file(about: Path, name: str) -> Iterator[Path]:
    """Write a file of a folder as `new_file` does, with its digest.

    While the file takes the place of another one, both are accepted. So the folder can be loaded
    whenever the program is killed.

    Raises:
        ModelError: the description is damaged.
        OSError: the file cannot be written.
    """
    with locked(about.parent):
        listed = read_json(about, _Listed, advice=DAMAGED, error=ModelError)
        files = _settled(about.parent, listed)
        with new_file(about.parent / name) as part:
            yield part
            digest = _digest(part)
            if files is not None:
                _update(about, files, {name: digest})
        if files is not None:
            _update(about, {**files, name: digest}, {})


def _settled(folder: Path, listed: _Listed) -> dict[str, str] | None:
    """Return the digests of the files that are there.

    They include files that a program has replaced before it was killed.
    """
    if listed.files is None:
        return None
    files = {name: digest for name, digest in listed.files.items() if (folder / name).is_file()}
    for name, digest in listed.replacing.items():
        if (folder / name).is_file() and _digest(folder / name) == digest:
            files[name] = digest
    return files


def _update(about: Path, files: dict[str, str], replacing: dict[str, str]) -> None:
    values = read_json(about, dict[str, Any], advice=DAMAGED, error=ModelError)
    values.pop("replacing", None)
    values["files"] = dict(sorted(files.items()))
    if replacing:
        values["replacing"] = replacing
    with new_text(about) as stream:
        stream.write(json.dumps(values, indent=1) + "\n")


def _digest(path: Path) -> str:
    """Return a digest of a file, with the way in which it was made.

    Raises:
        ModelError: the file cannot be read.
    """
    try:
        size = require_regular(path).stat().st_size
        with path.open("rb", buffering=0) as file:
            if size <= _HASHED:
                return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()
            if size <= _WHOLE:
                return f"crc32:{size}:{_checksum(file, range(0, size, _BLOCK)):08x}"
            starts = (*range(0, size - _BLOCK, _SAMPLED), size - _BLOCK)
            return f"crc32-of-samples:{size}:{_checksum(file, starts):08x}"
    except OSError as exc:
        reason = exc.strerror or exc
        raise ModelError(
            f"the model folder is damaged ({path}: cannot be read ({reason})): {REPAIR}"
        ) from exc


def _checksum(file: RawIOBase, starts: Iterable[int]) -> int:
    """Return the checksum of blocks of a file."""
    checksum, buffer = 0, memoryview(bytearray(_BLOCK))
    for start in starts:
        file.seek(start)
        count = file.readinto(buffer) or 0
        checksum = zlib.crc32(buffer[:count], checksum)
    return checksum
