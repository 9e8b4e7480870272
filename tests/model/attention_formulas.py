"""Every form of attention written again in numpy, post by post and word by word."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from torch import nn

from mner.model.attention import (
    AdditiveAttention,
    ConcatAttention,
    MeanAttention,
    MultiHeadAttention,
    ScaledDotAttention,
)

__all__ = ["FORMULAS", "Array", "attended", "linear", "sigmoid", "softmax"]

Array: TypeAlias = NDArray[np.float64]


def linear(layer: nn.Linear, vectors: Array) -> Array:
    """W x + b."""
    weights: Array = layer.weight.detach().numpy()
    bias: Array | None = None if layer.bias is None else layer.bias.detach().numpy()
    return vectors @ weights.T if bias is None else vectors @ weights.T + bias


def sigmoid(values: Array) -> Array:
    result: Array = 1 / (1 + np.exp(-values))
    return result


def softmax(scores: Array, allowed: NDArray[np.bool_]) -> Array:
    """The softmax over the allowed entries of a vector; zeros where none is allowed."""
    weights = np.zeros_like(scores)
    if allowed.any():
        exponentials = np.exp(scores[allowed] - scores[allowed].max())
        weights[allowed] = exponentials / exponentials.sum()
    return weights


def _additive(attention: AdditiveAttention, query: Array, keys: Array) -> Array:
    both = np.tanh(linear(attention.key, keys) + linear(attention.query, query))  # (N, K)
    return linear(attention.score, both)[:, 0]


def _concat(attention: ConcatAttention, query: Array, keys: Array) -> Array:
    del query  # its term is the same for every key
    return linear(attention.score, np.tanh(linear(attention.key, keys)))[:, 0]


def _scaled_dot(attention: ScaledDotAttention, query: Array, keys: Array) -> Array:
    query = linear(attention.query, query)  # (K,)
    scores: Array = linear(attention.key, keys) @ query / np.sqrt(len(query))
    return scores


def _mean(attention: MeanAttention, query: Array, keys: Array) -> Array:
    del attention, query
    return np.zeros(len(keys))


FORMULAS: dict[type[nn.Module], Callable[..., Array]] = {
    AdditiveAttention: _additive,
    ConcatAttention: _concat,
    ScaledDotAttention: _scaled_dot,
    MeanAttention: _mean,
}
"""The scores (N,) of the keys for one query, of each form with one head."""


def attended(
    attention: nn.Module, query: Array, keys: Array, allowed: NDArray[np.bool_]
) -> tuple[Array, Array]:
    """What one query (Dq,) reads of keys (N, Dk), (Dk,), and the weights, (N,)."""
    if isinstance(attention, MultiHeadAttention):
        return _of_heads(attention, query, keys, allowed)
    weights = softmax(FORMULAS[type(attention)](attention, query, keys), allowed)
    return weights @ keys, weights


def _of_heads(
    attention: MultiHeadAttention, query: Array, keys: Array, allowed: NDArray[np.bool_]
) -> tuple[Array, Array]:
    parts = [
        np.split(linear(layer, vectors), attention.heads, axis=-1)
        for layer, vectors in (
            (attention.query, query),
            (attention.key, keys),
            (attention.value, keys),
        )
    ]
    read, weights = [], []
    for of_query, of_keys, values in zip(*parts, strict=True):
        of_head = softmax(of_keys @ of_query / np.sqrt(len(of_query)), allowed)
        read.append(of_head @ values)
        weights.append(of_head)
    return linear(attention.joined, np.concatenate(read)), np.mean(weights, axis=0)
