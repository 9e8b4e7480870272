"""Windows of a fixed size over long posts, padded in front, as the public Keras code reads posts.

Shapes: B posts, W windows, S positions in a window.
"""

from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["Windows"]


class Windows(NamedTuple):
    """Which words of which post each window holds; the last window of a post comes first."""

    posts: Tensor
    """(W,)"""
    starts: Tensor
    """(W,): the word at the window's first position; below 0 where the window starts with
    padding."""
    first: Tensor
    """(B,): each post's first window."""
    lengths: Tensor
    """(B,): words in each post."""
    size: int
    """S"""

    @classmethod
    def cut(cls, lengths: Tensor, size: int) -> "Windows":
        """Cut posts of these lengths (B,) into windows of S words.

        The first window ends with the last word of the post, the second S words before it, and so
        on. The last one starts with the first word; only a post of fewer than S words is padded.
        """
        counts = (lengths + size - 1) // size  # (B,)
        stops = counts.cumsum(0)  # (B,)
        # The end is a tensor, so that an exported graph holds for any batch.
        numbers = torch.arange(stops[-1], device=lengths.device)  # type: ignore[call-overload]
        posts = (numbers[:, None] >= stops).sum(dim=1)  # (W,)
        first = stops - counts  # (B,)

        # How many windows of the post come after this one in the text
        later = numbers - first[posts]  # (W,)
        starts = lengths[posts] - (later + 1) * size
        starts = torch.where(later > 0, starts.clamp(min=0), starts)
        return cls(posts, starts, first, lengths, size)

    def to(self, device: torch.device) -> "Windows":
        """Return the same windows on a device."""
        return Windows(
            self.posts.to(device),
            self.starts.to(device),
            self.first.to(device),
            self.lengths.to(device),
            self.size,
        )

    def find(self, words: Tensor) -> tuple[Tensor, Tensor]:
        """Return where words are: the window and the position in it, (B, X) each.

        Args:
            words: (B, X), or (1, X) for the same words of all posts. A word below 0 is padding; one
                beyond the end of its post means nothing.
        """
        later = ((self.lengths[:, None] - 1 - words) // self.size).clamp(min=0)
        rows = self.first[:, None] + later
        return rows, (words - self.starts[rows]).clamp(0, self.size - 1)
