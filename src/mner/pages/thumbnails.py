"""Pictures inside a page, as many as its size allows."""

from collections.abc import Callable
from dataclasses import dataclass

from mner.pages.html import jpeg_url

__all__ = ["MOST_BYTES", "Thumbnails"]

MOST_BYTES = 12_000_000
"""The bytes that pictures may take in a page, so that a phone opens it without waiting."""


@dataclass
class Thumbnails:
    """Gives pictures as URLs that hold them, until the page is full."""

    most_bytes: int = MOST_BYTES
    embedded: int = 0
    """Number of pictures that the page holds."""
    left_out: int = 0
    """Number of pictures that came when the page was full."""
    _bytes: int = 0

    def url(self, picture: Callable[[], bytes | None], *, is_folded: bool) -> str | None:
        """Return a URL that holds a picture, or None if there is none or the page is full.

        Args:
            picture: returns a JPEG or None; not called if the page is full.
            is_folded: whether the post has no entities. The picture of such a post is left out
                once half of the room is used, which is kept for posts that are not folded.
        """
        room = self.most_bytes / 2 if is_folded else self.most_bytes
        if self._bytes >= room:
            self.left_out += 1
            return None
        jpeg = picture()
        if jpeg is None:
            return None
        url = jpeg_url(jpeg)
        self._bytes += len(url)
        self.embedded += 1
        return url

    def summary(self) -> str:
        """Say how many pictures the page holds; nothing if it holds all."""
        if not self.left_out:
            return ""
        return (
            f"{self.embedded:,} pictures are in this page. {self.left_out:,} more are left out, so "
            "that the page stays small."
        )
