"""The weights of VGG-16's convolutions, from the three layouts in which they are passed on.

| layout | where | kernels |
|---|---|---|
| torchvision, a state dict (`.pth`) | `features.N.weight`, `features.N.bias` | (out, in, 3, 3) |
| Keras `th_dim_ordering_th_kernels`, HDF5 | groups `block1_conv1` to `block5_conv3`, attribute `weight_names` | (out, in, 3, 3), turned by 180 degrees |
| Keras `tf_dim_ordering_tf_kernels`, HDF5 | the same | (3, 3, in, out) |

Which it is follows from the content. The first bytes part HDF5 from a state dict, and the shape of the kernels parts the orders. The turn belongs to Theano,
which convolves where the others correlate: a file is Theano's by its attribute `backend`, or, where an old file has none, if its kernels have their
channels first and its weights are not named as variables of TensorFlow are, with `:0` at the end.

The weights of Keras were trained in Caffe by the authors of VGG, those of torchvision anew on other pixels: the origin decides what the network must be given.
"""

import hashlib
import pickle
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from mner.errors import InputError, MissingExtraError
from mner.types import Floats

__all__ = ["BLOCKS", "Vgg16Weights", "read_vgg16_weights"]

BLOCKS = (
    (3, 64, 64),
    (64, 128, 128),
    (128, 256, 256, 256),
    (256, 512, 512, 512),
    (512, 512, 512, 512),
)
"""For each block its input channels and then the filters of its convolutions; a block ends in pooling by two."""

_HDF5 = b"\x89HDF\r\n\x1a\n"
_TORCH = (b"PK\x03\x04", b"\x80")
"""Archives, and the pickles of torch before 1.6, of which torchvision's own file is one."""

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


@dataclass(frozen=True)
class Vgg16Weights:
    """The thirteen convolutions, in order."""

    origin: Literal["torchvision", "keras"]
    kernels: tuple[Floats, ...]
    """Each (out, in, 3, 3), to be correlated; the first one's channels are in the order of its origin: RGB of torchvision, BGR of Keras."""
    biases: tuple[Floats, ...]
    """Each (out,)."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the numbers: the same for one set of weights in any layout."""
        digest = hashlib.sha256()
        for numbers in (*self.kernels, *self.biases):
            digest.update(numbers.astype("<f4").tobytes())
        return digest.hexdigest()


def read_vgg16_weights(path: Path) -> Vgg16Weights:
    """Read the convolutions of VGG-16 in any layout; the dense layers are left aside, and need not be there.

    Raises:
        InputError: the file cannot be read, is of none of the layouts, is damaged, or holds another network.
        MissingExtraError: it is HDF5, and h5py is not installed.
    """
    try:
        with path.open("rb") as file:
            start = file.read(len(_HDF5))
    except OSError as exc:
        raise InputError(f"{path}: the weights cannot be read ({exc.strerror})") from exc
    if start == _HDF5:
        weights = _read_keras(path)
    elif start.startswith(_TORCH):
        weights = _read_torchvision(path)
    else:
        raise InputError(
            f"{path}: expected a state dict of torchvision or an HDF5 file of Keras, got a file that begins with {start!r}"
        )
    _check(path, weights)
    return weights


def _read_torchvision(path: Path) -> Vgg16Weights:
    state = _state_dict(path)
    expected = [f"features.{place}.{part}" for place in _places() for part in ("weight", "bias")]
    found = [name for name in state if name.startswith("features.")]
    if sorted(found) != sorted(expected):
        odd = ", ".join(sorted(set(expected) ^ set(found))[:4])
        raise InputError(
            f"{path}: not the weights of torchvision's VGG-16: its 13 convolutions are {expected[0]} to {expected[-1]}; missing or too many: {odd}"
        )
    # float16 and bfloat16 are taken too; numpy does not know the second.
    tensors = [(name, state[name].detach()) for name in expected]
    numbers = [
        _numbers(path, name, (tensor.float() if tensor.is_floating_point() else tensor).numpy())
        for name, tensor in tensors
    ]
    return Vgg16Weights("torchvision", tuple(numbers[::2]), tuple(numbers[1::2]))


