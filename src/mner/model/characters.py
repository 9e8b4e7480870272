"""A word's characters to one vector, by convolutions.

Shapes: B posts, T words, C characters, E character vector, F filters of all widths, N characters
of all words of a batch.
"""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from mner.types import NO_ROW

__all__ = ["CharacterCnn"]


class CharacterCnn(nn.Module):
    """Parallel convolutions over a word's characters, an activation, and the maximum over the word.

    Step 2 of Zhang et al. 2018. Each convolution is centred on every character of a word, with
    zeros beyond the word's ends. Where it would be centred on padding, it is left out of the
    maximum, so the result does not depend on the longest word of the batch.

    Args:
        size: rows of the table of characters.
        dimension: E, the width of a character's vector.
        filters: of each width.
        widths: of the convolutions, in characters.
        activation: has to rise, since it is applied after the maximum.
        dropout: on the result.

    Attributes:
        width: F, the width of the result.
    """

    def __init__(
        self,
        size: int,
        *,
        dimension: int,
        filters: int,
        widths: Sequence[int],
        activation: nn.Module,
        dropout: float,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(size, dimension, padding_idx=NO_ROW)
        bound = (3 / dimension) ** 0.5
        nn.init.uniform_(self.embedding.weight[1:].data, -bound, bound)
        self.convolutions = nn.ModuleList(nn.Conv1d(dimension, filters, width) for width in widths)
        self.activation = activation
        self.dropout = nn.Dropout(dropout)
        self.width = filters * len(widths)

    def forward(self, characters: Tensor) -> Tensor:
        """Encode words of characters (B, T, C), 0 for padding, to (B, T, F).

        A word without characters gets zeros.
        """
        batch, words, longest = characters.shape
        flat = characters.reshape(batch * words, longest)  # (B T, C)

        # Most of C is padding, since every word is as long as the longest: only what is centred on
        # a character is computed.
        at = (flat > NO_ROW).nonzero(as_tuple=True)  # word and position, (N,) each
        kernel, bias, before = self._joint_kernel()  # (F, E, widest), (F,)
        widest = kernel.shape[2]

        # The characters around each character
        positions = torch.arange(widest, device=flat.device) + at[1].unsqueeze(1)  # (N, widest)
        padded = nn.functional.pad(flat, (before, widest - 1 - before))
        around = padded[at[0].unsqueeze(1), positions]  # (N, widest)

        # All convolutions at once
        vectors = self.embedding(around).flatten(1)  # (N, widest E)
        scores = nn.functional.linear(vectors, kernel.transpose(1, 2).flatten(1), bias)  # (N, F)

        # The maximum over each word
        nothing = scores.new_full((batch * words, longest, self.width), float("-inf"))
        highest = nothing.index_put(at, scores).amax(dim=1)  # (B T, F)
        activated = self.activation(highest)
        is_empty = (flat == NO_ROW).all(dim=1, keepdim=True)  # (B T, 1)
        activated = activated.masked_fill(is_empty, 0.0)
        encoded: Tensor = self.dropout(activated.reshape(batch, words, self.width))
        return encoded

    def _joint_kernel(self) -> tuple[Tensor, Tensor, int]:
        """Return the filters of all widths as those of one convolution of the widest.

        Returns:
            The filters (F, E, widest), padded with zeros; their biases (F,); and how many
            characters before the centre they reach.
        """
        widths = [int(convolution.kernel_size[0]) for convolution in self._each()]
        before = max((width - 1) // 2 for width in widths)
        after = max(width // 2 for width in widths)
        weights, biases = [], []
        for convolution, width in zip(self._each(), widths, strict=True):
            missing = (before - (width - 1) // 2, after - width // 2)
            weights.append(nn.functional.pad(convolution.weight, missing))
            assert convolution.bias is not None
            biases.append(convolution.bias)
        return torch.cat(weights), torch.cat(biases), before

    def _each(self) -> Iterator[nn.Conv1d]:
        for convolution in self.convolutions:
            assert isinstance(convolution, nn.Conv1d)
            yield convolution
