"""The text encoder: word vectors, character CNN, word shapes, a pretrained transformer, and a BiLSTM over them."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from mner.model.transformer import Transformer
from mner.types import RESERVED_ROWS, UNKNOWN_ROW

__all__ = ["BiLstm", "CharacterCnn", "TextEncoder", "WordTable"]


class TextEncoder(nn.Module):
    """Words to hidden vectors h_t = BiLSTM([word; characters; shape; transformer])_t (Zhang et al. 2018, without shapes and transformer).

    Attributes:
        width: D, the width of a hidden vector, both directions together.
    """

    def __init__(
        self,
        words: "WordTable | None",
        characters: "CharacterCnn | None",
        shapes: nn.Embedding | None,
        transformer: Transformer | None = None,
        *,
        hidden: int,
        dropout: float,
    ) -> None:
        """Take the parts of a word's representation, the size of one LSTM direction (0 for no LSTM) and the dropout before and after it."""
        super().__init__()
        self.words = words
        self.characters = characters
        self.shapes = shapes
        self.transformer = transformer
        width = sum(part.width for part in (words, characters, transformer) if part is not None) + (
            shapes.embedding_dim if shapes else 0
        )
        self.lstm = BiLstm(width, hidden) if hidden else None
        self.dropout = nn.Dropout(dropout)
        self.width = 2 * hidden if hidden else width

    def forward(
        self,
        words: Tensor,
        vectors: Tensor,
        characters: Tensor,
        shapes: Tensor,
        lengths: Tensor,
        *pieces: Tensor,
    ) -> Tensor:
        """Encode a batch.

        Args:
            words: (B, T) rows of the word table.
            vectors: (B, T, K) pretrained vectors.
            characters: (B, T, C).
            shapes: (B, T).
            lengths: (B,) on the CPU, at least 1.
            pieces: of a transformer, as `Transformer.forward` takes them.

        Returns:
            (B, T, D), zeros at padding; exact whatever the padding is.
        """
        parts = [] if self.words is None else [self.words(words, vectors)]
        if self.characters is not None:
            parts.append(self.characters(characters))
        if self.shapes is not None:
            parts.append(self.shapes(shapes))
        if self.transformer is not None:
            parts.append(self.transformer(*pieces))
        hidden = self.dropout(torch.cat(parts, dim=-1))
        if self.lstm is None:
            mask = (
                torch.arange(words.shape[1], device=hidden.device)
                < lengths.to(hidden.device)[:, None]
            )
            masked: Tensor = hidden * mask.unsqueeze(-1)
            return masked
        hidden = self.lstm(hidden, lengths)
        dropped: Tensor = self.dropout(hidden)  # (B, T, D)
        return dropped


class BiLstm(nn.Module):
    """An LSTM in each direction, exact over padding: the backward one reads each post from its own last word.

    Packed sequences give the same, but torch runs them step by step; a plain LSTM goes to one kernel and takes half the time in training.
    """

    def __init__(self, width: int, hidden: int) -> None:
        """Take the width of the input and the size of one direction."""
        super().__init__()
        self.forwards = nn.LSTM(width, hidden, batch_first=True)
        self.backwards = nn.LSTM(width, hidden, batch_first=True)

    def forward(self, inputs: Tensor, lengths: Tensor) -> Tensor:
        """Inputs (B, T, width) of posts with lengths (B,) to (B, T, 2 hidden), zeros at padding."""
        places = torch.arange(inputs.shape[1], device=inputs.device)
        lengths = lengths.to(inputs.device)[:, None]
        mask = places < lengths  # (B, T)
        turned = (
            torch.arange(inputs.shape[0], device=inputs.device)[:, None],
            torch.where(mask, lengths - 1 - places, places),
        )
        both = torch.cat(
            [self.forwards(inputs)[0], self.backwards(inputs[turned])[0][turned]], dim=-1
        )
        return both * mask.unsqueeze(-1)


