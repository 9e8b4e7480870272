"""The text encoder: word vectors, characters, word shapes, a transformer, and a BiLSTM over them.

Shapes: B posts, T words, C characters, K word vector, D hidden.
"""

import torch
from torch import Tensor, nn

from mner.model.characters import CharacterCnn
from mner.model.mask import word_mask
from mner.model.transformer import Transformer
from mner.types import NO_ROW, RESERVED_ROWS, UNKNOWN_ROW

__all__ = ["BiLstm", "TextEncoder", "WordTable"]


class TextEncoder(nn.Module):
    """Words to hidden vectors, h_t = BiLSTM([word; characters; shape; transformer])_t.

    Step 3 of Zhang et al. 2018, which has neither shapes nor a transformer. A word may be
    represented by any of the four, but by at least one.

    Args:
        words: word vectors.
        characters: vectors of a word's characters.
        shapes: vectors of word shapes.
        transformer: vectors of a word's first piece.
        hidden: the size of one direction of the LSTM; 0 for no LSTM.
        dropout: before and after the LSTM.

    Attributes:
        width: D, the width of a hidden vector, both directions together.
    """

    def __init__(
        self,
        words: "WordTable | None",
        characters: CharacterCnn | None,
        shapes: nn.Embedding | None,
        transformer: Transformer | None = None,
        *,
        hidden: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.words = words
        self.characters = characters
        self.shapes = shapes
        self.transformer = transformer
        width = sum(part.width for part in (words, characters, transformer) if part is not None)
        if shapes is not None:
            width += shapes.embedding_dim
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
        # The representation of each word
        parts = []
        if self.words is not None:
            parts.append(self.words(words, vectors))
        if self.characters is not None:
            parts.append(self.characters(characters))
        if self.shapes is not None:
            parts.append(self.shapes(shapes))
        if self.transformer is not None:
            parts.append(self.transformer(*pieces))
        hidden = self.dropout(torch.cat(parts, dim=-1))  # (B, T, width of all)

        # In its context
        if self.lstm is None:
            mask = word_mask(lengths, words.shape[1], device=hidden.device)  # (B, T)
            masked: Tensor = hidden * mask.unsqueeze(-1)
            return masked
        context: Tensor = self.dropout(self.lstm(hidden, lengths))  # (B, T, D)
        return context


class BiLstm(nn.Module):
    """An LSTM in each direction, exact over padding: both read each post from its own end.

    Packed sequences give the same, but torch runs them step by step. A plain LSTM goes to one
    kernel and takes half the time in training.

    Args:
        width: of the input.
        hidden: the size of one direction.
    """

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.forwards = nn.LSTM(width, hidden, batch_first=True)
        self.backwards = nn.LSTM(width, hidden, batch_first=True)

    def forward(self, inputs: Tensor, lengths: Tensor) -> Tensor:
        """Read posts with lengths (B,), (B, T, width) to (B, T, 2 hidden); zeros at padding."""
        positions = torch.arange(inputs.shape[1], device=inputs.device)  # (T,)
        lengths = lengths.to(inputs.device)[:, None]  # (B, 1)
        mask = positions < lengths  # (B, T)

        # Where each word is when the words of its post are turned round; padding stays at the end
        rows = torch.arange(inputs.shape[0], device=inputs.device)[:, None]
        turned = (rows, torch.where(mask, lengths - 1 - positions, positions))  # (B, T) each

        # The backward direction reads turned posts, and its output is turned back
        forwards = self.forwards(inputs)[0]  # (B, T, hidden)
        backwards = self.backwards(inputs[turned])[0][turned]  # (B, T, hidden)
        return torch.cat([forwards, backwards], dim=-1) * mask.unsqueeze(-1)


class WordTable(nn.Module):
    """A word's vector: the pretrained one plus a trained difference.

    The difference is zero for words outside the vocabulary. Training it fine-tunes the vectors;
    weight decay then pulls them to where they came from rather than to zero. A word that neither
    the vocabulary nor the pretrained vectors know has only the shared row `UNKNOWN_ROW`.

    Args:
        size: rows of the table.
        width: K, the width of a vector.
        trainable: whether rows beyond those reserved are trained; without, there are none.
        word_dropout: how often a word is made unknown in training.
    """

    def __init__(self, size: int, width: int, *, trainable: bool, word_dropout: float) -> None:
        super().__init__()
        self.width = width
        self.word_dropout = word_dropout
        rows = size if trainable else RESERVED_ROWS
        self.difference = nn.Embedding(rows, width, padding_idx=NO_ROW)
        nn.init.zeros_(self.difference.weight)
        nn.init.normal_(self.difference.weight[UNKNOWN_ROW].data, std=0.1)

    def forward(self, words: Tensor, vectors: Tensor) -> Tensor:
        """Return the vectors (B, T, K) of rows (B, T) with pretrained vectors (B, T, K)."""
        if self.training and self.word_dropout:
            is_drawn = torch.rand(words.shape, device=words.device) < self.word_dropout
            hidden = is_drawn & (words > NO_ROW)  # (B, T)
            words = words.masked_fill(hidden, UNKNOWN_ROW)
            vectors = vectors.masked_fill(hidden.unsqueeze(-1), 0.0)
        if self.difference.num_embeddings <= RESERVED_ROWS:
            words = words.masked_fill(words > UNKNOWN_ROW, NO_ROW)
        word_vectors: Tensor = vectors + self.difference(words)
        return word_vectors
