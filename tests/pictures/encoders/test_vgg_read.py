import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from mner.errors import InputError, MissingExtraError
from mner.pictures.encoders.vgg_read import read_vgg16_weights
from mner.pictures.encoders.vgg_weights import Vgg16Weights
from tests.pictures.encoders.vgg_layouts import (
    LAYERS,
    POSITIONS,
    Layer,
    put,
    random_layers,
    write_keras,
    write_torchvision,
)

WRITERS: dict[str, Callable[[Path, list[Layer]], Path]] = {
    "torchvision": write_torchvision,
    "torchvision, new format": partial(write_torchvision, is_old=False),
    "th_dim_ordering_th_kernels": partial(write_keras, order="th", kernels="th"),
    "tf_dim_ordering_tf_kernels": partial(write_keras, order="tf", kernels="tf"),
    "th_dim_ordering_tf_kernels": partial(write_keras, order="th", kernels="tf"),
    "Keras 2 on Theano": partial(write_keras, order="th", kernels="th", backend="theano"),
    "Keras 2 on Theano, channels last": partial(
        write_keras, order="tf", kernels="th", backend="theano"
    ),
    "Keras 2 on TensorFlow": partial(write_keras, order="tf", kernels="tf", backend="tensorflow"),
}


@pytest.fixture(scope="module")
def layers() -> list[Layer]:
    return random_layers()


@pytest.mark.parametrize("layout", WRITERS)
def test_every_layout_holds_the_same_numbers(
    layers: list[Layer], layout: str, tmp_path: Path
) -> None:
    # The name says nothing about the layout.
    weights = read_vgg16_weights(WRITERS[layout](tmp_path / "weights", layers))
    assert weights.origin == ("torchvision" if layout.startswith("torchvision") else "keras")
    for kernel, bias, (expected_kernel, expected_bias) in zip(
        weights.kernels, weights.biases, layers, strict=True
    ):
        assert kernel.dtype == bias.dtype == np.float32
        assert (kernel == expected_kernel).all()
        assert (bias == expected_bias).all()
    (tmp_path / "weights").unlink()


def test_the_fingerprint_is_of_the_numbers(layers: list[Layer]) -> None:
    kernels, biases = map(tuple, zip(*layers, strict=True))
    fingerprint = Vgg16Weights("keras", kernels, biases).fingerprint
    assert (
        Vgg16Weights("torchvision", kernels, tuple(bias.copy() for bias in biases)).fingerprint
        == fingerprint
    )
    assert Vgg16Weights("keras", kernels, (*biases[:-1], biases[-1] + 1)).fingerprint != fingerprint


def state_dict(path: Path, **changes: object) -> None:
    state = {
        f"features.{position}.{kind}": torch.zeros(1)
        for position in POSITIONS
        for kind in ("weight", "bias")
    } | changes
    torch.save({name: value for name, value in state.items() if value is not None}, path)


