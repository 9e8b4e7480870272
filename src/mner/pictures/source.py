"""Where the pictures of posts are: in memory, in a folder by id, at a path, or at a URL."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from mner.errors import InputError
from mner.pictures.decode import Picture, read_picture, read_preview
from mner.pictures.names import find_picture, find_spelling, leads_out
from mner.types import PictureBytes, PictureState, UntrustedReference

__all__ = ["PictureSource", "check_folder"]

_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)

_KEPT_BYTES = 64_000_000
"""The most that is kept of what was fetched; the last picture is kept whatever its size."""
_MOST_KEPT = 1_024
"""The most pictures that are kept: two chunks of posts."""
_NOT_THERE = Picture(PictureState.ABSENT, None, "no file of this name in the folder of pictures")


@dataclass(frozen=True, slots=True)
class PictureSource:
    """Finds and reads the picture that a post names.

    Raises:
        InputError: there is no such folder, so no picture would be found in it; or paths are to be
            trusted and URLs followed.
    """

    folder: Path | None = None
    """Folder of pictures by id; without it, a post's picture is a path."""
    base: Path = Path()
    """The folder to which relative paths are relative."""
    fetch: Callable[[str], bytes] | None = None
    """Gets what is at a URL and raises InputError where it cannot, such as `Fetcher`; without it,
    URLs are not followed."""
    trust_paths: bool = False
    """Whether a path that was read from a file of posts may lead out of `base`. Paths that the
    program gives itself always may (see `UntrustedReference`)."""
    stored: Callable[[str], bytes | None] | None = None
    """Gets a picture by id out of an object store, where `folder` is one of a disk; None where
    there is none, InputError where it cannot be read."""

    _kept: dict[str, bytes | str] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """What was fetched last, or why it could not be fetched, oldest first: tagging, reasons and
    previews each ask for a picture."""

    def __post_init__(self) -> None:
        if self.folder is not None:
            check_folder(self.folder)
        if self.trust_paths and self.fetch is not None:
            raise InputError(
                "trust_paths does not go with fetch: posts whose URLs are followed come from"
                " strangers, and their paths stay in the folder"
            )

    def read(self, reference: str, *, size: int = 224) -> Picture:
        """Read a picture as a square of `size` pixels; see `read_picture`.

        What is missing or cannot be fetched is a state with a reason.
        """
        return self._read(reference, lambda source: read_picture(source, size=size))

    def read_whole(self, reference: str, *, longest: int) -> Picture:
        """Read a picture in its own proportions, its longer side at most `longest` pixels.

        What is missing or cannot be fetched is a state with a reason.
        """
        return self._read(reference, lambda source: read_preview(source, longest=longest))

    def preview(self, reference: str, *, longest: int = 480, quality: int = 85) -> bytes | None:
        """Return a small JPEG of a picture in its own proportions, for people.

        It is None where there is nothing to show.

        Args:
            reference: the picture.
            longest: the longer side, in pixels.
            quality: the quality of the JPEG, at most 95.
        """
        pixels = self.read_whole(reference, longest=longest).pixels
        if pixels is None:
            return None
        from PIL import Image

        buffer = BytesIO()
        Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
        return buffer.getvalue()

    def _read(self, reference: str, read: Callable[[Path | bytes], Picture]) -> Picture:
        if isinstance(reference, PictureBytes):
            return read(reference.content)
        if _URL.match(reference):
            return self._read_url(reference, read)
        if self.stored is not None:
            return self._read_fetched(reference, self.stored, read)
        if self.folder is None:
            return self._read_path(reference, read)
        path = find_picture(self.folder, reference)
        return _NOT_THERE if path is None else read(path)

    def _read_path(self, reference: str, read: Callable[[Path | bytes], Picture]) -> Picture:
        is_trusted = self.trust_paths or not isinstance(reference, UntrustedReference)
        if is_trusted:
            return read(find_spelling(self.base, reference))
        if _stays_in(self.base, reference):
            path = find_spelling(self.base, reference)
            if _stays_in(self.base, str(path.relative_to(self.base))):
                return read(path)
        reason = (
            "a path out of the folder of the input is not followed: use --trust-paths"
            " (trust_paths=True) if you trust who wrote the file"
        )
        if self.fetch is not None:
            reason = "with --allow-urls, a path out of the folder of the input is not followed"
        return Picture(PictureState.UNREADABLE, None, reason)

    def _read_url(self, url: str, read: Callable[[Path | bytes], Picture]) -> Picture:
        if self.fetch is None:
            reason = "a URL is followed only with --allow-urls"
            return Picture(PictureState.UNREADABLE, None, reason)
        return self._read_fetched(url, self.fetch, read)

    def _read_fetched(
        self,
        reference: str,
        fetch: Callable[[str], bytes | None],
        read: Callable[[Path | bytes], Picture],
    ) -> Picture:
        """Read what is at a URL or in a store; what is kept is not asked for again."""
        content = self._kept.get(reference)
        if content is None:
            try:
                content = fetch(reference)
            except InputError as exc:
                content = str(exc)
            if content is None:
                return _NOT_THERE
            self._kept[reference] = content
            self._forget_oldest()
        if isinstance(content, str):
            return Picture(PictureState.UNREADABLE, None, content)
        return read(content)

    def _forget_oldest(self) -> None:
        # Copies are looked at, and what is gone is no error: another thread may do the same.
        while len(self._kept) > 1:
            kept_bytes = sum(map(len, list(self._kept.values())))
            if len(self._kept) <= _MOST_KEPT and kept_bytes <= _KEPT_BYTES:
                break
            oldest = next(iter(list(self._kept)))
            self._kept.pop(oldest, None)


def check_folder(folder: Path) -> None:
    """Make sure that a folder of pictures exists; raises InputError where it does not."""
    if not folder.is_dir():
        problem = "is a file, expected a folder" if folder.is_file() else "no such folder"
        raise InputError(f"{folder}: {problem} of pictures")


def _stays_in(folder: Path, reference: str) -> bool:
    """Return whether a path stays in a folder, also after its symbolic links are followed."""
    if leads_out(reference):
        return False
    try:
        return folder.joinpath(reference).resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):
        return True  # no file has such a path, as its reader will say
