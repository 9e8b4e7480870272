"""The lock that lets one process at a time make a converted or downloaded file."""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["locked"]

_LOG = logging.getLogger(__name__)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes out while `path` is made; the system frees the lock of a process that is killed.

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
