"""The whole network: text encoder, fusion, linear head and CRF, passed in as parts."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from mner.model.crf import Crf
from mner.model.fusion import CoAttention, Fused, GatedFusion, TextOnly
from mner.model.seed import SeedFusion, SeedText
from mner.model.text import TextEncoder
from mner.model.transformer import Transformer
from mner.types import Batch, Emitted

__all__ = ["Network", "Output", "Tensors", "emit", "to_tensors"]


class Tensors(NamedTuple):
    """A `Batch` on a device; `lengths` stays on the CPU, where packing wants it."""

    words: Tensor
    vectors: Tensor
    characters: Tensor
    shapes: Tensor
    lengths: Tensor
    regions: Tensor
    region_mask: Tensor
    pieces: Tensor
    piece_mask: Tensor
    first_pieces: Tensor


class Output(NamedTuple):
    """Emissions (B, T, L), and where the model looked."""

    emissions: Tensor
    fused: Fused


class Network(nn.Module):
    """Posts to emissions, and the loss of gold tags."""

    def __init__(
        self,
        text: TextEncoder | SeedText,
        fusion: CoAttention | GatedFusion | TextOnly | SeedFusion,
        crf: Crf,
    ) -> None:
        """Take the parts; the head's size follows from theirs."""
        super().__init__()
        self.text = text
        self.fusion = fusion
        self.head = nn.Linear(fusion.width, len(crf.start))
        self.crf = crf

    def forward(self, inputs: Tensors) -> Output:
        """Score every tag at every word."""
        hidden = self.text(
            inputs.words,
            inputs.vectors,
            inputs.characters,
            inputs.shapes,
            inputs.lengths,
            *inputs[-3:],
        )
        positions = torch.arange(inputs.words.shape[1], device=hidden.device)
        mask = positions < inputs.lengths.to(hidden.device)[:, None]  # (B, T)
        fused = self.fusion(hidden, mask, inputs.regions, inputs.region_mask)
        return Output(self.head(fused.vectors), fused)

    def loss(self, inputs: Tensors, tags: Tensor, *, allowed: Tensor | None = None) -> Tensor:
        """The mean negative log likelihood of a batch's tags (B, T) or, where given, of the allowed ones (B, T, L)."""
        emissions = self(inputs).emissions
        if allowed is None:
            return -self.crf.log_likelihood(emissions, tags, inputs.lengths).mean()
        return -self.crf.partial_log_likelihood(emissions, allowed, inputs.lengths).mean()

    @property
    def transformer(self) -> Transformer | None:
        """The pretrained part of the text encoder, if it has one."""
        return self.text.transformer if isinstance(self.text, TextEncoder) else None

    def transition_scores(self) -> tuple[Tensor, Tensor, Tensor]:
        """What decoding adds to emissions: scores of standing first (L,), of steps (L, L), and of standing last (L,)."""
        return self.crf.start, self.crf.transitions, self.crf.end


def to_tensors(batch: Batch, device: torch.device | str = "cpu") -> Tensors:
    """Put a batch's arrays on a device."""
    arrays = {name: torch.from_numpy(getattr(batch, name)) for name in Tensors._fields}
    return Tensors(
        **{name: array if name == "lengths" else array.to(device) for name, array in arrays.items()}
    )


def emit(network: Network, batch: Batch, device: torch.device | str = "cpu") -> Emitted:
    """Run a network over a batch without gradients, as it is at use (no dropout)."""
    was_training = network.training
    network.eval()
    with torch.inference_mode():
        output = network(to_tensors(batch, device))
    network.train(was_training)
    fused = output.fused
    return Emitted(
        *(
            tensor.float().cpu().numpy()
            for tensor in (output.emissions, fused.region_weights, fused.word_weights, fused.gate)
        )
    )
