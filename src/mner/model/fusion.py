"""From hidden words to the vectors that are scored: the adaptive co-attention, its text-only twin, and a plain gate between the two."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

__all__ = ["CoAttention", "Fused", "GatedFusion", "TextOnly"]


class Fused(NamedTuple):
    """What a fusion gives."""

    vectors: Tensor
    """(B, T, width) to be scored."""
    region_weights: Tensor
    """(B, T, R); R is 0 for a text-only model."""
    word_weights: Tensor
    """(B, T, T), or (B, T, 0) for a model that does not look from the picture at its words."""
    gate: Tensor
    """(B, T): the mean share of the picture in the fused vector, in [0, 1]."""


class TextOnly(nn.Module):
    """The twin: the hidden words as they are; pictures are not looked at."""

    per_word = True

    def __init__(self, width: int) -> None:
        """Take the width D of a hidden word."""
        super().__init__()
        self.width = width

    def forward(
        self, hidden: Tensor, _mask: Tensor, _regions: Tensor, _region_mask: Tensor
    ) -> Fused:
        """Hidden words (B, T, D) unchanged, with empty attention."""
        nothing = hidden.new_zeros((hidden.shape[0], hidden.shape[1], 0))
        return Fused(hidden, nothing, nothing, hidden.new_zeros(hidden.shape[:2]))


class CoAttention(nn.Module):
    """The adaptive co-attention of Zhang et al. 2018 (AAAI 2018): attention over regions and over words, gated fusion, filtration gate.

    Two choices the paper leaves open. The filtration gate s_t is a linear layer from [h_t; m_t] to D, since as printed it has
    twice the entries of what it filters. A post without a picture has its fusion gate closed: m_t is the textual part alone.

    Attributes:
        width: 2 D, the width of [h_t; u_t].
    """

    def __init__(
        self, width: int, regions: int, *, visual: nn.Module, textual: nn.Module, dropout: float
    ) -> None:
        """Join words and regions.

        Args:
            width: D, of a hidden word.
            regions: V, of a region as its encoder gives it.
            visual: attention from hidden words to regions, both of width D.
            textual: attention from attended regions to hidden words, both of width D.
            dropout: on the regions and on the filtered vector.
        """
        super().__init__()
        self.project = nn.Linear(regions, width)
        self.visual = visual
        self.textual = textual
        self.visual_part = nn.Linear(width, width)
        self.textual_part = nn.Linear(width, width)
        self.fusion_gate = nn.Linear(2 * width, width)
        self.filtration_gate = nn.Linear(2 * width, width)
        self.filtered = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)
        self.width = 2 * width

    @property
    def per_word(self) -> bool:
        """Whether words of a post may attend differently."""
        return bool(self.visual.per_word)

    def forward(self, hidden: Tensor, mask: Tensor, regions: Tensor, region_mask: Tensor) -> Fused:
        """Fuse a batch.

        Args:
            hidden: (B, T, D) from the text encoder.
            mask: (B, T), True at words.
            regions: (B, R, V), R at least 1.
            region_mask: (B, R), True at regions that may be looked at; a post without a picture has none.
        """
        values = self.dropout(torch.tanh(self.project(regions)))  # (B, R, D)
        seen, region_weights = self.visual(hidden, values, region_mask)
        read, word_weights = self.textual(seen, hidden, mask)
        visual = torch.tanh(self.visual_part(seen))  # (B, T, D)
        textual = torch.tanh(self.textual_part(read))
        gate = torch.sigmoid(self.fusion_gate(torch.cat([visual, textual], dim=-1))) * _has_picture(
            region_mask, hidden
        )
        fused = gate * visual + (1 - gate) * textual
        filtration = torch.sigmoid(self.filtration_gate(torch.cat([hidden, fused], dim=-1)))
        filtered = self.dropout(filtration * torch.tanh(self.filtered(fused)))
        return Fused(
            torch.cat([hidden, filtered], dim=-1), region_weights, word_weights, gate.mean(dim=-1)
        )


class GatedFusion(nn.Module):
    """Words look at the regions, and each takes as much of what it saw as its gate lets in: h_t + g_t * v^_t with g_t = sigmoid(W [h_t; v^_t]).

    With the mean in place of attention it is gated pooling, with several heads cross-attention. A post without a picture has its gate closed
    and is read as its text-only twin would read it.

    Attributes:
        width: D, as of a hidden word.
    """

    def __init__(self, width: int, regions: int, *, visual: nn.Module, dropout: float) -> None:
        """Join words and regions.

        Args:
            width: D, of a hidden word.
            regions: V, of a region as its encoder gives it.
            visual: attention from hidden words to regions, both of width D.
            dropout: on the regions and on what the gate lets in.
        """
        super().__init__()
        self.project = nn.Linear(regions, width)
        self.visual = visual
        self.gate = nn.Linear(2 * width, width)
        self.dropout = nn.Dropout(dropout)
        self.width = width

    @property
    def per_word(self) -> bool:
        """Whether words of a post may attend differently."""
        return bool(self.visual.per_word)

    def forward(self, hidden: Tensor, _mask: Tensor, regions: Tensor, region_mask: Tensor) -> Fused:
        """Fuse a batch; see `CoAttention.forward`."""
        values = self.dropout(torch.tanh(self.project(regions)))  # (B, R, D)
        seen, region_weights = self.visual(hidden, values, region_mask)
        gate = torch.sigmoid(self.gate(torch.cat([hidden, seen], dim=-1))) * _has_picture(
            region_mask, hidden
        )  # (B, T, D)
        nothing = hidden.new_zeros((hidden.shape[0], hidden.shape[1], 0))
        return Fused(hidden + self.dropout(gate * seen), region_weights, nothing, gate.mean(dim=-1))


def _has_picture(region_mask: Tensor, like: Tensor) -> Tensor:
    """(B, 1, 1): 1 for a post that has regions, 0 for one that has none."""
    return region_mask.any(dim=1).to(like.dtype)[:, None, None]
