"""Folders: those of the user's machine in which converted and downloaded files are kept, and new files and folders that appear when they are complete."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["cache_folder", "downloads_folder", "new_file", "new_folder"]


def cache_folder() -> Path:
    """`$MNER_CACHE`, or `mner` in the user's cache folder."""
    if chosen := os.environ.get("MNER_CACHE"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mner"


def downloads_folder() -> Path:
    """Where `mner data fetch` puts what it brings."""
    return cache_folder() / "downloads"


@contextmanager
def new_file(file: Path) -> Iterator[Path]:
    """A name beside `file` to be written to, which takes its place when nothing fails and is removed when something does; for one writer at a time."""
    part = file.with_name(f".{file.name}.part")
    try:
        yield part
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """An empty folder beside `folder`, which takes its place when nothing fails and is removed when something does; for one writer at a time."""
    part, old = (folder.with_name(f".{folder.name}.{ending}") for ending in ("part", "old"))
    shutil.rmtree(part, ignore_errors=True)  # of a program that was killed
    part.mkdir(parents=True)
    try:
        yield part
        if folder.exists():
            shutil.rmtree(old, ignore_errors=True)
            folder.rename(old)
        try:
            part.rename(folder)
        except OSError:
            if old.exists():
                old.rename(folder)
            raise
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(part, ignore_errors=True)
