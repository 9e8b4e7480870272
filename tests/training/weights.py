"""The weights that a training left."""

from pathlib import Path

import torch
from safetensors.torch import load_file

__all__ = ["have_same_weights", "read_weights"]


def read_weights(run: Path) -> dict[str, torch.Tensor]:
    return load_file(run / "model" / "network.safetensors")


def have_same_weights(first: Path, second: Path) -> bool:
    """Whether the weights of two runs are the same, bit for bit."""
    weights, others = read_weights(first), read_weights(second)
    if weights.keys() != others.keys():
        return False
    return all(torch.equal(tensor, others[name]) for name, tensor in weights.items())
