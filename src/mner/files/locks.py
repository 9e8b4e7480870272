"""Locks between processes. The system frees the locks of a process that is killed."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import BinaryIO

from mner.errors import ConfigError, MnerError

__all__ = ["RESERVED", "held", "locked", "reserved"]

RESERVED = ".lock"
"""The empty file by which a folder is reserved. It stays in the folder."""

_LOG = logging.getLogger(__name__)
_PAUSE = 0.05
"""Seconds between two tries to get a lock that another process holds."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one process at a time make `path`; the others wait.

    The empty lock file beside `path` stays: a process that removed it could remove the lock of
    another process.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{path.name}.lock").open("wb") as file:
        if not _try_to_lock(file):
            _LOG.info("%s: waiting for another process that is making it", path)
            while not _try_to_lock(file):
                sleep(_PAUSE)
        yield


@contextmanager
def held(file: Path, *, error: MnerError) -> Iterator[BinaryIO]:
    """Hold a lock file, which is made where it is missing, and yield it, open for appending.

    Raises:
        MnerError: the given `error`, if another process holds the lock, or has renamed or removed
            the file when it let it go.
        OSError: the file cannot be made.
    """
    with file.open("ab") as stream:
        if not (_try_to_lock(stream) and _is_at(stream, file)):
            raise error
        yield stream


@contextmanager
def reserved(folder: Path) -> Iterator[None]:
    """Be the only process that trains in a folder, which must exist.

    Raises:
        ConfigError: another process is training in it.
    """
    error = ConfigError(
        f"{folder}: another process is training in this folder: "
        "wait for it or end it, or choose another folder by --out"
    )
    with held(folder / RESERVED, error=error):
        yield


def _is_at(stream: BinaryIO, file: Path) -> bool:
    """Return whether a path still names an open file."""
    try:
        return os.path.samestat(os.fstat(stream.fileno()), file.stat())
    except FileNotFoundError:
        return False


def _try_to_lock(file: BinaryIO) -> bool:
    """Lock an open file until it is closed; return False if another process has locked it."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)  # the lock is on the byte at this position
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    try:
        import fcntl
    except ImportError:
        return True  # a platform without either, such as a browser, runs one process
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
