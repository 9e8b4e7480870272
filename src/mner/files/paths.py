"""The folders of the user's machine in which converted and downloaded files are kept."""

import os
from pathlib import Path

from mner.errors import InputError

__all__ = ["cache_folder", "downloads_folder"]


def cache_folder() -> Path:
    """Return `$MNER_CACHE`, or the folder `mner` in the user's cache folder.

    Raises:
        InputError: the user has no home folder, as in some containers.
    """
    if chosen := os.environ.get("MNER_CACHE"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or _home() / ".cache") / "mner"


def downloads_folder() -> Path:
    """Return the folder into which `mner data fetch` downloads."""
    return cache_folder() / "downloads"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError as exc:
        raise InputError(
            "this user has no home folder: name a folder for what is kept by MNER_CACHE"
        ) from exc
