"""Attention over regions or words in three forms: as printed in the paper (`concat`), and two that see their query.

Shapes: B posts, T queries (words), N keys (regions or words), Dq and Dk their widths, K the attention size.
"""

import math

import torch
from torch import Tensor, nn

__all__ = ["AdditiveAttention", "ConcatAttention", "ScaledDotAttention", "masked_softmax"]


class ConcatAttention(nn.Module):
    """The paper's attention, softmax(w . tanh([W_k k_i ; W_q q_t + b])) (FIELD 2.4 and 2.5).

    The score is the sum of a term of the key and a term of the query. The second is the same for every key, so the softmax
    cancels it: all words of a post get the same weights, and the query's parameters never get a gradient. Only the key's
    term is computed here, once a post.
    """

    per_word = False

    def __init__(self, query: int, key: int, size: int) -> None:
        """Take the widths of queries and keys and the attention size; nothing of the query is used."""
        super().__init__()
        del query
        self.key = nn.Linear(key, size, bias=False)
        self.score = nn.Linear(size, 1, bias=False)

    def forward(self, queries: Tensor, keys: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Attend from queries (B, T, Dq) to keys (B, N, Dk) where mask (B, N) is True.

        Returns:
            The attended keys (B, T, Dk) and the weights (B, T, N), both the same for every query of a post.
        """
        scores = self.score(torch.tanh(self.key(keys))).transpose(1, 2)  # (B, 1, N)
        weights = masked_softmax(scores, mask)
        attended = weights @ keys  # (B, 1, Dk)
        length = queries.shape[1]
        return attended.expand(-1, length, -1), weights.expand(-1, length, -1)


class AdditiveAttention(nn.Module):
    """softmax(w . tanh(W_k k_i + W_q q_t + b)), after Bahdanau et al. 2015: every word has weights of its own."""

    per_word = True

    def __init__(self, query: int, key: int, size: int) -> None:
        """Take the widths of queries and keys and the attention size."""
        super().__init__()
        self.query = nn.Linear(query, size)
        self.key = nn.Linear(key, size, bias=False)
        self.score = nn.Linear(size, 1, bias=False)

    def forward(self, queries: Tensor, keys: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Attend from queries (B, T, Dq) to keys (B, N, Dk) where mask (B, N) is True.

        Returns:
            The attended keys (B, T, Dk) and the weights (B, T, N).
        """
        both = torch.tanh(self.query(queries).unsqueeze(2) + self.key(keys).unsqueeze(1))  # (B, T, N, K)
        weights = masked_softmax(self.score(both).squeeze(-1), mask)
        return weights @ keys, weights


class ScaledDotAttention(nn.Module):
    """softmax((W_q q_t) . (W_k k_i) / sqrt(K)), after Vaswani et al. 2017: every word has weights of its own."""

    per_word = True

    def __init__(self, query: int, key: int, size: int) -> None:
        """Take the widths of queries and keys and the attention size."""
        super().__init__()
        self.query = nn.Linear(query, size)
        self.key = nn.Linear(key, size, bias=False)
        self.scale = 1.0 / math.sqrt(size)

    def forward(self, queries: Tensor, keys: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Attend from queries (B, T, Dq) to keys (B, N, Dk) where mask (B, N) is True.

        Returns:
            The attended keys (B, T, Dk) and the weights (B, T, N).
        """
        scores = self.query(queries) @ self.key(keys).transpose(1, 2) * self.scale  # (B, T, N)
        weights = masked_softmax(scores, mask)
        return weights @ keys, weights


def masked_softmax(scores: Tensor, mask: Tensor) -> Tensor:
    """Softmax of scores (B, T, N) over the keys that mask (B, N) allows; all zeros where it allows none."""
    mask = mask.unsqueeze(1)
    weights = torch.softmax(scores.masked_fill(~mask, torch.finfo(scores.dtype).min), dim=-1)
    return weights * mask.to(weights.dtype)
