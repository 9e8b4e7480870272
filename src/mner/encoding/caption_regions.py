"""The words of captions as regions, in place of parts of a picture."""

import re
from collections.abc import Sequence
from typing import Literal

from mner.encoding.vectors import VectorTable
from mner.types import PictureState, Post, Regions

__all__ = ["CaptionRegions", "caption_regions", "caption_words"]

_CAPTION_WORD = re.compile(r"\w+(?:'\w+)?")


class CaptionRegions:
    """Takes the words of a post's caption as regions: caption-mediated, no pixel is seen.

    Attributes:
        looks_at: what of a post it reads.
        width: V, the width of a region: that of a word vector.
    """

    looks_at: Literal["captions"] = "captions"

    def __init__(self, vectors: VectorTable) -> None:
        self._vectors = vectors
        self.width = vectors.dimension

    def __call__(self, posts: Sequence[Post]) -> list[Regions]:
        """Return the regions of each post; see `RegionSource`."""
        return [caption_regions(post.caption, self._vectors) for post in posts]


def caption_words(caption: str | None) -> list[str]:
    """Return the words of a caption, without punctuation."""
    return _CAPTION_WORD.findall(caption or "")


def caption_regions(caption: str | None, vectors: VectorTable) -> Regions:
    """Return the words of a caption that have a vector, as regions (R, K)."""
    words = caption_words(caption)
    rows = vectors.rows(words)
    known = tuple(word for word, row in zip(words, rows, strict=True) if row >= 0)
    state = PictureState.PRESENT if known else PictureState.ABSENT
    return Regions(state, vectors.vectors(rows[rows >= 0]), known)
