"""Where the pictures of posts are: in a folder by id, at a path, or, if the user allows it, at a URL."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from mner.errors import InputError
from mner.pictures.decode import Picture, find_picture, read_picture, read_preview
from mner.types import PictureState

__all__ = ["PictureSource"]

_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)

_KEPT_BYTES = 64_000_000
"""Of what was fetched, beside the last picture."""
_MOST_KEPT = 1_024
"""URLs; two windows of posts."""


@dataclass(frozen=True, slots=True)
class PictureSource:
    """Finds and reads the picture that a post names."""

    folder: Path | None = None
    """Folder of pictures by id; without it, a post's picture is a path."""
    base: Path = Path()
    """Where paths that are relative begin."""
    fetch: Callable[[str], bytes] | None = None
    """Gets what is at a URL and raises InputError where it cannot, such as `data.remote.Fetcher`; without it, URLs are not followed."""

    _kept: dict[str, bytes | str] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """What was fetched last, or why it could not be, oldest first: tagging, reasons and previews each ask for a picture."""

    def __post_init__(self) -> None:
        """Raises InputError where there is no such folder: no picture would be found in it."""
        if self.folder is not None and not self.folder.is_dir():
            raise InputError(f"{self.folder}: no such folder of pictures")

    def read(self, reference: str, *, size: int = 224) -> Picture:
        """The picture as `read_picture` gives it, a square of so many pixels; what is missing or cannot be had is a state with a reason."""
        return self._read(reference, lambda source: read_picture(source, size=size))

    def preview(self, reference: str) -> bytes | None:
        """A small JPEG of the picture in its own proportions, for people; None where there is none to show."""
        pixels = self._read(reference, read_preview).pixels
        if pixels is None:
            return None
        from PIL import Image

        buffer = BytesIO()
        Image.fromarray(pixels).save(buffer, "JPEG", quality=85)
        return buffer.getvalue()

    def _read(self, reference: str, read: Callable[[Path | bytes], Picture]) -> Picture:
        if _URL.match(reference):
            return self._fetched(reference, read)
        path = (
            self.base / reference if self.folder is None else find_picture(self.folder, reference)
        )
        return (
            read(path)
            if path is not None
            else Picture(
                PictureState.ABSENT, None, "no file of this name in the folder of pictures"
            )
        )

    def _fetched(self, url: str, read: Callable[[Path | bytes], Picture]) -> Picture:
        if self.fetch is None:
            return Picture(
                PictureState.UNREADABLE, None, "a URL is followed only with --allow-urls"
            )
        found = self._content(url, self.fetch)
        return (
            Picture(PictureState.UNREADABLE, None, found) if isinstance(found, str) else read(found)
        )

    def _content(self, url: str, fetch: Callable[[str], bytes]) -> bytes | str:
        """What is at a URL or why it cannot be had, asked for anew only where it is not among the last."""
        if (found := self._kept.get(url)) is None:
            try:
                found = fetch(url)
            except InputError as exc:
                found = str(exc)
            self._kept[url] = found
            while len(self._kept) > 1 and (
                len(self._kept) > _MOST_KEPT
                or sum(map(len, list(self._kept.values()))) > _KEPT_BYTES
            ):
                self._kept.pop(
                    next(iter(list(self._kept))), None
                )  # another thread may have been here too
        return found
