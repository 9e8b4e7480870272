"""The file of the picture that a post names, however the name is spelled.

The same name may be written in composed or decomposed characters (Unicode's NFC and NFD), with
slashes or backslashes, and with its ending in small or capital letters.
"""

import os
import stat
import unicodedata
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

__all__ = ["find_picture", "find_spelling", "leads_out", "possible_names"]

_SMALL = (
    ".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".jfif", ".avif", ".heic",
    ".heif",
)  # fmt: skip
_EXTENSIONS = ("", *_SMALL, *(extension.upper() for extension in _SMALL))
_SAME = ({".jpg", ".jpeg"}, {".tif", ".tiff"}, {".heic", ".heif"})
"""Endings that mean the same format."""


def find_picture(folder: Path, picture: str) -> Path | None:
    """Find the file of a post's picture.

    It is the name itself, or the name with .jpg, .jpeg, .png, .gif, .webp, .bmp, .tif, .tiff,
    .jfif, .avif, .heic or .heif after it, in small or capital letters. After that, .jpg may stand
    for .jpeg, and so on, and the name may be spelled in another way (see `find_spelling`).

    Args:
        folder: where the pictures are.
        picture: an id or a file name, with or without folders in it, or an absolute path into the
            folder.

    Returns:
        None where there is no such file, and for a name that leads out of the folder.
    """
    name = _inside(folder, picture)
    files = (folder / spelling for spelling in possible_names(name))
    return next((file for file in files if _is_there(file)), None)


def possible_names(picture: str) -> Iterator[str]:
    """Yield the names of files that a post's picture may be in, the likeliest first.

    There are none for a name that leads out of the folder of pictures; see `find_picture`.
    """
    if picture and not leads_out(picture):
        for spelling in _spellings(picture):
            for extension in _EXTENSIONS:
                yield f"{spelling}{extension}"


def find_spelling(base: Path, path: str) -> Path:
    """Return the file that a relative path means, in the first spelling that is there.

    Where none is, it is the path as it is given.
    """
    files = (base / spelling for spelling in _spellings(path))
    return next((file for file in files if _is_there(file)), base / path)


def leads_out(reference: str) -> bool:
    """Return whether a path is absolute or goes up, by the rules of any system."""
    path = PureWindowsPath(reference)  # which takes slashes and backslashes
    return bool(path.anchor) or ".." in path.parts


def _inside(folder: Path, picture: str) -> str:
    """Return an absolute path into the folder as a name in it, and anything else as it is."""
    if not os.path.isabs(picture):  # noqa: PTH117 - a path with a NUL is no error here
        return picture
    try:
        return str(Path(picture).relative_to(folder.absolute()))
    except ValueError:
        return picture


def _spellings(name: str) -> Iterator[str]:
    """Yield the spellings of a name, each once, first as it is."""
    spellings = dict.fromkeys((name, name.replace("\\", "/")))
    for form in ("NFC", "NFD"):
        spellings |= dict.fromkeys([unicodedata.normalize(form, text) for text in spellings])
    yield from spellings
    for spelling in spellings:
        stem, ending = os.path.splitext(spelling)  # noqa: PTH122 - folders are kept as they are
        same = next((group for group in _SAME if ending.lower() in group), {ending.lower()})
        if ending.lower() in _SMALL:
            for other in sorted(same):
                yield from (stem + other, stem + other.upper())


def _is_there(path: Path) -> bool:
    """Return whether there is a file, of whatever kind, that is no folder."""
    try:
        return not stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError):
        return False
