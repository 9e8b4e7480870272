"""From hidden words to the vectors that are scored: co-attention, a plain gate, or neither.

Shapes: B posts, T words, R regions, D hidden, V region vector.
"""

from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from torch import Tensor, nn

__all__ = ["CoAttention", "Fused", "Fusion", "GatedFusion", "TextOnly"]


class Fused(NamedTuple):
    """What a fusion returns."""

    vectors: Tensor
    """(B, T, width), to be scored."""
    region_weights: Tensor
    """(B, T, R); R is 0 for a text-only model."""
    word_weights: Tensor
    """(B, T, T), or (B, T, 0) for a model in which the picture does not look at the words."""
    gate: Tensor
    """(B, T): the mean share of the picture in the fused vector, in [0, 1]."""


class Fusion(nn.Module, ABC):
    """What joins words and regions; subclasses set the two widths."""

    width: int
    """The width of a vector to be scored."""
    region_width: int
    """V, the width of a region as its encoder gives it; 0 where no regions are looked at."""

    @abstractmethod
    def forward(self, hidden: Tensor, mask: Tensor, regions: Tensor, region_mask: Tensor) -> Fused:
        """Fuse a batch.

        Args:
            hidden: (B, T, D) from the text encoder.
            mask: (B, T), True at words.
            regions: (B, R, V), R at least 1.
            region_mask: (B, R), True at regions that may be looked at; a post without a picture
                has none.
        """


class TextOnly(Fusion):
    """The text-only twin: the hidden words as they are, without a look at pictures.

    Args:
        width: D, the width of a hidden word, and of a vector to be scored.
    """

    region_width = 0

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width

    def forward(
        self,
        hidden: Tensor,
        mask: Tensor,  # noqa: ARG002
        regions: Tensor,  # noqa: ARG002
        region_mask: Tensor,  # noqa: ARG002
    ) -> Fused:
        """Return the hidden words (B, T, D) unchanged, with empty attention."""
        nothing = _no_weights(hidden)
        return Fused(hidden, nothing, nothing, hidden.new_zeros(hidden.shape[:2]))


class CoAttention(Fusion):
    """The adaptive co-attention of Zhang et al. 2018 (AAAI 2018).

    Words look at regions, what they saw looks back at the words, and two gates decide how much of
    it is taken. The numbers of the steps are those in `fusion_network`.

    The paper leaves two choices open. The filtration gate s_t is a linear layer from
    [h_t; m_t] to D, since as printed it has twice the entries of what it filters. A post without a
    picture has its fusion gate closed: m_t is the textual part alone.

    Args:
        width: D, the width of a hidden word.
        region_width: V, the width of a region as its encoder gives it.
        visual: attention from hidden words to regions, both of width D.
        textual: attention from attended regions to hidden words, both of width D.
        dropout: on the regions and on the filtered vector.

    Attributes:
        width: 2 D, the width of [h_t; u_t].
    """

    def __init__(
        self,
        width: int,
        region_width: int,
        *,
        visual: nn.Module,
        textual: nn.Module,
        dropout: float,
    ) -> None:
        super().__init__()
        self.region_width = region_width
        self.project = nn.Linear(region_width, width)
        self.visual = visual
        self.textual = textual
        self.visual_part = nn.Linear(width, width)
        self.textual_part = nn.Linear(width, width)
        self.fusion_gate = nn.Linear(2 * width, width)
        self.filtration_gate = nn.Linear(2 * width, width)
        self.filtered = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)
        self.width = 2 * width

    def forward(self, hidden: Tensor, mask: Tensor, regions: Tensor, region_mask: Tensor) -> Fused:
        """Fuse a batch; see `Fusion.forward`."""
        # Step 1. Regions as wide as words: v_i = tanh(W_I v~_i + b_I)
        values = self.dropout(torch.tanh(self.project(regions)))  # (B, R, D)

        # Step 4. Word-guided visual attention: v^_t = sum_i alpha_ti v_i
        seen, region_weights = self.visual(hidden, values, region_mask)  # (B, T, D), (B, T, R)

        # Step 5. Image-guided textual attention: h^_t = sum_j beta_tj h_j
        read, word_weights = self.textual(seen, hidden, mask)  # (B, T, D), (B, T, T)

        # Step 6. Gated multimodal fusion: m_t = g_t a_t + (1 - g_t) c_t with
        # a_t = tanh(W_a v^_t + b_a), c_t = tanh(W_c h^_t + b_c) and
        # g_t = sigmoid(W_g [a_t; c_t] + b_g)
        visual = torch.tanh(self.visual_part(seen))  # (B, T, D)
        textual = torch.tanh(self.textual_part(read))  # (B, T, D)
        open_gate = torch.sigmoid(self.fusion_gate(torch.cat([visual, textual], dim=-1)))
        gate = open_gate * _has_picture(region_mask, hidden)  # (B, T, D)
        fused = gate * visual + (1 - gate) * textual  # (B, T, D)

        # Step 7. Filtration gate: u_t = s_t tanh(W_u m_t + b_u) with
        # s_t = sigmoid(W_s [h_t; m_t] + b_s)
        filtration = torch.sigmoid(self.filtration_gate(torch.cat([hidden, fused], dim=-1)))
        filtered = self.dropout(filtration * torch.tanh(self.filtered(fused)))  # (B, T, D)

        vectors = torch.cat([hidden, filtered], dim=-1)  # (B, T, 2 D)
        return Fused(vectors, region_weights, word_weights, gate.mean(dim=-1))


