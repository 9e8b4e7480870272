"""The weights of VGG-16 from a state dict of torchvision."""

import pickle
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch

from mner.errors import InputError, clipped
from mner.pictures.encoders.vgg_weights import BLOCKS, Vgg16Weights, finite_floats
from mner.types import Floats

__all__ = ["read_torchvision"]

_TORCH_ERRORS = (
    RuntimeError,
    pickle.UnpicklingError,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
    AssertionError,
)
"""What `torch.load` raises for files that are cut, forged, or no weights."""


def read_torchvision(path: Path) -> Vgg16Weights:
    """Read the convolutions from a file of torch, of which no code is run.

    Raises:
        InputError: the file is damaged, or holds something else.
    """
    state = _state_dict(path)
    _check_names(path, state)
    kernels: list[Floats] = []
    biases: list[Floats] = []
    for position in _positions():
        for kind, numbers in (("weight", kernels), ("bias", biases)):
            name = f"features.{position}.{kind}"
            tensor = state[name].detach()
            if tensor.is_floating_point():
                tensor = tensor.float()  # numpy does not know bfloat16
            numbers.append(finite_floats(tensor.numpy(), what=f"{path}: {name}"))
    return Vgg16Weights("torchvision", tuple(kernels), tuple(biases))


def _state_dict(path: Path) -> Mapping[str, torch.Tensor]:
    try:
        state = torch.load(path, weights_only=True, map_location="cpu")
    except _TORCH_ERRORS as exc:
        reason = str(exc).partition("\n")[0]
        raise InputError(
            f"{path}: the state dict cannot be read ({clipped(reason)}):"
            " expected weights alone, as torchvision publishes them"
        ) from exc
    if not _is_state_dict(state):
        raise InputError(
            f"{path}: expected a state dict, names with a tensor each,"
            f" got {type(state).__name__} of something else"
        )
    tensors: Mapping[str, torch.Tensor] = state
    return tensors


def _is_state_dict(state: object) -> bool:
    if not isinstance(state, Mapping):
        return False
    are_names = all(isinstance(name, str) for name in state)
    return are_names and all(isinstance(value, torch.Tensor) for value in state.values())


def _check_names(path: Path, state: Mapping[str, torch.Tensor]) -> None:
    positions = list(_positions())
    first, last = f"features.{positions[0]}.weight", f"features.{positions[-1]}.bias"
    expected = set()
    for position in positions:
        expected |= {f"features.{position}.weight", f"features.{position}.bias"}
    stored = {name for name in state if name.startswith("features.")}
    if stored != expected:
        odd = ", ".join(sorted(stored ^ expected)[:4])
        raise InputError(
            f"{path}: not the weights of torchvision's VGG-16: its 13 convolutions are {first} to"
            f" {last}; missing or too many: {odd}"
        )


def _positions() -> Iterator[int]:
    """Yield the positions of the convolutions in torchvision's list of layers.

    Each convolution is followed by ReLU, and each block by pooling.
    """
    position = 0
    for _, *filters in BLOCKS:
        for _ in filters:
            yield position
            position += 2
        position += 1
