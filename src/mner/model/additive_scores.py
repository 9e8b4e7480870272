"""The scores of additive attention without the tensor of all pairs, for training on a processor.

Shapes: B posts, T queries, N keys, K the attention size.
"""

from typing import Any

import torch
from torch import Tensor

__all__ = ["additive_scores_post_by_post"]


def additive_scores_post_by_post(queries: Tensor, keys: Tensor, weight: Tensor) -> Tensor:
    """Return w . tanh(k_i + q_t), (B, T, N).

    One post's pairs (T, N, K) stay in the processor's cache, and are computed again for the
    gradient. On a GPU one large kernel is faster than many small ones.

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
        (posts, words, size), count = queries.shape, keys.shape[1]
        scores = queries.new_empty(posts, words, count)  # (B, T, N)
        pairs = queries.new_empty(words, count, size)  # (T, N, K), one for all posts
        for post in range(posts):
            torch.add(queries[post].unsqueeze(1), keys[post], out=pairs).tanh_()
            torch.matmul(pairs, weight, out=scores[post])
        return scores

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the gradients of queries, keys and weight for that of the scores, g (B, T, N).

        With p_ti = tanh(k_i + q_t), the gradient of q_t is the sum over i of g_ti (1 - p_ti^2) w,
        that of k_i the same sum over t, and that of w the sum over both of g_ti p_ti. The sums of g
        alone need no pairs; those of g p^2 are collected post by post.
        """
        queries, keys, weight = ctx.saved_tensors
        squares_of_queries = torch.empty_like(queries)  # (B, T, K): sum over i of g_ti p_ti^2
        squares_of_keys = torch.empty_like(keys)  # (B, N, K): sum over t of g_ti p_ti^2
        of_weight = torch.zeros_like(weight)
        pairs = queries.new_empty(queries.shape[1], keys.shape[1], queries.shape[2])  # (T, N, K)
        for post, given in enumerate(gradient.unbind()):  # (T, N)
            torch.add(queries[post].unsqueeze(1), keys[post], out=pairs).tanh_()
            of_weight += given.reshape(-1) @ pairs.flatten(0, 1)
            pairs.square_()
            torch.bmm(given.unsqueeze(1), pairs, out=squares_of_queries[post].unsqueeze(1))
            of_key = squares_of_keys[post].unsqueeze(1)
            torch.bmm(given.T.unsqueeze(1), pairs.transpose(0, 1), out=of_key)
        of_queries = (gradient.sum(dim=2).unsqueeze(-1) - squares_of_queries) * weight
        of_keys = (gradient.sum(dim=1).unsqueeze(-1) - squares_of_keys) * weight
        return of_queries, of_keys, of_weight