def keras_file(path: Path, kernel: np.ndarray, *, only: tuple[str, ...] = LAYERS) -> None:
    with h5py.File(path, "w") as file:
        for layer in only:
            put(
                file.create_group(layer),
                [f"{layer}_W", f"{layer}_b"],
                [kernel, np.zeros(1, np.float32)],
            )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"features.30.weight": torch.zeros(1)},
            (
                "not the weights of torchvision's VGG-16: .* features.0.weight to"
                " features.28.bias; missing or too many: features.30"
            ),
        ),
        ({"features.5.bias": None}, r"missing or too many: features\.5\.bias"),
        (
            {"features.0.weight": torch.zeros(2, 2)},
            (
                r"convolution 1 of VGG-16: expected a kernel of shape \(64, 3, 3, 3\) and 64"
                r" biases, got \(2, 2\) and \(1,\)"
            ),
        ),
        (
            {"features.2.bias": torch.zeros(1, dtype=torch.int32)},
            r"features\.2\.bias: expected finite floats, got int32",
        ),
        (
            {"features.2.bias": torch.full((1,), torch.nan)},
            r"features\.2\.bias: expected finite floats, got float32 that are not all finite",
        ),
        ({"features.2.bias": torch.zeros(1, dtype=torch.bfloat16)}, r"convolution 1 of VGG-16"),
        (
            {"epoch": 3},
            "expected a state dict, names with a tensor each, got dict of something else",
        ),
        ({"model": Path("x")}, "the state dict cannot be read .*: expected weights alone"),
    ],
)
def test_a_state_dict_of_something_else_is_an_error(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    state_dict(tmp_path / "w.pth", **changes)
    with pytest.raises(InputError, match=rf"w\.pth: .*{message}|w\.pth: {message}"):
        read_vgg16_weights(tmp_path / "w.pth")


def test_a_keras_file_of_something_else_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "w.h5"
    keras_file(path, np.zeros((2, 1, 3, 3), np.float32))
    with pytest.raises(
        InputError,
        match=(
            r"w\.h5: convolution 1 of VGG-16: expected a kernel of shape \(64, 3, 3, 3\) and"
            r" 64 biases, got \(2, 1, 3, 3\) and \(1,\)"
        ),
    ):
        read_vgg16_weights(path)
    keras_file(path, np.zeros((2, 3), np.float32))
    with pytest.raises(
        InputError, match=r"w\.h5: block1_conv1_W: expected a kernel of 4 axes, got shape \(2, 3\)"
    ):
        read_vgg16_weights(path)
    keras_file(path, np.zeros((2, 1, 3, 3), np.float32), only=(*LAYERS, "block3_conv4"))
    with pytest.raises(InputError, match=r"not the weights of VGG-16: .* got block3_conv4 too"):
        read_vgg16_weights(path)
    keras_file(path, np.zeros((2, 1, 3, 3), np.float32), only=LAYERS[1:])
    with pytest.raises(
        InputError,
        match=(
            r"expected a group block1_conv1 that holds a kernel and a bias .* got the groups"
            r" block1_conv2, block2_conv1"
        ),
    ):
        read_vgg16_weights(path)
    with h5py.File(path, "w") as file:
        file.create_group("block1_conv1").attrs["weight_names"] = [
            b"block1_conv1_W",
            b"block1_conv1_b",
        ]
    with pytest.raises(InputError, match=r"got the weights \['block1_conv1_W', 'block1_conv1_b'\]"):
        read_vgg16_weights(path)
    with h5py.File(path, "w") as file:
        file["block1_conv1"] = np.zeros(3)
    with pytest.raises(InputError, match="expected a group block1_conv1"):
        read_vgg16_weights(path)
    with h5py.File(path, "w"):
        pass
    with pytest.raises(InputError, match="got the groups of an empty file"):
        read_vgg16_weights(path)


@pytest.mark.parametrize(
    "layout", ["torchvision", "torchvision, new format", "tf_dim_ordering_tf_kernels"]
)
@pytest.mark.parametrize("share", [0.0001, 0.5])
def test_a_file_that_is_cut_is_an_error(layout: str, share: float, tmp_path: Path) -> None:
    path = WRITERS[layout](
        tmp_path / "weights",
        13 * [(np.zeros((40, 40, 3, 3), np.float32), np.zeros(40, np.float32))],
    )
    with path.open("r+b") as file:
        file.truncate(int(path.stat().st_size * share))
    with pytest.raises(
        InputError, match=r"weights: the (state dict cannot be read|HDF5 file is damaged) \("
    ):
        read_vgg16_weights(path)


def test_a_file_of_neither_kind_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"w: the weights cannot be read \(No such file or directory\)"
    ):
        read_vgg16_weights(tmp_path / "w")
    with pytest.raises(InputError, match=r"the weights cannot be read \(Is a directory\)"):
        read_vgg16_weights(tmp_path)
    for content in (b"<html>not found</html>", b""):
        (tmp_path / "w").write_bytes(content)
        with pytest.raises(
            InputError,
            match=(
                r"w: expected a state dict of torchvision or an HDF5 file of Keras, got a file"
                r" that begins like neither"
            ),
        ):
            read_vgg16_weights(tmp_path / "w")


def test_without_h5py_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keras_file(tmp_path / "w.h5", np.zeros(1, np.float32))
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(
        MissingExtraError,
        match=(
            r"w\.h5: reading weights of Keras needs packages that are not installed: pip"
            r" install 'mner\[h5\]'"
        ),
    ):
        read_vgg16_weights(tmp_path / "w.h5")
