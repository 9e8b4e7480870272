"""Texts that two corpora share: a score on posts that a training has read is no test score.

Texts are kept as digests of eight bytes, so that a model knows what it was trained on without
holding the posts. Whoever has a text can find out whether it was among them.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mner.corpora.comparable import comparable_text
from mner.spans.table import counted
from mner.types import Post

__all__ = [
    "DIGEST_SIZE",
    "MOST_SHARED",
    "Digests",
    "KnownTexts",
    "Overlap",
    "find_overlap",
    "text_digests",
]

Digests: TypeAlias = bytes
"""The digests of some texts side by side, in their order and each once.

A set of them would take ten times the memory.
"""

MOST_SHARED = 0.1
"""The largest share of test posts whose text may be one of train or dev."""

DIGEST_SIZE = 8
"""Bytes of a digest; two of a million texts share one with a probability of 3e-8."""

_BYTES = np.dtype(">u8")

# A corpus may have been read through its conventions, the other file not: both forms are alike.
_SIGN = re.compile(r"(?<!\S)@ (?=[A-Za-z_])")
_NUMBERED_URL = re.compile(r"(?<!\S)URL\d+(?!\S)")


class KnownTexts(NamedTuple):
    """The texts that a training read."""

    train: Digests
    dev: Digests


@dataclass(frozen=True)
class Overlap:
    """How many texts the posts of a file share with those that a training read."""

    posts: int
    """The posts of the file."""
    known: int
    """Those whose text is one of train or dev."""
    train: int
    """The texts of train that stand in the file, each counted once."""
    dev: int
    """The texts of dev that stand in the file, each counted once."""
    whole: tuple[str, ...] = ()
    """Which of `train` and `dev` have all their texts in the file."""

    @property
    def is_leak(self) -> bool:
        """Whether a score on the file is no test score.

        That is where more than `MOST_SHARED` of its posts are known, or all of train or dev are
        among them.
        """
        return bool(self.whole) or self.known > MOST_SHARED * self.posts

    def __str__(self) -> str:
        """Such as `9 of 3257 posts have a text of the training: 6 texts of train, 4 of dev`."""
        verb = "has" if self.known == 1 else "have"
        return (
            f"{self.known} of {counted(self.posts, 'post')} {verb} a text of the training: "
            f"{counted(self.train, 'text')} of train, {self.dev} of dev"
        )


def text_digests(posts: Iterable[Post]) -> Digests:
    """Return the digests of the posts' texts, by which `find_overlap` compares them.

    Texts are compared as `comparable_text` has them, whichever conventions their corpus follows; a
    post of which that leaves nothing is compared by its exact tokens.
    """
    return np.unique(_numbers(_joined(posts))).astype(_BYTES).tobytes()


def find_overlap(posts: Iterable[Post], known: KnownTexts) -> Overlap:
    """Count the texts that posts share with those of train and dev."""
    digests = _numbers(_joined(posts))
    train, dev = _numbers(known.train), _numbers(known.dev)
    shared = {"train": np.isin(train, digests), "dev": np.isin(dev, digests)}
    return Overlap(
        posts=len(digests),
        known=int(np.count_nonzero(np.isin(digests, train) | np.isin(digests, dev))),
        train=int(np.count_nonzero(shared["train"])),
        dev=int(np.count_nonzero(shared["dev"])),
        whole=tuple(name for name, texts in shared.items() if len(texts) and texts.all()),
    )


def _joined(posts: Iterable[Post]) -> bytes:
    """Return the digests of posts side by side, in the order of the posts."""
    digests = bytearray()
    for post in posts:
        digests += _digest(post)
    return bytes(digests)


def _numbers(digests: bytes) -> NDArray[np.uint64]:
    """Return digests as numbers that have the order of their bytes, (N,)."""
    return np.frombuffer(digests, dtype=_BYTES).astype(np.uint64)


def _digest(post: Post) -> bytes:
    words = _NUMBERED_URL.sub("http://t.co/x", _SIGN.sub("@", " ".join(post.tokens))).split(" ")
    # No comparable text holds a line break, so the two kinds cannot be confused.
    text = comparable_text(words) or "\n".join(["", *post.tokens])
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=DIGEST_SIZE).digest()
