"""Files of VGG-16's weights in the layouts of torchvision and of Keras, of random numbers."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import h5py
import numpy as np
import torch

from mner.types import Floats

__all__ = [
    "LAYERS",
    "POSITIONS",
    "SHAPES",
    "Layer",
    "put",
    "random_layers",
    "write_keras",
    "write_torchvision",
]

Layer = tuple[Floats, Floats]
"""Kernel (out, in, 3, 3), to be correlated, and bias (out,)."""

POSITIONS = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
"""The positions of the convolutions in torchvision's list of layers."""
LAYERS = tuple(
    f"block{block}_conv{number}"
    for block, count in enumerate((2, 2, 3, 3, 3), start=1)
    for number in range(1, count + 1)
)
SHAPES = tuple(
    (outputs, inputs, 3, 3)
    for inputs, outputs in pairwise(
        (3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)
    )
)


def random_layers() -> list[Layer]:
    """Return numbers that neither grow nor fade from layer to layer."""
    rng = np.random.default_rng(0)
    return [
        (
            rng.standard_normal(shape, dtype=np.float32) * np.float32((2 / (9 * shape[1])) ** 0.5),
            rng.standard_normal(shape[0], dtype=np.float32) * np.float32(0.1),
        )
        for shape in SHAPES
    ]


def write_torchvision(path: Path, layers: Sequence[Layer], *, is_old: bool = True) -> Path:
    """Write a state dict with a dense layer.

    The old format is that of torchvision's own file, which is older than torch 1.6.
    """
    state: dict[str, torch.Tensor] = {}
    for position, (kernel, bias) in zip(POSITIONS, layers, strict=True):
        state |= {
            f"features.{position}.weight": torch.nn.Parameter(torch.from_numpy(kernel)),
            f"features.{position}.bias": torch.from_numpy(bias),
        }
    torch.save(
        {**state, "classifier.0.weight": torch.zeros(2, 3)},
        path,
        _use_new_zipfile_serialization=not is_old,
    )
    return path


def write_keras(
    path: Path,
    layers: Sequence[Layer],
    *,
    order: Literal["th", "tf"],
    kernels: Literal["th", "tf"],
    backend: str | None = None,
) -> Path:
    """Write a file as Keras 1 did on Theano or TensorFlow; with a backend named, as Keras 2 did.

    Layers without weights have groups too.
    """
    names = ["input_1", *LAYERS, "block5_pool"]
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in names]
        if backend is not None:
            file.attrs["backend"] = backend.encode()
        for name in names:
            file.create_group(name).attrs["weight_names"] = np.zeros(0, dtype="S1")
        for layer, (kernel, bias) in zip(LAYERS, layers, strict=True):
            turned = kernel[:, :, ::-1, ::-1] if kernels == "th" else kernel
            put(
                file[layer],
                _weight_names(layer, kernels, backend),
                [turned if order == "th" else turned.transpose(2, 3, 1, 0), bias],
            )
    return path


def put(group: Any, names: Sequence[str], values: Sequence[Floats]) -> None:
    group.attrs["weight_names"] = [name.encode() for name in names]
    for name, value in zip(names, values, strict=True):
        group.create_dataset(name, data=value)


def _weight_names(layer: str, kernels: str, backend: str | None) -> list[str]:
    if backend is not None:
        return [f"{layer}/{part}{'' if kernels == 'th' else ':0'}" for part in ("kernel", "bias")]
    return [f"{layer}_{part}{'' if kernels == 'th' else '_1:0'}" for part in ("W", "b")]
