"""The folders of the user's machine in which converted and downloaded files are kept."""

import os
from pathlib import Path

__all__ = ["cache_folder", "downloads_folder"]


def cache_folder() -> Path:
    """Return `$MNER_CACHE`, or the folder `mner` in the user's cache folder."""
    if chosen := os.environ.get("MNER_CACHE"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mner"


def downloads_folder() -> Path:
    """Return the folder into which `mner data fetch` downloads."""
    return cache_folder() / "downloads"