class GatedFusion(Fusion):
    """Adds to each word as much of what it saw as its gate lets in.

    The result is h_t + g_t v^_t with g_t = sigmoid(W [h_t; v^_t] + b). With the mean in place of
    attention it is gated pooling, with several heads cross-attention. A post without a picture has
    its gate closed and is read as its text-only twin would read it.

    Args:
        width: D, the width of a hidden word, and of a vector to be scored.
        region_width: V, the width of a region as its encoder gives it.
        visual: attention from hidden words to regions, both of width D.
        dropout: on the regions and on what the gate lets in.
    """

    def __init__(self, width: int, region_width: int, *, visual: nn.Module, dropout: float) -> None:
        super().__init__()
        self.region_width = region_width
        self.project = nn.Linear(region_width, width)
        self.visual = visual
        self.gate = nn.Linear(2 * width, width)
        self.dropout = nn.Dropout(dropout)
        self.width = width

    def forward(
        self,
        hidden: Tensor,
        mask: Tensor,  # noqa: ARG002
        regions: Tensor,
        region_mask: Tensor,
    ) -> Fused:
        """Fuse a batch; see `Fusion.forward`."""
        # Regions as wide as words
        values = self.dropout(torch.tanh(self.project(regions)))  # (B, R, D)

        # What each word sees
        seen, region_weights = self.visual(hidden, values, region_mask)  # (B, T, D), (B, T, R)

        # How much of it is let in
        open_gate = torch.sigmoid(self.gate(torch.cat([hidden, seen], dim=-1)))
        gate = open_gate * _has_picture(region_mask, hidden)  # (B, T, D)
        nothing = _no_weights(hidden)
        return Fused(hidden + self.dropout(gate * seen), region_weights, nothing, gate.mean(dim=-1))


def _has_picture(region_mask: Tensor, like: Tensor) -> Tensor:
    """Return 1 for a post that has regions and 0 for one that has none, (B, 1, 1)."""
    return region_mask.any(dim=1).to(like.dtype)[:, None, None]


def _no_weights(hidden: Tensor) -> Tensor:
    """Return the weights of attention to nothing, (B, T, 0)."""
    return hidden.new_zeros((hidden.shape[0], hidden.shape[1], 0))
