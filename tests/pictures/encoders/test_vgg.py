import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from mner.corpora.resources import RESOURCES
from mner.errors import InputError
from mner.files.paths import downloads_folder
from mner.graphs.session import open_session
from mner.pictures.encoders.vgg import DEFAULT_WEIGHTS, Vgg16, Vgg16Network
from mner.pictures.encoders.vgg_read import read_vgg16_weights
from mner.types import Floats
from tests.pictures.encoders.vgg_layouts import random_layers, write_keras, write_torchvision

os.environ["KERAS_BACKEND"] = "torch"
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of packages that Keras imports
    import keras
    from keras.applications.imagenet_utils import preprocess_input

SIDE = 96
"""Of the pictures for comparisons: 3 x 3 regions, and quick."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder, layers = tmp_path_factory.mktemp("vgg"), random_layers()
    return {
        "torchvision": write_torchvision(folder / "vgg16.pth", layers),
        "th": write_keras(
            folder / "vgg16_weights_th_dim_ordering_th_kernels_notop.h5",
            layers,
            order="th",
            kernels="th",
        ),
        "tf": write_keras(
            folder / "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
            layers,
            order="tf",
            kernels="tf",
        ),
    }


@pytest.fixture(scope="module")
def theirs(files: dict[str, Path]) -> keras.Model:
    """Keras's own network, with the weights as Keras itself reads them."""
    network = keras.applications.VGG16(include_top=False, weights=None, input_shape=(SIDE, SIDE, 3))
    network.load_weights(files["tf"])
    return network


@pytest.fixture(scope="module")
def encoder(files: dict[str, Path]) -> Vgg16:
    return Vgg16(files["th"])


@pytest.fixture
def pixels() -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (2, SIDE, SIDE, 3), dtype=np.uint8)


def regions_of(network: torch.nn.Module, pixels: NDArray[np.uint8]) -> Floats:
    with torch.inference_mode():
        regions: Floats = network(torch.from_numpy(pixels)).numpy()
    return regions


def regions_of_keras(network: Any, pixels: NDArray[np.uint8], *, mode: str) -> Floats:
    scaled = preprocess_input(pixels.astype(np.float32), data_format="channels_last", mode=mode)
    with torch.inference_mode():
        features: Floats = network(scaled).cpu().numpy()  # (B, 3, 3, V)
    return features.reshape(len(pixels), 9, 512)


def assert_same(ours: Floats, theirs: Floats) -> None:
    assert ours.shape == theirs.shape
    assert theirs.max() > 0.1
    assert abs(ours - theirs).max() <= 1e-4 * abs(theirs).max()


@pytest.mark.parametrize(
    ("origin", "mode"), [("th", "caffe"), ("tf", "caffe"), ("torchvision", "torch")]
)
def test_regions_are_those_of_keras_row_by_row(
    files: dict[str, Path], theirs: keras.Model, pixels: NDArray[np.uint8], origin: str, mode: str
) -> None:
    assert_same(
        regions_of(Vgg16(files[origin]).network, pixels),
        regions_of_keras(theirs, pixels, mode=mode),
    )


def test_the_same_weights_in_three_layouts_give_the_same_regions_of_the_same_input(
    files: dict[str, Path], pixels: NDArray[np.uint8]
) -> None:
    networks = [
        Vgg16Network(
            read_vgg16_weights(file),
            mean=(104.0, 117.0, 124.0),
            deviation=(1.0, 1.0, 1.0),
            flip=True,
        )
        for file in files.values()
    ]
    first, *others = [regions_of(network, pixels) for network in networks]
    assert first.max() > 1
    for other in others:
        assert abs(other - first).max() < 1e-4


def test_kernels_of_theano_are_convolved(files: dict[str, Path], encoder: Vgg16) -> None:
    import h5py

    with h5py.File(files["th"]) as file:
        kernel = file["block1_conv1/block1_conv1_W"][()]  # (64, 3, 3, 3)
    impulse = torch.zeros(1, 3, 5, 5)
    impulse[0, 1, 2, 2] = 1
    with torch.inference_mode():
        (_, first), *_ = (
            layer
            for layer in encoder.network.named_modules()
            if isinstance(layer[1], torch.nn.Conv2d)
        )
        response = first(impulse) - first(torch.zeros(1, 3, 5, 5))
    # What a convolution makes of an impulse is its kernel, upright; a correlation gives it turned.
    np.testing.assert_allclose(response[0, :, 1:4, 1:4].numpy(), kernel[:, 1], atol=1e-6)


def test_the_description_tells_weights_and_preprocessing_but_not_the_layout(
    files: dict[str, Path], encoder: Vgg16
) -> None:
    described = encoder.describe()
    assert described == Vgg16(files["tf"]).describe()
    assert {name: described[name] for name in ("name", "size", "regions", "width")} == {
        "name": "vgg16",
        "size": 224,
        "regions": 49,
        "width": 512,
    }
    assert described["preprocessing"] == "bgr - (103.939, 116.779, 123.68)"
    other = Vgg16(files["torchvision"]).describe()
    assert other["fingerprint"] == described["fingerprint"]
    assert other["preprocessing"] == "(rgb / 255 - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)"


def test_the_graph_gives_the_regions_of_torch(encoder: Vgg16, tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (1, 224, 224, 3), dtype=np.uint8)
    regions = encoder(pixels)
    assert regions.shape == (1, 49, 512)
    assert regions.min() >= 0
    encoder.write_graph(tmp_path / "vgg16.onnx")
    (graph,) = open_session(tmp_path / "vgg16.onnx").run(["regions"], {"pixels": pixels})
    assert_same(graph, regions)


def test_pixels_of_another_size_are_an_error(encoder: Vgg16) -> None:
    with pytest.raises(
        InputError,
        match=(
            r"pixels: expected uint8 of shape \(B, 224, 224, 3\), got uint8 of shape \(1, 96,"
            r" 96, 3\)"
        ),
    ):
        encoder(np.zeros((1, SIDE, SIDE, 3), np.uint8))


def test_without_a_file_the_fetched_one_is_taken(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert RESOURCES["vgg16"].file == DEFAULT_WEIGHTS
    monkeypatch.setenv("MNER_CACHE", str(tmp_path))
    with pytest.raises(
        InputError,
        match=(
            r"downloads/vgg16-397923af\.pth: the weights of VGG-16 are not there: run `mner"
            r" data fetch vgg16`, or name a file"
        ),
    ):
        Vgg16()
    downloads_folder().mkdir()
    (downloads_folder() / DEFAULT_WEIGHTS).symlink_to(files["torchvision"])
    assert Vgg16().describe() == Vgg16(files["torchvision"]).describe()