def _state_dict(path: Path) -> Mapping[str, torch.Tensor]:
    """The tensors of a file of torch, of which no code is run."""
    try:
        state = torch.load(path, weights_only=True, map_location="cpu")
    except _TORCH_ERRORS as exc:
        reason = str(exc).partition("\n")[0]
        raise InputError(
            f"{path}: the state dict cannot be read ({reason}): expected weights alone, as torchvision publishes them"
        ) from exc
    if not isinstance(state, Mapping) or not all(
        isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in state.items()
    ):
        raise InputError(
            f"{path}: expected a state dict, names with a tensor each, got {type(state).__name__} of something else"
        )
    return state


def _places() -> Iterator[int]:
    """Where torchvision has the convolutions in its list of layers: each is followed by ReLU, each block by pooling."""
    place = 0
    for _, *filters in BLOCKS:
        for _ in filters:
            yield place
            place += 2
        place += 1


def _read_keras(path: Path) -> Vgg16Weights:
    try:
        import h5py
    except ImportError as exc:
        raise MissingExtraError(f"{path}: reading weights of Keras", "h5") from exc
    try:
        with h5py.File(path, "r") as file:
            layers = [_keras_layer(path, file, name) for name in _layers()]
            if more := sorted(
                name
                for name in file
                if str(name).startswith("block") and "_conv" in name and name not in _layers()
            ):
                raise InputError(
                    f"{path}: not the weights of VGG-16: expected {', '.join(_layers())}; got {', '.join(more)} too"
                )
    except (OSError, RuntimeError, KeyError, ValueError) as exc:
        raise InputError(f"{path}: the HDF5 file is damaged ({exc}): get it again") from exc
    return Vgg16Weights("keras", *zip(*layers, strict=True))


def _layers() -> list[str]:
    return [
        f"block{block}_conv{number}"
        for block, (_, *filters) in enumerate(BLOCKS, start=1)
        for number in range(1, len(filters) + 1)
    ]


def _keras_layer(path: Path, file: Any, layer: str) -> tuple[Floats, Floats]:
    """Kernel and bias of a layer of an open HDF5 file."""
    names = (
        [
            name.decode() if isinstance(name, bytes) else str(name)
            for name in file[layer].attrs.get("weight_names", ())
        ]
        if layer in file
        else []
    )
    if len(names) != 2 or not all(name in file[layer] for name in names):
        got = (
            f"the weights {names}"
            if layer in file
            else f"the groups {', '.join(sorted(file)[:4]) or 'of an empty file'}"
        )
        raise InputError(
            f"{path}: not the weights of Keras's VGG-16: expected a group {layer} that holds a kernel and a bias by its attribute weight_names, got {got}"
        )
    kernel, bias = (_numbers(path, name, file[layer][name][()]) for name in names)
    if kernel.ndim != 4:
        raise InputError(
            f"{path}: {names[0]}: expected a kernel of 4 axes, got shape {kernel.shape}"
        )
    is_channels_first = kernel.shape[2:] == (3, 3)
    if not is_channels_first:
        kernel = kernel.transpose(3, 2, 0, 1)
    backend = file.attrs.get("backend")
    backend = backend.decode() if isinstance(backend, bytes) else backend
    is_turned = (
        backend == "theano" if backend else is_channels_first and not names[0].endswith(":0")
    )
    return np.ascontiguousarray(kernel[:, :, ::-1, ::-1] if is_turned else kernel), bias


def _numbers(path: Path, name: str, values: NDArray[Any]) -> Floats:
    if values.dtype.kind != "f" or not np.isfinite(values).all():
        raise InputError(
            f"{path}: {name}: expected finite floats, got {values.dtype}{' that are not all finite' if values.dtype.kind == 'f' else ''}"
        )
    return values.astype(np.float32, copy=False)


def _check(path: Path, weights: Vgg16Weights) -> None:
    shapes = [(outputs, inputs, 3, 3) for block in BLOCKS for inputs, outputs in pairwise(block)]
    for number, (kernel, bias, shape) in enumerate(
        zip(weights.kernels, weights.biases, shapes, strict=True), start=1
    ):
        if kernel.shape != shape or bias.shape != shape[:1]:
            raise InputError(
                f"{path}: convolution {number} of VGG-16: expected a kernel of shape {shape} and {shape[0]} biases, got {kernel.shape} and {bias.shape}"
            )
