"""Files and folders that appear when they are complete.

They are written under a temporary name beside the target, which no other process uses, and renamed
when nothing has failed. Readers see the old content or the new one, never half of it. After a loss
of power that holds as well where `flush_to_disk` was called; it costs some milliseconds a file.
"""

import glob
import os
import shutil
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EEXIST
from pathlib import Path
from platform import node
from typing import TextIO

__all__ = ["flush_to_disk", "new_file", "new_folder", "new_text"]


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Yield a temporary file name that becomes `path` when the block succeeds.

    A file that is replaced keeps its permissions, and a link to it stays a link. A device or a pipe
    cannot be replaced, so its own path is yielded. When the block fails, the temporary file is
    removed.
    """
    if path.exists() and not path.is_file():
        yield path
        return
    target = path.resolve()
    temporary = _temporary(target, ending="part")
    _remove_leftovers(target, ending="part")
    permissions = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    try:
        if permissions is not None:
            temporary.touch(mode=0o600)  # nobody else reads what may be for the owner alone
        yield temporary
        if permissions is not None:
            temporary.chmod(permissions)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def new_text(path: Path) -> Iterator[TextIO]:
    """Yield a stream of UTF-8 text that becomes the file `path`; see `new_file`."""
    with (
        new_file(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="\n") as stream,
    ):
        yield stream


@contextmanager
def new_folder(path: Path, *, replace: bool = True) -> Iterator[Path]:
    """Yield an empty temporary folder that becomes `path` when the block succeeds.

    When the block fails, the temporary folder is removed.

    Args:
        path: the folder.
        replace: an older folder at `path` stays until the block succeeds, and is removed
            afterwards. Without it, `path` must not exist.

    Raises:
        FileExistsError: without `replace`, something has appeared at `path` meanwhile.
    """
    target = path.resolve()
    temporary = _temporary(target, ending="part")
    _remove_leftovers(target, ending="part")
    temporary.mkdir(parents=True)
    try:
        yield temporary
        if replace:
            _exchange(temporary, target)
        else:
            _place(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def flush_to_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk itself.

    Called on a file before it is renamed, and on its folder afterwards, so that no loss of power
    leaves a name without its content. Windows cannot do it for folders, and does nothing.
    """
    is_folder = path.is_dir()
    if is_folder and os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _exchange(temporary: Path, target: Path) -> None:
    """Rename a folder to `target` and remove the folder that was there."""
    old = _temporary(target, ending="old")
    if target.exists():
        target.rename(old)
    try:
        temporary.rename(target)
    except OSError:
        if old.exists() and not target.exists():
            old.rename(target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)
    _remove_leftovers(target, ending="old")


def _place(temporary: Path, target: Path) -> None:
    """Rename a folder to a name that must be free."""
    try:
        if target.exists():
            raise FileExistsError
        temporary.rename(target)  # fails by itself if another program has filled `target` since
    except OSError as exc:
        if target.exists():
            reason = "another program has written it meanwhile; name another one"
            raise FileExistsError(EEXIST, reason, str(target)) from exc
        raise


def _temporary(target: Path, *, ending: str) -> Path:
    """Return a name beside `target` that says which process uses it."""
    owner = f"{os.getpid()}-{_machine()}-{os.urandom(4).hex()}"
    return target.with_name(f".{target.name}.{owner}.{ending}")


def _remove_leftovers(target: Path, *, ending: str) -> None:
    """Remove the temporary files and folders of programs that were killed."""
    for leftover in target.parent.glob(f".{glob.escape(target.name)}.*-*-*.{ending}"):
        if _is_abandoned(leftover):
            shutil.rmtree(leftover, ignore_errors=True)
            leftover.unlink(missing_ok=True)


def _is_abandoned(temporary: Path) -> bool:
    """Return whether the process that made a temporary name has ended.

    Unknown, and thus False, for processes of other machines (on a shared disk) and on Windows.
    """
    owner, machine, _ = temporary.suffixes[-2].removeprefix(".").split("-")
    if os.name != "posix" or machine != _machine() or not owner.isdecimal():
        return False
    try:
        os.kill(int(owner), 0)  # sends no signal, but asks whether one could be sent
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _machine() -> str:
    return f"{zlib.crc32(node().encode()):08x}"
