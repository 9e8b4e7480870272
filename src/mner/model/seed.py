"""The layers of the paper's public Keras code, as they are there.

The code is `multimodal_ner.py` of github.com/Euruson/NERmultimodal. Its layers differ from the
paper (docs/coming-from-keras.md): two BiLSTMs, stacked character convolutions, image layers of
their own for score and value, a scalar fusion gate from a sum, a scalar filtration gate, and no
mask over padding anywhere.

Two things are left out, because no emission depends on them: the layers of the attentions'
queries, and the biases of the scores. The softmax cancels both (see `ConcatAttention`), so the
attended picture and the attended text are one vector a post, and what is built of them is computed
once. One thing differs: the gates of the LSTMs are the sigmoid of Keras 3 and torch, not the
piecewise linear one that was Keras's default before 2.3.

Shapes: W windows, S positions in a window (padding in front included), C characters, E character
vector, R regions, V region vector, D hidden, K attention size.
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
"""The vector of padding is drawn once from this range and stays, as does that of any word which the
seed has no vector for."""


class SeedText(nn.Module):
    """h = BiLSTM([BiLSTM(word vectors); characters]), both over the padding too.

    Args:
        words: the vectors of words.
        characters: their character encoder.
        hidden: the size of one direction of either LSTM.

    Attributes:
        width: D, both directions together.
    """

    def __init__(self, words: WordTable, characters: "SeedCharacters", *, hidden: int) -> None:
        super().__init__()
        self.words = words
        self.characters = characters
        both = 2 * hidden
        self.first = nn.LSTM(words.width, hidden, batch_first=True, bidirectional=True)
        self.second = nn.LSTM(both + characters.width, hidden, batch_first=True, bidirectional=True)
        self.padding: Tensor
        padding = torch.empty(words.width).uniform_(-_PADDING_RANGE, _PADDING_RANGE)
        self.register_buffer("padding", padding)
        self.width = both

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
        # Padding has a vector like any word
        known = torch.where(mask.unsqueeze(-1), self.words(words, vectors), self.padding)

        # Words alone, then words in their context beside their characters
        context, _ = self.first(known)  # (W, S, D)
        joined = torch.cat([context, self.characters(characters)], dim=-1)
        hidden: Tensor = self.second(joined)[0]  # (W, S, D)
        return hidden


class SeedCharacters(nn.Module):
    """Stacked convolutions, batch normalisation and two dense layers.

    Each convolution is followed by relu, pooling by two and dropout.

    Args:
        size: rows of the table of characters.
        dimension: E, the width of a character's vector.
        filters: of each convolution.
        widths: of the convolutions.
        longest: characters of a word.
        dropout: after each convolution, and after the first dense layer.

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
        super().__init__()
        self.embedding = nn.Embedding(size, dimension)  # padding has a trained vector
        inputs = [dimension] + [filters] * (len(widths) - 1)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(channels, filters, width)
            for channels, width in zip(inputs, widths, strict=True)
        )
        self.normalisation = nn.BatchNorm1d(filters, eps=1e-3, momentum=0.01)  # Keras's defaults
        pooled = longest // 2 ** len(widths)
        self.dense = nn.Linear(filters * pooled, _CHARACTER_DENSE)
        self.out = nn.Linear(_CHARACTER_DENSE, _CHARACTER_WIDTH)
        self.dropout = nn.Dropout(dropout)
        self.longest = longest
        self.width = _CHARACTER_WIDTH

    def forward(self, characters: Tensor) -> Tensor:
        """Encode characters (W, S, C), C at most the longest word, to (W, S, width)."""
        # Every word as long as the longest
        windows, positions, given = characters.shape
        flat = characters.reshape(windows * positions, given)
        padded = nn.functional.pad(flat, (0, self.longest - given))  # (W S, longest)

        # Convolutions, each of which halves the length
        maps = self.embedding(padded).transpose(1, 2)  # (W S, E, longest)
        for convolution in self.convolutions:
            convolved = _keeping_length(convolution, maps).relu()
            maps = self.dropout(nn.functional.max_pool1d(convolved, 2))

        # Channels last, as Keras flattens
        flattened = self.normalisation(maps).transpose(1, 2).flatten(1)
        encoded: Tensor = self.out(self.dropout(self.dense(flattened).relu()))
        return encoded.reshape(windows, positions, self.width)


class SeedFusion(nn.Module):
    """One vector of picture and text a post, beside the hidden word.

    A post without a picture attends to none and has its fusion gate closed, as in `CoAttention`;
    the public code has no such posts.

    Args:
        width: D, of a hidden word.
        region_width: V, of a region.
        size: K, of everything else.

    Attributes:
        width: 2 K, of the vectors to be scored.
    """

    def __init__(self, width: int, region_width: int, *, size: int) -> None:
        super().__init__()
        self.region_width = region_width
        self.region_key = nn.Linear(region_width, size)
        self.region_score = nn.Linear(size, 1, bias=False)
        self.project = nn.Linear(region_width, size)
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
        """Fuse words and padding (W, S, D) with regions (W, R, V) where region_mask (W, R) is True.

        The result is at words and padding alike, with S in place of T.
        """
        length = hidden.shape[1]

        # Attention to the regions. The weights sum to 1, so the mean may be taken before the layer:
        # R times less work.
        keys = torch.tanh(self.region_key(regions))  # (W, R, K)
        region_scores = self.region_score(keys).transpose(1, 2)  # (W, 1, R)
        region_weights = masked_softmax(region_scores, region_mask)
        seen = self.project(region_weights @ regions)  # (W, 1, K)

        # Attention to the words, whose keys are their values too
        texts = self.word_key(hidden)  # (W, S, K)
        word_scores = self.word_score(torch.tanh(texts)).transpose(1, 2)  # (W, 1, S)
        word_weights = torch.softmax(word_scores, dim=-1)

        # The fusion gate, a number from the sum of both sides
        visual = torch.tanh(self.visual_part(seen))  # (W, 1, K)
        textual = torch.tanh(self.textual_part(word_weights @ texts))  # (W, 1, K)
        open_gate = torch.sigmoid(self.fusion_gate(visual + textual))
        gate = open_gate * region_mask.any(dim=1)[:, None, None]  # (W, 1, 1)
        joined = self.joined(torch.cat([gate * visual, (1 - gate) * textual], dim=-1))  # (W, 1, K)

        # The filtration gate, a number from what it filters
        filtered = torch.sigmoid(self.filtration_gate(joined)) * joined  # (W, 1, K)

        # The same for every word, beside the word itself
        vectors = torch.cat([filtered.expand(-1, length, -1), self.plain(hidden)], dim=-1)
        return Fused(
            vectors=vectors,  # (W, S, 2 K)
            region_weights=region_weights.expand(-1, length, -1),
            word_weights=word_weights.expand(-1, length, -1),
            gate=gate.squeeze(-1).expand(-1, length),
        )


def _keeping_length(convolution: nn.Module, maps: Tensor) -> Tensor:
    """Convolve (N, channels, length) so that the length stays.

    If the number of zeros is odd, there is one more at the end.
    """
    assert isinstance(convolution, nn.Conv1d)
    zeros = convolution.kernel_size[0] - 1
    convolved: Tensor = convolution(nn.functional.pad(maps, (zeros // 2, zeros - zeros // 2)))
    return convolved
