"""Archives from elsewhere, unpacked so that they can do no harm.

Nothing is written outside the folder, there are no links or devices, and bytes and files have a
bound.
"""

import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Literal, TypeAlias, TypeVar

from tqdm import tqdm

from mner.errors import InputError, clipped
from mner.files.terminal import shown
from mner.files.write import new_folder

__all__ = ["unpack"]

_CHUNK = 1 << 20
_DAMAGED = (
    tarfile.TarError,
    zipfile.BadZipFile,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    RuntimeError,
)
_Kind: TypeAlias = Literal["file", "folder", "link", "device"]
_Member = TypeVar("_Member")


def unpack(archive: Path, folder: Path, *, largest: int, most: int) -> None:
    """Unpack a tar (plain or compressed) or a zip into a new folder.

    Args:
        archive: the file; its format is recognised from its content.
        folder: appears when all is unpacked; must not exist. The folder around it is made.
        largest: bytes that all files may have together.
        most: members that there may be.

    Raises:
        InputError: the archive is damaged or of another format, goes beyond a bound, or holds a
            link, a device, or a path that leads out of the folder.
    """
    try:
        with new_folder(folder) as root:
            guard = _Guard(archive, largest=largest, most=most)
            if zipfile.is_zipfile(archive):
                _unpack_zip(archive, root, guard)
            else:
                _unpack_tar(archive, root, guard)
    except _DAMAGED as exc:
        raise InputError(
            f"{archive}: damaged, or neither tar nor zip ({type(exc).__name__}: {clipped(exc)}): "
            "download or copy it again"
        ) from exc
    except OSError as exc:
        # gzip and bz2 report a damaged file in this way.
        if exc.filename is None and exc.errno is None:
            raise InputError(
                f"{archive}: damaged ({clipped(exc)}): download or copy it again"
            ) from exc
        raise


class _Guard:
    """Refuses members that could do harm, and archives that go beyond a bound."""

    def __init__(self, archive: Path, *, largest: int, most: int) -> None:
        self._archive = archive
        self._largest = self._left = largest
        self._most = most

    def counted(self, members: Iterable[_Member]) -> Iterator[_Member]:
        """Yield members with a progress bar, as many as there may be."""
        progress = tqdm(
            members, desc=shown(f"unpacking {self._archive.name}"), unit=" files", leave=False
        )
        for number, member in enumerate(progress, start=1):
            if number > self._most:
                raise InputError(
                    f"{self._archive}: holds more than {self._most} files: "
                    "not the archive it should be"
                )
            yield member

    def admit(self, name: str, kind: _Kind, *, size: int) -> None:
        """Refuse what is no file and no folder, leads out of the folder, or is too large."""
        if kind not in {"file", "folder"}:
            raise self.refusal(name, f"is a {kind}: expected files and folders only")
        path = PurePosixPath(name)
        is_odd = path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name
        if is_odd or (kind == "file" and not path.parts):
            raise self.refusal(repr(name), "leads out of the folder it is unpacked into")
        if kind == "file":
            if size > self._left:
                raise self.refusal(
                    name,
                    f"the files have more than {self._largest} bytes: not the archive it should be",
                )
            self._left -= size

    @contextmanager
    def new_member(self, name: str, path: Path) -> Iterator[None]:
        """Refuse a second member of the same name, or one below a file."""
        refusal = self.refusal(name, "two members have this name")
        if path.exists():
            raise refusal
        try:
            yield
        except (FileExistsError, NotADirectoryError) as exc:
            raise refusal from exc

    def refusal(self, name: str, reason: str) -> InputError:
        """Return the error for a member."""
        return InputError(f"{self._archive}: {name}: {reason}")


def _unpack_tar(archive: Path, root: Path, guard: _Guard) -> None:
    with tarfile.open(archive) as tar:
        for info in guard.counted(tar):
            kind = _kind_in_tar(info)
            guard.admit(info.name, kind, size=info.size)
            if kind == "folder":
                (root / info.name).mkdir(parents=True, exist_ok=True)
                continue
            with guard.new_member(info.name, root / info.name):
                tar.extract(info, root, set_attrs=False, filter="data")


def _kind_in_tar(info: tarfile.TarInfo) -> _Kind:
    if info.isdir():
        return "folder"
    if info.isreg():
        return "file"
    return "link" if info.issym() or info.islnk() else "device"


def _unpack_zip(archive: Path, root: Path, guard: _Guard) -> None:
    with zipfile.ZipFile(archive) as packed:
        for info in guard.counted(packed.infolist()):
            kind, path = _kind_in_zip(info), root / info.filename
            guard.admit(info.filename, kind, size=info.file_size)
            if kind == "folder":
                path.mkdir(parents=True, exist_ok=True)
                continue
            with guard.new_member(info.filename, path):
                path.parent.mkdir(parents=True, exist_ok=True)
                _unpack_zipped(packed, info, path=path, guard=guard)


def _kind_in_zip(info: zipfile.ZipInfo) -> _Kind:
    if info.is_dir():
        return "folder"
    mode = stat.S_IFMT(info.external_attr >> 16)
    if mode in {0, stat.S_IFREG}:
        return "file"
    return "link" if mode == stat.S_IFLNK else "device"


def _unpack_zipped(
    packed: zipfile.ZipFile, info: zipfile.ZipInfo, *, path: Path, guard: _Guard
) -> None:
    """Unpack one file, of no more bytes than it announces."""
    written = 0
    with packed.open(info) as content, path.open("xb") as file:
        while chunk := content.read(_CHUNK):
            written += len(chunk)
            if written > info.file_size:
                raise guard.refusal(
                    info.filename, f"has more than the {info.file_size} bytes it announces"
                )
            file.write(chunk)
