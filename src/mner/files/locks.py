"""Locks that let one process at a time make a converted or downloaded file, or train in a folder; the system frees those of a process that is killed."""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mner.errors import ConfigError

__all__ = ["RESERVED", "locked", "reserved"]

RESERVED = ".lock"
"""The empty file of a folder by which it is reserved; it stays."""

_LOG = logging.getLogger(__name__)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes out while `path` is made.

    The empty lock file stays: who deletes one may delete another's.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{path.name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _LOG.info("%s: waiting for another process that is making it", path)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def reserved(folder: Path) -> Iterator[None]:
    """Work alone in a folder, which there must be.

    Raises:
        ConfigError: another process does.
    """
    with (folder / RESERVED).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(
                f"{folder}: another process is training in this folder: wait for it or end it, or choose another folder by --out"
            ) from None
        yield
