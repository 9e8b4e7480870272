"""The scores of additive attention, w . tanh(k_i + q_t), in blocks of the attention size.

The tensor of all pairs has B x T x N x K numbers: for a post of 266 words and K = 200 these are
57 MB, which leave the processor's cache at every step. A block of dimensions of K at a time stays
inside the cache, and memory holds no more than a few planes (T, N).

Shapes: B posts, T queries, N keys, K the attention size, C dimensions of K in a block.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

__all__ = ["additive_scores", "additive_scores_post_by_post"]

_BLOCKS = 8
"""Blocks of K in a graph. Each is some five operators, so that more would slow down short posts."""
_CACHED = 2**18
"""Pairs in a block in training: 1 MB of float32, half of a core's cache or less."""


def additive_scores(queries: Tensor, keys: Tensor, weight: Tensor) -> Tensor:
    """Return w . tanh(k_i + q_t), (B, T, N), by operators that a graph can hold.

    Args:
        queries: (B, T, K).
        keys: (B, N, K).
        weight: (K,), w.
    """
    size = -(-weight.shape[0] // _BLOCKS)
    of_queries = torch.split(queries.transpose(1, 2), size, dim=1)  # 8 times (B, C, T)
    of_keys = torch.split(keys.transpose(1, 2), size, dim=1)  # 8 times (B, C, N)
    of_weight = torch.split(weight, size)  # 8 times (C,)
    scores = torch.zeros((), dtype=queries.dtype, device=queries.device)
    for query, key, part in zip(of_queries, of_keys, of_weight, strict=True):
        pairs = torch.tanh(query.unsqueeze(3) + key.unsqueeze(2))  # (B, C, T, N)
        # A sum over C for each pair of query and key
        summed = part @ pairs.flatten(2)  # (B, T N)
        scores = scores + summed.reshape(pairs[:, 0].shape)  # (B, T, N)
    return scores


def additive_scores_post_by_post(queries: Tensor, keys: Tensor, weight: Tensor) -> Tensor:
    """Return the same, for training and scoring on a processor.

    The pairs of one block of one post are computed again for the gradient. On a GPU one large
    kernel is faster than many small ones.

    Args:
        queries: (B, T, K).
        keys: (B, N, K).
        weight: (K,), w.
    """
    scores: Tensor = _PostByPost.apply(queries, keys, weight)  # type: ignore[no-untyped-call]
    return scores


class _PostByPost(torch.autograd.Function):
    """The function above, with its gradient."""

    @staticmethod
    def forward(ctx: Any, queries: Tensor, keys: Tensor, weight: Tensor) -> Tensor:
        """Return the scores."""
        ctx.save_for_backward(queries, keys, weight)
        posts, words, count = queries.shape[0], queries.shape[1], keys.shape[1]
        scores = queries.new_zeros(posts, words * count)  # (B, T N)
        for post, block, pairs in _blocks(queries, keys):
            # The sum over the block of w_k p_k, for all pairs
            scores[post].addmv_(pairs.flatten(1).T, weight[block])
        return scores.reshape(posts, words, count)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the gradients of queries, keys and weight for that of the scores, g (B, T, N).

        With p_ti = tanh(k_i + q_t), the gradient of q_t is the sum over i of g_ti (1 - p_ti^2) w,
        that of k_i the same sum over t, and that of w the sum over both of g_ti p_ti. The sums of g
        alone need no pairs; those of g p^2 are collected block by block.
        """
        queries, keys, weight = ctx.saved_tensors
        gradient = gradient.contiguous()
        squares_of_queries = torch.empty_like(queries)  # (B, T, K): sum over i of g_ti p_ti^2
        squares_of_keys = torch.empty_like(keys)  # (B, N, K): sum over t of g_ti p_ti^2
        of_weight = torch.zeros_like(weight)
        for post, block, pairs in _blocks(queries, keys):
            given = gradient[post]  # (T, N)
            of_weight[block].addmv_(pairs.flatten(1), given.flatten())
            pairs.square_().mul_(given)  # (C, T, N)
            squares_of_queries[post, :, block] = pairs.sum(dim=2).T
            squares_of_keys[post, :, block] = pairs.sum(dim=1).T
        of_queries = (gradient.sum(dim=2).unsqueeze(-1) - squares_of_queries) * weight
        of_keys = (gradient.sum(dim=1).unsqueeze(-1) - squares_of_keys) * weight
        return of_queries, of_keys, of_weight


def _blocks(queries: Tensor, keys: Tensor) -> Iterator[tuple[int, slice, Tensor]]:
    """Yield each post with each block of K and the block's tanh(k_i + q_t), (C, T, N).

    All blocks share their memory.
    """
    (posts, words, size), count = queries.shape, keys.shape[1]
    step = max(1, _CACHED // (words * count))
    memory = queries.new_empty(min(step, size), words, count)  # (C, T, N)
    of_queries = queries.transpose(1, 2).contiguous()  # (B, K, T)
    of_keys = keys.transpose(1, 2).contiguous()  # (B, K, N)
    for post in range(posts):
        for start in range(0, size, step):
            block = slice(start, min(start + step, size))
            query, key = of_queries[post, block].unsqueeze(2), of_keys[post, block].unsqueeze(1)
            pairs = torch.add(query, key, out=memory[: block.stop - start]).tanh_()
            yield post, block, pairs