class WordTable(nn.Module):
    """A word's vector: the pretrained one plus a trained difference, which is zero for words outside the vocabulary.

    Training the difference fine-tunes the vectors; weight decay then pulls them to where they came from rather than to zero.
    A word known to nobody has no pretrained vector, only the shared row 1.
    """

    def __init__(self, size: int, width: int, *, trainable: bool, word_dropout: float) -> None:
        """Take the rows, the width K of a vector, whether rows beyond the unknown word's are trained, and how often a word is made unknown in training."""
        super().__init__()
        self.width = width
        self.word_dropout = word_dropout
        self.difference = nn.Embedding(size if trainable else RESERVED_ROWS, width, padding_idx=0)
        nn.init.zeros_(self.difference.weight)
        nn.init.normal_(self.difference.weight[UNKNOWN_ROW].data, std=0.1)

    def forward(self, words: Tensor, vectors: Tensor) -> Tensor:
        """Rows (B, T) and pretrained vectors (B, T, K) to word vectors (B, T, K)."""
        if self.training and self.word_dropout:
            hidden = (torch.rand(words.shape, device=words.device) < self.word_dropout) & (
                words > 0
            )
            words = words.masked_fill(hidden, UNKNOWN_ROW)
            vectors = vectors.masked_fill(hidden.unsqueeze(-1), 0.0)
        if self.difference.num_embeddings <= RESERVED_ROWS:
            words = words.masked_fill(words > UNKNOWN_ROW, 0)
        word_vectors: Tensor = vectors + self.difference(words)
        return word_vectors


class CharacterCnn(nn.Module):
    """Parallel convolutions over a word's characters, an activation, and the maximum over the word (Zhang et al. 2018).

    A word of n characters gives n windows of each width, centred, with zeros beyond its ends; windows that start in the
    padding are left out of the maximum, so the result does not depend on how long the batch's longest word is.
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
        """Take the number of characters, the size of their vectors, the filters of each width, and the dropout on the result."""
        super().__init__()
        self.embedding = nn.Embedding(size, dimension, padding_idx=0)
        nn.init.uniform_(
            self.embedding.weight[1:].data, -((3 / dimension) ** 0.5), (3 / dimension) ** 0.5
        )
        self.convolutions = nn.ModuleList(nn.Conv1d(dimension, filters, width) for width in widths)
        self.activation = activation
        self.dropout = nn.Dropout(dropout)
        self.width = filters * len(widths)

    def forward(self, characters: Tensor) -> Tensor:
        """Characters (B, T, C), 0 for padding, to (B, T, filters * widths); zeros for a word without characters."""
        batch, words, longest = characters.shape
        flat = characters.reshape(batch * words, longest)
        # Most of C is padding, since every word is as long as the longest: only windows that start at a character are multiplied.
        at = (flat > 0).nonzero(as_tuple=True)
        kernel, bias, left = self._kernel()
        places = torch.arange(kernel.shape[2], device=flat.device) + at[1].unsqueeze(
            1
        )  # (N, widest)
        windows = nn.functional.pad(flat, (left, kernel.shape[2] - 1 - left))[
            at[0].unsqueeze(1), places
        ]
        scores = nn.functional.linear(
            self.embedding(windows).flatten(1), kernel.transpose(1, 2).flatten(1), bias
        )  # (N, filters * widths)
        nothing = scores.new_full((batch * words, longest, self.width), float("-inf"))
        highest = nothing.index_put(at, scores).amax(
            dim=1
        )  # the activations rise, so they may come after the maximum
        highest = self.activation(highest).masked_fill((flat == 0).all(dim=1, keepdim=True), 0.0)
        dropped: Tensor = self.dropout(highest.reshape(batch, words, self.width))
        return dropped

    def _kernel(self) -> tuple[Tensor, Tensor, int]:
        """All filters as of one convolution of the widest window (filters * widths, E, widest), their biases, and the zeros before a word."""
        widths = [int(convolution.kernel_size[0]) for convolution in self._each()]
        before, after = (
            max((width - 1) // 2 for width in widths),
            max(width // 2 for width in widths),
        )
        weights = [
            nn.functional.pad(one.weight, (before - (width - 1) // 2, after - width // 2))
            for one, width in zip(self._each(), widths, strict=True)
        ]
        return (
            torch.cat(weights),
            torch.cat([one.bias for one in self._each() if one.bias is not None]),
            before,
        )

    def _each(self) -> Iterator[nn.Conv1d]:
        for convolution in self.convolutions:
            assert isinstance(convolution, nn.Conv1d)
            yield convolution
