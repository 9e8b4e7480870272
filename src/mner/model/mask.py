"""Where a padded batch has words."""

import torch
from torch import Tensor

__all__ = ["word_mask"]


def word_mask(lengths: Tensor, longest: int, *, device: torch.device) -> Tensor:
    """Return True at words and False at padding, (B, T), for posts of these lengths (B,)."""
    positions = torch.arange(longest, device=device)  # (T,)
    return positions < lengths.to(device)[:, None]
