"""The layers of the public Keras code of the paper, as they stand there (github.com/Euruson/NERmultimodal, `multimodal_ner.py`).

They differ from the paper (docs/coming-from-keras.md): two BiLSTMs, stacked character convolutions, image layers of their own for score
and value, a scalar fusion gate from a sum, a scalar filtration gate, and no mask over padding anywhere.

Left out, because no emission depends on them: the layers of the attentions' queries, and the biases of the scores. The softmax cancels
both (see `ConcatAttention`), so the attended picture and the attended text are one vector a post, and what is built of them is computed once.
Left otherwise: the gates of the LSTMs are the sigmoid of Keras 3 and torch, not the piecewise linear one that was Keras's default before 2.3.

Shapes: W windows, S places in a window (padding in front included), C characters, R regions, V region vector, D hidden, K attention size.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mner.model.attention import masked_softmax
from mner.model.fusion import Fused
from mner.model.text import WordTable

__all__ = ["SeedCharacters", "SeedFusion", "SeedText"]

_CHARACTER_DENSE, _CHARACTER_WIDTH = 100, 50
_PADDING_RANGE = 0.25
"""The vector of padding is drawn once from this range and stays, as that of any word which the seed has no vector for."""


class SeedText(nn.Module):
    """h = BiLSTM([BiLSTM(word vectors); characters]), both over the padding too.

    Attributes:
        width: D, both directions together.
    """

    def __init__(self, words: WordTable, characters: "SeedCharacters", *, hidden: int) -> None:
        """Take the vectors of words, their character encoder, and the size of one direction of either LSTM."""
        super().__init__()
        self.words = words
        self.characters = characters
        self.first = nn.LSTM(words.width, hidden, batch_first=True, bidirectional=True)
        self.second = nn.LSTM(
            2 * hidden + characters.width, hidden, batch_first=True, bidirectional=True
        )
        self.padding: Tensor
        self.register_buffer(
            "padding", torch.empty(words.width).uniform_(-_PADDING_RANGE, _PADDING_RANGE)
        )
        self.width = 2 * hidden

    def forward(self, words: Tensor, vectors: Tensor, characters: Tensor, mask: Tensor) -> Tensor:
        """Encode windows.

        Args:
            words: (W, S) rows of the word table.
            vectors: (W, S, K) pretrained vectors.
            characters: (W, S, C), 0 at padding.
            mask: (W, S), True at words.

        Returns:
            (W, S, D), at words and padding alike.
        """
        known = torch.where(
            mask.unsqueeze(-1), self.words(words, vectors), self.padding
        )  # (W, S, K)
        context, _ = self.first(known)
        hidden: Tensor = self.second(torch.cat([context, self.characters(characters)], dim=-1))[0]
        return hidden


class SeedCharacters(nn.Module):
    """Three convolutions one after the other, each with relu, pooling by two and dropout; batch normalisation; two dense layers.

    Attributes:
        width: of the result.
    """

    def __init__(
        self,
        size: int,
        *,
        dimension: int,
        filters: int,
        widths: Sequence[int],
        longest: int,
        dropout: float,
    ) -> None:
        """Take the number of characters and the size of their vectors, filters and widths of the convolutions, the characters of a word, and the dropout."""
        super().__init__()
        self.embedding = nn.Embedding(size, dimension)  # padding has a trained vector
        inputs = [dimension] + [filters] * (len(widths) - 1)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(channels, filters, width)
            for channels, width in zip(inputs, widths, strict=True)
        )
        self.normalisation = nn.BatchNorm1d(filters, eps=1e-3, momentum=0.01)  # Keras's defaults
        self.dense = nn.Linear(filters * (longest // 2 ** len(widths)), _CHARACTER_DENSE)
        self.out = nn.Linear(_CHARACTER_DENSE, _CHARACTER_WIDTH)
        self.dropout = nn.Dropout(dropout)
        self.longest = longest
        self.width = _CHARACTER_WIDTH

    def forward(self, characters: Tensor) -> Tensor:
        """Characters (W, S, C), C at most the longest word, to (W, S, width)."""
        windows, places, given = characters.shape
        padded = nn.functional.pad(
            characters.reshape(windows * places, given), (0, self.longest - given)
        )
        maps = self.embedding(padded).transpose(1, 2)  # (WS, E, longest)
        for convolution in self.convolutions:
            maps = self.dropout(nn.functional.max_pool1d(_same(convolution, maps).relu(), 2))
        flat = (
            self.normalisation(maps).transpose(1, 2).flatten(1)
        )  # channels last, as Keras flattens
        encoded: Tensor = self.out(self.dropout(self.dense(flat).relu()))
        return encoded.reshape(windows, places, self.width)


class SeedFusion(nn.Module):
    """One vector of picture and text a post, beside the hidden word.

    A post without a picture attends to none and has its fusion gate closed, as in `CoAttention`; the public code has no such posts.

    Attributes:
        width: 2 K, of the vectors to be scored.
    """

    per_word = False

    def __init__(self, width: int, regions: int, *, size: int) -> None:
        """Take the widths D of a hidden word and V of a region, and the size K of everything else."""
        super().__init__()
        self.region_key = nn.Linear(regions, size)
        self.region_score = nn.Linear(size, 1, bias=False)
        self.project = nn.Linear(regions, size)
        self.word_key = nn.Linear(width, size)
        self.word_score = nn.Linear(size, 1, bias=False)
        self.visual_part = nn.Linear(size, size)
        self.textual_part = nn.Linear(size, size)
        self.fusion_gate = nn.Linear(size, 1)
        self.joined = nn.Linear(2 * size, size)
        self.filtration_gate = nn.Linear(size, 1)
        self.plain = nn.Linear(width, size)
        self.width = 2 * size

    def forward(self, hidden: Tensor, regions: Tensor, region_mask: Tensor) -> Fused:
        """Fuse hidden words and padding (W, S, D) with regions (W, R, V) where region_mask (W, R) is True."""
        places = hidden.shape[1]
        region_scores = self.region_score(torch.tanh(self.region_key(regions))).transpose(
            1, 2
        )  # (W, 1, R)
        region_weights = masked_softmax(region_scores, region_mask)
        # The weights sum to 1, so the mean may be taken before the layer: R times less work.
        seen = self.project(region_weights @ regions)  # (W, 1, K)
        texts = self.word_key(hidden)  # (W, S, K)
        word_weights = torch.softmax(
            self.word_score(torch.tanh(texts)).transpose(1, 2), dim=-1
        )  # (W, 1, S)
        visual, textual = (
            torch.tanh(self.visual_part(seen)),
            torch.tanh(self.textual_part(word_weights @ texts)),
        )
        gate = (
            torch.sigmoid(self.fusion_gate(visual + textual))
            * region_mask.any(dim=1)[:, None, None]
        )  # (W, 1, 1)
        joined = self.joined(torch.cat([gate * visual, (1 - gate) * textual], dim=-1))  # (W, 1, K)
        filtered = torch.sigmoid(self.filtration_gate(joined)) * joined
        vectors = torch.cat(
            [filtered.expand(-1, places, -1), self.plain(hidden)], dim=-1
        )  # (W, S, 2K)
        return Fused(
            vectors,
            region_weights.expand(-1, places, -1),
            word_weights.expand(-1, places, -1),
            gate.squeeze(-1).expand(-1, places),
        )


def _same(convolution: nn.Module, maps: Tensor) -> Tensor:
    """A convolution over (N, channels, length) that keeps the length; of an odd number of zeros, the one more stands behind."""
    assert isinstance(convolution, nn.Conv1d)
    zeros = convolution.kernel_size[0] - 1
    convolved: Tensor = convolution(nn.functional.pad(maps, (zeros // 2, zeros - zeros // 2)))
    return convolved
