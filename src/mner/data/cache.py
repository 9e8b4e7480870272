"""The folder where converted and downloaded files are kept, and the lock that lets one process at a time make one of them."""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["cache_folder", "downloads_folder", "locked"]

_LOG = logging.getLogger(__name__)


def cache_folder() -> Path:
    """`$MNER_CACHE`, or `mner` in the user's cache folder."""
    if chosen := os.environ.get("MNER_CACHE"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mner"


def downloads_folder() -> Path:
    """Where `mner data fetch` puts what it brings."""
    return cache_folder() / "downloads"


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
