"""Attention over regions or words: as printed in the paper (`concat`), three forms that see their query, and the plain mean, which looks at nothing.

Shapes: B posts, T queries (words), N keys (regions or words), Dq and Dk their widths, K the attention size.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn

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
        weights = masked_softmax(self._scores(self.query(queries), self.key(keys)), mask)
        return weights @ keys, weights

    def _scores(self, queries: Tensor, keys: Tensor) -> Tensor:
        if (
            self.training
            and queries.device.type == "cpu"
            and queries.dtype == keys.dtype == self.score.weight.dtype
        ):
            scores: Tensor = _PostByPost.apply(queries, keys, self.score.weight[0])  # type: ignore[no-untyped-call]
            return scores
        both = torch.tanh(queries.unsqueeze(2) + keys.unsqueeze(1))  # (B, T, N, K)
        return torch.as_tensor(self.score(both).squeeze(-1))


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


class MultiHeadAttention(nn.Module):
    """Scaled dot-product attention of several heads (Vaswani et al. 2017), each with a K/H-th part of queries, keys and values."""

    per_word = True

    def __init__(self, query: int, key: int, size: int, *, heads: int) -> None:
        """Take the widths of queries and keys, the attention size K of all heads together, and their number H, which divides it."""
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
        query, key, value = (
            self._parts(self.query(queries)),
            self._parts(self.key(keys)),
            self._parts(self.value(keys)),
        )
        scores = query @ key.transpose(2, 3) * self.scale  # (B, H, T, N)
        weights = masked_softmax(scores.flatten(1, 2), mask).reshape(scores.shape)
        read = (weights @ value).transpose(1, 2).flatten(2)  # (B, T, K)
        return self.joined(read), weights.mean(dim=1)

    def _parts(self, vectors: Tensor) -> Tensor:
        """One part a head: (B, T, K) to (B, H, T, K/H)."""
        return vectors.reshape(*vectors.shape[:2], self.heads, -1).transpose(1, 2)


class MeanAttention(nn.Module):
    """The same weight for every key: the mean of them, which attention has to beat."""

    per_word = False

    def __init__(self, query: int, key: int, size: int) -> None:
        """Take what the other forms take; nothing of it is used."""
        super().__init__()
        del query, key, size

    def forward(self, queries: Tensor, keys: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Average the keys (B, N, Dk) where mask (B, N) is True, for queries (B, T, Dq).

        Returns:
            The mean (B, T, Dk) and the weights (B, T, N), both the same for every query of a post.
        """
        weights = masked_softmax(torch.zeros_like(keys[..., 0]).unsqueeze(1), mask)  # (B, 1, N)
        length = queries.shape[1]
        return (weights @ keys).expand(-1, length, -1), weights.expand(-1, length, -1)


def masked_softmax(scores: Tensor, mask: Tensor) -> Tensor:
    """Softmax of scores (B, T, N) over the keys that mask (B, N) allows; all zeros where it allows none."""
    mask = mask.unsqueeze(1)
    weights = torch.softmax(scores.masked_fill(~mask, torch.finfo(scores.dtype).min), dim=-1)
    return weights * mask.to(weights.dtype)


class _PostByPost(torch.autograd.Function):
    """w . tanh(k_i + q_t) without the (B, T, N, K) tensor: each post's part of it stays in the processor's cache and is computed again for the gradient.

    For training on a processor; elsewhere one large kernel is faster than many small ones.
    """

    @staticmethod
    def forward(ctx: Any, queries: Tensor, keys: Tensor, weight: Tensor) -> Tensor:
        """Queries (B, T, K), keys (B, N, K) and weight (K,) to scores (B, T, N)."""
        ctx.save_for_backward(queries, keys, weight)
        scores = queries.new_empty(queries.shape[0], queries.shape[1], keys.shape[1])
        both = queries.new_empty(queries.shape[1], keys.shape[1], queries.shape[2])  # (T, N, K)
        for post in range(len(queries)):
            torch.add(queries[post].unsqueeze(1), keys[post], out=both).tanh_()
            torch.matmul(both, weight, out=scores[post])
        return scores

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """With t = tanh(k_i + q_t), the sums over i and over t of gradient * (1 - t^2) * w, and over both of gradient * t."""
        queries, keys, weight = ctx.saved_tensors
        squares_q, squares_k, of_weight = (
            torch.empty_like(queries),
            torch.empty_like(keys),
            torch.zeros_like(weight),
        )
        both = queries.new_empty(queries.shape[1], keys.shape[1], queries.shape[2])  # (T, N, K)
        for post, given in enumerate(gradient.unbind()):  # (T, N)
            torch.add(queries[post].unsqueeze(1), keys[post], out=both).tanh_()
            of_weight += given.reshape(-1) @ both.flatten(0, 1)
            both.square_()
            torch.bmm(given.unsqueeze(1), both, out=squares_q[post].unsqueeze(1))
            torch.bmm(given.T.unsqueeze(1), both.transpose(0, 1), out=squares_k[post].unsqueeze(1))
        of_queries = (gradient.sum(dim=2).unsqueeze(-1) - squares_q) * weight
        return of_queries, (gradient.sum(dim=1).unsqueeze(-1) - squares_k) * weight, of_weight
