"""The words of captions as regions."""

import re
from collections.abc import Sequence
from typing import Literal

from mner.encoding.vectors import VectorTable
from mner.types import PictureState, Post, Regions

__all__ = ["CaptionRegions", "caption_regions", "caption_words"]

_CAPTION_WORD = re.compile(r"\w+(?:'\w+)?")


class CaptionRegions:
    """The words of a post's caption as regions: caption-mediated, no pixel is seen."""

    looks_at: Literal["captions"] = "captions"

    def __init__(self, vectors: VectorTable) -> None:
        """Take the word vectors of the text side."""
        self._vectors = vectors
        self.width = vectors.dimension

    def __call__(self, posts: Sequence[Post]) -> list[Regions]:
        """See `RegionSource`."""
        return [caption_regions(post.caption, self._vectors) for post in posts]


def caption_words(caption: str | None) -> list[str]:
    """The words of a caption, without punctuation."""
    return _CAPTION_WORD.findall(caption or "")


def caption_regions(caption: str | None, vectors: VectorTable) -> Regions:
    """The words of a caption that have a vector, as regions (R, K)."""
    words = caption_words(caption)
    rows = vectors.rows(words)
    found = rows >= 0
    kept = tuple(word for word, is_found in zip(words, found, strict=True) if is_found)
    return Regions(
        PictureState.PRESENT if kept else PictureState.ABSENT, vectors.vectors(rows[found]), kept
    )
