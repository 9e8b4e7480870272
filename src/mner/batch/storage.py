"""Files of this machine or of an object store, through pyarrow."""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from mner.errors import InputError, MissingExtraError, clipped
from mner.files.write import flush_to_disk

__all__ = ["Storage", "StoredFile", "arrow"]

_BUFFER = 1 << 20


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file with what shows that it has changed."""

    path: str
    size: int
    changed: int
    """Nanoseconds since 1970; 0 where the store does not say."""

    @property
    def ending(self) -> str:
        """`.csv` and the like, in small letters."""
        return PurePosixPath(self.path).suffix.lower()


@dataclass(frozen=True)
class Storage:
    """A file or a folder: a path, or an address such as `s3://bucket/folder`.

    Credentials are those that pyarrow finds, such as the variables `AWS_ACCESS_KEY_ID` and
    `GOOGLE_APPLICATION_CREDENTIALS`.
    """

    name: str
    _opened: list[tuple[Any, str]] = field(default_factory=list, repr=False, compare=False)

    def __reduce__(self) -> tuple[type, tuple[str]]:
        """A worker opens the store itself."""
        return Storage, (self.name,)

    @property
    def system(self) -> Any:
        """The file system of pyarrow."""
        return self._open()[0]

    @property
    def root(self) -> str:
        """The path within the file system."""
        return self._open()[1]

    @property
    def is_local(self) -> bool:
        """Whether this is a path of this machine."""
        return "://" not in self.name

    @property
    def is_on_disk(self) -> bool:
        """Whether the files are on a disk of this machine, by a path or by `file://`."""
        return bool(self.system.type_name == "local")

    def info(self) -> Any:
        """Return what pyarrow says of the file or folder.

        Raises:
            InputError: the store cannot be asked.
        """
        try:
            (info,) = self.system.get_file_info([self.root])
        except OSError as exc:
            raise InputError(f"{self.name}: cannot be read: {clipped(exc)}") from exc
        return info

    def files(self) -> list[StoredFile]:
        """Return the file, or all files of the folder and of the folders in it, by name.

        Names that begin with a dot or an underscore are left out, as other programs do.

        Raises:
            InputError: there is no such file or folder.
        """
        from pyarrow.fs import FileSelector, FileType

        info = self.info()
        if info.type == FileType.NotFound:
            raise InputError(f"{self.name}: no such file or folder")
        infos = [info]
        try:
            if info.type == FileType.Directory:
                infos = self.system.get_file_info(FileSelector(self.root, recursive=True))
        except OSError as exc:
            raise InputError(f"{self.name}: cannot be read: {clipped(exc)}") from exc
        found = []
        for info in infos:
            hidden = info.path.removeprefix(self.root).strip("/").split("/")
            is_hidden = any(part.startswith((".", "_")) for part in hidden)
            if info.type == FileType.File and not is_hidden:
                found.append(StoredFile(info.path, info.size, info.mtime_ns or 0))
        return sorted(found, key=lambda file: file.path)

    def path(self, name: str) -> str:
        """Return the path of a file in the folder."""
        return f"{self.root.rstrip('/')}/{name}"

    def open(self, path: str) -> Any:
        """Open a file for reading at any place."""
        return self.system.open_input_file(path)

    @contextmanager
    def stream(self, path: str) -> Iterator[io.BufferedReader]:
        """Open a file for reading line by line."""
        with self.system.open_input_file(path) as file:
            yield io.BufferedReader(cast(Any, file), _BUFFER)

    def read(self, path: str, start: int = 0, stop: int | None = None) -> bytes:
        """Return the bytes of a file from `start` up to `stop`."""
        with self.system.open_input_file(path) as file:
            file.seek(start)
            content: bytes = file.read(None if stop is None else stop - start)
        return content

    def write(self, name: str, write: Callable[[IO[bytes]], object]) -> None:
        """Write a file of the folder, which appears when it is complete.

        On a disk it is there after a loss of power as well: a file that is not whole would stand
        for work that is done.

        Raises:
            InputError: it cannot be written.
        """
        temporary = self.path(f".{name}.{os.getpid()}-{os.urandom(4).hex()}.part")
        try:
            self.system.create_dir(self.root, recursive=True)
            try:
                with self.system.open_output_stream(temporary) as stream:
                    write(stream)
                if self.is_on_disk:
                    flush_to_disk(Path(temporary))
                self.system.move(temporary, self.path(name))
            except BaseException:
                self._remove_if_there(temporary)
                raise
            if self.is_on_disk:
                flush_to_disk(Path(self.root))
        except OSError as exc:
            raise InputError(f"{self.path(name)}: cannot be written: {clipped(exc)}") from exc

    def names(self) -> set[str]:
        """Return the names of all files in the folder, also of those left out by `files`."""
        from pyarrow.fs import FileSelector

        selector = FileSelector(self.root, allow_not_found=True)
        return {info.base_name for info in self.system.get_file_info(selector)}

    def has(self, name: str) -> bool:
        """Return whether the folder has a file."""
        from pyarrow.fs import FileType

        (info,) = self.system.get_file_info([self.path(name)])
        return bool(info.type == FileType.File)

    def remove(self, name: str) -> None:
        """Remove a file of the folder."""
        self.system.delete_file(self.path(name))

    def _remove_if_there(self, path: str) -> None:
        with suppress(OSError):
            self.system.delete_file(path)

    def _open(self) -> tuple[Any, str]:
        if not self._opened:
            arrow()
            from pyarrow.fs import FileSystem, LocalFileSystem

            try:
                if self.is_local:
                    self._opened.append((LocalFileSystem(), str(Path(self.name).absolute())))
                else:
                    self._opened.append(FileSystem.from_uri(self.name))
            except (arrow().ArrowException, OSError, ValueError) as exc:
                raise InputError(f"{self.name}: cannot be opened: {clipped(exc)}") from exc
        return self._opened[0]


def arrow() -> Any:
    """Return pyarrow.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import pyarrow
    except ModuleNotFoundError as exc:
        raise MissingExtraError("tagging an archive", "tables") from exc
    return pyarrow
