"""Posts of a corpus as a recipe wants them: read, with captions attached."""

from pathlib import Path

from mner.config import Data
from mner.data.captions import attach_captions
from mner.data.read import read_posts
from mner.types import Post

__all__ = ["read_corpus"]


def read_corpus(path: Path, data: Data, *, captions: Path | None) -> list[Post]:
    """All posts of a file.

    Args:
        path: the file.
        data: names format, scheme, the policy for orphans and the caption fields.
        captions: JSONL file of captions, or None.

    Raises:
        InputError: the file or the captions cannot be read.
    """
    posts = read_posts(path, format=data.format, scheme=data.scheme, orphans=data.orphans)
    if captions is not None:
        posts = attach_captions(posts, captions, fields=data.caption_fields or None)
    return list(posts)
