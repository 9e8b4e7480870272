"""Attention over regions or words.

There is the form as printed in the paper (`concat`), three forms that see their query, and the
plain mean, which looks at nothing.

Shapes: B posts, T queries (words), N keys (regions or words), Dq and Dk their widths, K the
attention size, H heads.
"""

import math

import torch
from torch import Tensor, nn

from mner.model.additive_scores import additive_scores, additive_scores_post_by_post

__all__ = [
    "AdditiveAttention",
    "ConcatAttention",
    "MeanAttention",
    "MultiHeadAttention",
    "ScaledDotAttention",
    "masked_softmax",
]


class ConcatAttention(nn.Module):
    """The paper's attention, softmax(w . tanh([W_k k_i ; W_q q_t + b])) (Zhang et al. 2018).

    The score is the sum of a term of the key and a term of the query. The second is the same for
    every key, so the softmax cancels it: all words of a post get the same weights, and the query's
    parameters never get a gradient. Only the key's term is computed here, once a post.

    Args:
        query: Dq; nothing of the query is used.
        key: Dk.
        size: K.
    """

    def __init__(self, query: int, key: int, size: int) -> None:
        super().__init__()
        del query
        self.key = nn.Linear(key, size, bias=False)
        self.score = nn.Linear(size, 1, bias=False)

    def forward(self, queries: Tensor, keys: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Attend from queries (B, T, Dq) to keys (B, N, Dk) where mask (B, N) is True.

        Returns:
            The attended keys (B, T, Dk) and the weights (B, T, N), both the same for every query of
            a post.
        """
        # The key's term of the score: w . tanh(W_k k_i)
        scores = self.score(torch.tanh(self.key(keys))).transpose(1, 2)  # (B, 1, N)

        # One mean of the keys a post
        weights = masked_softmax(scores, mask)  # (B, 1, N)
        attended = weights @ keys  # (B, 1, Dk)

        # The same for every query
        length = queries.shape[1]
        return attended.expand(-1, length, -1), weights.expand(-1, length, -1)


class AdditiveAttention(nn.Module):
    """softmax(w . tanh(W_k k_i + W_q q_t + b)): every word has weights of its own.

    Bahdanau et al. 2015.

    Args:
        query: Dq.
        key: Dk.
        size: K.
    """

    def __init__(self, query: int, key: int, size: int) -> None:
        super().__init__()
        self.query = nn.Linear(query, size)
        self.key = nn.Linear(key, size, bias=False)
        self.score = nn.Linear(size, 1, bias=False)

    def forward(self, queries: Tensor, keys: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Attend from queries (B, T, Dq) to keys (B, N, Dk) where mask (B, N) is True.

        Returns:
            The attended keys (B, T, Dk) and the weights (B, T, N).
        """
        scores = self._scores(self.query(queries), self.key(keys))  # (B, T, N)
        weights = masked_softmax(scores, mask)
        return weights @ keys, weights

    def _scores(self, queries: Tensor, keys: Tensor) -> Tensor:
        """Return w . tanh(k_i + q_t) for queries (B, T, K) and keys (B, N, K), (B, T, N)."""
        is_one_type = queries.dtype == keys.dtype == self.score.weight.dtype
        is_graph = torch.onnx.is_in_onnx_export()  # it holds operators alone
        if queries.device.type == "cpu" and is_one_type and not is_graph:
            return additive_scores_post_by_post(queries, keys, self.score.weight[0])
        return additive_scores(queries, keys, self.score.weight[0])


class ScaledDotAttention(nn.Module):
    """softmax((W_q q_t + b) . (W_k k_i) / sqrt(K)): every word has weights of its own.

    Vaswani et al. 2017.

    Args:
        query: Dq.
        key: Dk.
        size: K.
    """

    def __init__(self, query: int, key: int, size: int) -> None:
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


class MultiHeadAttention(nn.Module):
    """Scaled dot-product attention of several heads (Vaswani et al. 2017).

    Each head has a K/H-th part of queries, keys and values.

    Args:
        query: Dq.
        key: Dk.
        size: K, of all heads together.
        heads: H, which divides K.
    """

    def __init__(self, query: int, key: int, size: int, *, heads: int) -> None:
        super().__init__()
        assert size % heads == 0
        self.query = nn.Linear(query, size)
        self.key = nn.Linear(key, size, bias=False)
        self.value = nn.Linear(key, size)
        self.joined = nn.Linear(size, key, bias=False)
        self.heads = heads
        self.scale = 1.0 / math.sqrt(size // heads)

    def forward(self, queries: Tensor, keys: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Attend from queries (B, T, Dq) to keys (B, N, Dk) where mask (B, N) is True.

        Returns:
            What the heads read, joined (B, T, Dk), and the mean of their weights (B, T, N).
        """
        query = self._split(self.query(queries))  # (B, H, T, K/H)
        key = self._split(self.key(keys))  # (B, H, N, K/H)
        value = self._split(self.value(keys))  # (B, H, N, K/H)

        # Every head attends by itself
        scores = query @ key.transpose(2, 3) * self.scale  # (B, H, T, N)
        weights = masked_softmax(scores.flatten(1, 2), mask).reshape(scores.shape)

        # What they read stands side by side
        read = (weights @ value).transpose(1, 2).flatten(2)  # (B, T, K)
        return self.joined(read), weights.mean(dim=1)

    def _split(self, vectors: Tensor) -> Tensor:
        """Give each head its part: (B, T, K) to (B, H, T, K/H)."""
        return vectors.reshape(*vectors.shape[:2], self.heads, -1).transpose(1, 2)


class MeanAttention(nn.Module):
    """The same weight for every key: their mean, which attention has to beat.

    Args:
        query: Dq, not used; it is here because the other forms take it, as are the next two.
        key: Dk.
        size: K.
    """

    def __init__(self, query: int, key: int, size: int) -> None:
        super().__init__()
        del query, key, size

    def forward(self, queries: Tensor, keys: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Average the keys (B, N, Dk) where mask (B, N) is True, for queries (B, T, Dq).

        Returns:
            The mean (B, T, Dk) and the weights (B, T, N), both the same for every query of a post.
        """
        equal_scores = torch.zeros_like(keys[..., 0]).unsqueeze(1)  # (B, 1, N)
        weights = masked_softmax(equal_scores, mask)  # (B, 1, N)
        length = queries.shape[1]
        return (weights @ keys).expand(-1, length, -1), weights.expand(-1, length, -1)


def masked_softmax(scores: Tensor, mask: Tensor) -> Tensor:
    """Return the softmax of scores (B, T, N) over the keys that mask (B, N) allows, (B, T, N).

    It is zero everywhere where the mask allows no key.
    """
    mask = mask.unsqueeze(1)  # (B, 1, N)
    lowest = torch.finfo(scores.dtype).min
    weights = torch.softmax(scores.masked_fill(~mask, lowest), dim=-1)
    return weights * mask.to(weights.dtype)
