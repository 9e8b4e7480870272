"""Archives from elsewhere, unpacked so that they can do no harm: nothing outside the folder, no links or devices, a bound on bytes and files."""

import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from tqdm import tqdm

from mner.errors import InputError
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


class _Member(NamedTuple):
    name: str
    size: int
    kind: str
    """`file`, `folder`, or what else it is."""
    open: Callable[[], IO[bytes] | None]


def unpack(archive: Path, folder: Path, *, largest: int, most: int) -> None:
    """Unpack a tar (plain or compressed) or a zip into a new folder, which appears only when it is complete.

    Args:
        archive: the file; its format is recognised from its content.
        folder: must not exist; the folder around it is made.
        largest: bytes that all files may have together.
        most: members that there may be.

    Raises:
        InputError: the archive is damaged or of another format, goes beyond a bound, or holds a link, a device, or a path that leads out of the folder.
    """
    try:
        with new_folder(folder) as part:
            _unpack(archive, part, largest=largest, most=most)
    except _DAMAGED as exc:
        raise InputError(
            f"{archive}: damaged, or neither tar nor zip ({type(exc).__name__}: {exc}): download or copy it again"
        ) from exc
    except OSError as exc:
        if (
            exc.filename is None and exc.errno is None
        ):  # gzip and bz2 tell of a damaged file in this way
            raise InputError(f"{archive}: damaged ({exc}): download or copy it again") from exc
        raise


def _unpack(archive: Path, root: Path, *, largest: int, most: int) -> None:
    left = largest
    members = _zip_members(archive) if zipfile.is_zipfile(archive) else _tar_members(archive)
    for number, member in enumerate(
        tqdm(members, desc=f"unpacking {archive.name}", unit=" files", leave=False), start=1
    ):
        if number > most:
            raise InputError(
                f"{archive}: holds more than {most} files: not the archive it should be"
            )
        path = _place(archive, member, root)
        if member.kind == "folder":
            path.mkdir(parents=True, exist_ok=True)
            continue
        if member.size > left:
            raise InputError(
                f"{archive}: {member.name}: the files have more than {largest} bytes: not the archive it should be"
            )
        left -= _write(archive, member, path)


def _tar_members(archive: Path) -> Iterator[_Member]:
    with tarfile.open(archive) as tar:
        for info in tar:
            kind = (
                "folder"
                if info.isdir()
                else "file"
                if info.isreg()
                else "link"
                if info.issym() or info.islnk()
                else "device"
            )
            yield _Member(info.name, info.size, kind, partial(tar.extractfile, info))


def _zip_members(archive: Path) -> Iterator[_Member]:
    with zipfile.ZipFile(archive) as packed:
        for info in packed.infolist():
            mode = stat.S_IFMT(info.external_attr >> 16)
            kind = (
                "folder"
                if info.is_dir()
                else "file"
                if mode in {0, stat.S_IFREG}
                else "link"
                if mode == stat.S_IFLNK
                else "device"
            )
            yield _Member(info.filename, info.file_size, kind, partial(packed.open, info))


def _place(archive: Path, member: _Member, root: Path) -> Path:
    """Where a member goes, which is inside of `root`: nothing in there is a link."""
    if member.kind not in {"file", "folder"}:
        raise InputError(
            f"{archive}: {member.name}: is a {member.kind}: expected files and folders only"
        )
    path = PurePosixPath(member.name)
    if (
        path.is_absolute()
        or ".." in path.parts
        or "\\" in member.name
        or "\0" in member.name
        or (member.kind == "file" and not path.parts)
    ):
        raise InputError(f"{archive}: {member.name!r}: leads out of the folder it is unpacked into")
    return root / path


def _write(archive: Path, member: _Member, path: Path) -> int:
    """Unpack one file; its bytes, which are never more than announced."""
    written = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        content = member.open()
        assert content is not None
        with content, path.open("xb") as file:
            while chunk := content.read(_CHUNK):
                written += len(chunk)
                if written > member.size:
                    raise InputError(
                        f"{archive}: {member.name}: has more than the {member.size} bytes it announces"
                    )
                file.write(chunk)
    except (FileExistsError, NotADirectoryError) as exc:
        raise InputError(f"{archive}: {member.name}: two members have this name") from exc
    return written
