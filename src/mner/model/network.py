"""What every network offers, what enters it, and what leaves it.

Shapes: see `mner.types.Batch`; L tags.
"""

from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from torch import Tensor, nn

from mner.model.fusion import Fused
from mner.model.transformer import Transformer
from mner.types import Batch, Emitted

__all__ = ["Network", "Output", "Tensors", "emit", "to_tensors"]


class Tensors(NamedTuple):
    """A `Batch` on a device; `lengths` stays on the CPU, where the sizes of tensors are decided."""

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
    """What a network says of a batch."""

    emissions: Tensor
    """(B, T, L): the score of each tag at each word."""
    fused: Fused
    """Where the model looked."""


class Network(nn.Module, ABC):
    """What training, tagging and export need of a network; it has no parts of its own.

    A class rather than a `Protocol`, because torch and Accelerate ask for an `nn.Module`.
    """

    @abstractmethod
    def forward(self, inputs: Tensors) -> Output:
        """Score every tag at every word."""

    @abstractmethod
    def loss(self, inputs: Tensors, tags: Tensor, *, allowed: Tensor | None = None) -> Tensor:
        """Return the mean negative log likelihood of a batch.

        Args:
            inputs: the batch.
            tags: (B, T), gold.
            allowed: (B, T, L), the tags that gold leaves open; where given, the likelihood is that
                every word has one of them.
        """

    @abstractmethod
    def transition_scores(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return what decoding adds to emissions.

        Returns:
            The scores of tags that stand first (L,), of steps from tag to tag (L, L), and of tags
            that stand last (L,).
        """

    @property
    @abstractmethod
    def transformer(self) -> Transformer | None:
        """The pretrained part of the text encoder, if it has one."""

    @property
    @abstractmethod
    def vector_width(self) -> int:
        """K, the width of a word vector; 1 for a network that reads no word vectors."""

    @property
    @abstractmethod
    def region_width(self) -> int:
        """V, the width of a region; 0 for a network that looks at no regions."""


def to_tensors(batch: Batch, device: torch.device | str = "cpu") -> Tensors:
    """Put a batch's arrays on a device."""
    tensors = {name: torch.from_numpy(getattr(batch, name)) for name in Tensors._fields}
    for name in tensors.keys() - {"lengths"}:
        tensors[name] = tensors[name].to(device)
    return Tensors(**tensors)


def emit(network: Network, batch: Batch, device: torch.device | str = "cpu") -> Emitted:
    """Run a network over a batch without gradients and without dropout."""
    was_training = network.training
    network.eval()
    with torch.inference_mode():
        emissions, fused = network(to_tensors(batch, device))
    network.train(was_training)
    return Emitted(
        emissions=emissions.float().cpu().numpy(),
        region_weights=fused.region_weights.float().cpu().numpy(),
        word_weights=fused.word_weights.float().cpu().numpy(),
        gate=fused.gate.float().cpu().numpy(),
    )
