"""The weights of VGG-16 from an HDF5 file of Keras.

Its groups are `block1_conv1` to `block5_conv3`; the attribute `weight_names` of a group lists its
kernel and its bias. The shape of the kernels shows the order of their axes.

Kernels of Theano, which convolves where the others correlate, are turned by 180 degrees. A file is
Theano's by its attribute `backend`. An old file has none; it is Theano's if its kernels have their
channels first and its weights are not named as variables of TensorFlow are, with `:0` at the end.
"""

from pathlib import Path
from typing import Any

import numpy as np

from mner.errors import InputError, MissingExtraError, clipped
from mner.pictures.encoders.vgg_weights import BLOCKS, Vgg16Weights, finite_floats
from mner.pictures.hdf5 import own_member, own_values
from mner.types import Floats

__all__ = ["read_keras"]

_MOST_NUMBERS = 3 * 3 * 512 * 512
"""The numbers of the largest kernel: a data set of a file may not have more."""


def read_keras(path: Path) -> Vgg16Weights:
    """Read the convolutions from a file of Keras.

    Raises:
        InputError: the file is damaged, holds something else, or points to other files.
        MissingExtraError: h5py is not installed.
    """
    try:
        import h5py
    except ImportError as exc:
        raise MissingExtraError(f"{path}: reading weights of Keras", "h5") from exc
    kernels, biases = [], []
    try:
        with h5py.File(path, "r") as file:
            for layer in _layers():
                kernel, bias = _read_layer(path, file, layer=layer)
                kernels.append(kernel)
                biases.append(bias)
            _check_no_more(path, file)
    except (OSError, RuntimeError, KeyError, ValueError) as exc:
        raise InputError(
            f"{path}: the HDF5 file is damaged ({clipped(exc)}): get it again"
        ) from exc
    return Vgg16Weights("keras", tuple(kernels), tuple(biases))


def _layers() -> list[str]:
    """Return the names of the convolutions."""
    names = []
    for block, (_, *filters) in enumerate(BLOCKS, start=1):
        names += [f"block{block}_conv{number}" for number in range(1, len(filters) + 1)]
    return names


def _read_layer(path: Path, file: Any, *, layer: str) -> tuple[Floats, Floats]:
    """Return the kernel and the bias of a layer of an open HDF5 file."""
    kernel_name, bias_name = _weight_names(path, file, layer=layer)
    kernel = _floats(path, file, name=f"{layer}/{kernel_name}")
    bias = _floats(path, file, name=f"{layer}/{bias_name}")
    if kernel.ndim != 4:
        raise InputError(
            f"{path}: {kernel_name}: expected a kernel of 4 axes, got shape {kernel.shape}"
        )
    is_channels_first = kernel.shape[2:] == (3, 3)
    if not is_channels_first:
        kernel = kernel.transpose(3, 2, 0, 1)  # (3, 3, in, out) -> (out, in, 3, 3)
    backend = file.attrs.get("backend")
    if backend:
        is_turned = _text(backend) == "theano"
    else:
        is_turned = is_channels_first and not kernel_name.endswith(":0")
    if is_turned:
        kernel = kernel[:, :, ::-1, ::-1]
    return np.ascontiguousarray(kernel), bias


def _floats(path: Path, file: Any, *, name: str) -> Floats:
    """Return the numbers of a data set of an open HDF5 file."""
    dataset = _member(path, file, name)
    try:
        values = own_values(dataset, most=_MOST_NUMBERS)
    except InputError as exc:
        raise InputError(f"{path}: {name}: {exc}") from exc
    return finite_floats(values, what=f"{path}: {name}")


def _member(path: Path, file: Any, name: str) -> Any:
    try:
        return own_member(file, name)
    except InputError as exc:
        raise InputError(f"{path}: {name}: {exc}") from exc


def _weight_names(path: Path, file: Any, *, layer: str) -> list[str]:
    """Return the names of the kernel and the bias of a layer."""
    got = f"the groups {', '.join(sorted(file)[:4]) or 'of an empty file'}"
    group = _member(path, file, layer)
    if group is not None:
        names = [_text(name) for name in group.attrs.get("weight_names", ())]
        if len(names) == 2 and all(_is_dataset(path, file, f"{layer}/{name}") for name in names):
            return names
        got = f"the weights {names}"
    raise InputError(
        f"{path}: not the weights of Keras's VGG-16: expected a group {layer} that holds a kernel"
        f" and a bias by its attribute weight_names, got {got}"
    )


def _is_dataset(path: Path, file: Any, name: str) -> bool:
    import h5py

    return isinstance(_member(path, file, name), h5py.Dataset)


def _check_no_more(path: Path, file: Any) -> None:
    """Make sure that the file has no other convolutions, as VGG-19's has."""
    layers = _layers()
    convolutions = [str(name) for name in file if _is_convolution(str(name))]
    more = sorted(set(convolutions) - set(layers))
    if more:
        raise InputError(
            f"{path}: not the weights of VGG-16: expected {', '.join(layers)};"
            f" got {', '.join(more)} too"
        )


def _is_convolution(name: str) -> bool:
    return name.startswith("block") and "_conv" in name


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
