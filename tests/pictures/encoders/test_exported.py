import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from torch import Tensor, nn

from mner.errors import InputError, ModelError
from mner.pictures.encoders.build import build_encoder
from mner.pictures.encoders.description import check_encoder
from mner.pictures.encoders.exported import ENCODER, OnnxPictureEncoder
from mner.pictures.encoders.network_encoder import NetworkEncoder

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 4, 4, 3), dtype=np.uint8)


class Rows(nn.Module):
    """The rows of pixels as regions."""

    def forward(self, pixels: Tensor) -> Tensor:
        return pixels.float().flatten(2) / 255


class Encoder(NetworkEncoder):
    name, size, regions, width = "rows", 4, 4, 12
    preprocessing, fingerprint = "rgb / 255", "none"
    network = Rows()


def write(path: Path, **changes: str | int) -> Path:
    """Write the graph of the encoder above, with its description changed."""
    Encoder().write_graph(path)
    graph = onnx.load(path)
    onnx.helper.set_model_props(graph, {ENCODER: json.dumps({**Encoder().describe(), **changes})})
    onnx.save(graph, path)
    return path


def test_the_graph_is_the_encoder_that_was_exported(tmp_path: Path) -> None:
    exported = build_encoder(write(tmp_path / "encoder.onnx", output="rows"), threads=1)
    assert isinstance(exported, OnnxPictureEncoder)
    assert exported.describe() == {**Encoder().describe(), "output": "rows"}
    assert (exported.name, exported.fingerprint) == ("rows", "none")
    np.testing.assert_allclose(exported(PIXELS), Encoder()(PIXELS), atol=1e-6)
    assert exported(PIXELS[:0]).shape == (0, 4, 12)


def test_its_graph_is_written_again_as_it_is(tmp_path: Path) -> None:
    path = write(tmp_path / "encoder.onnx")
    OnnxPictureEncoder(path).write_graph(tmp_path / "copy.onnx")
    assert (tmp_path / "copy.onnx").read_bytes() == path.read_bytes()


def test_pixels_of_another_size_are_an_error(tmp_path: Path) -> None:
    exported = OnnxPictureEncoder(write(tmp_path / "encoder.onnx"))
    with pytest.raises(InputError, match=r"pixels: expected uint8 of shape \(B, 4, 4, 3\), got"):
        exported(np.zeros((1, 5, 4, 3), np.uint8))


def test_a_graph_that_does_not_say_what_it_is_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"wide.onnx: does not say which picture encoder it is"):
        OnnxPictureEncoder(write(tmp_path / "wide.onnx", width="wide"))
    Encoder().write_graph(tmp_path / "plain.onnx")
    with pytest.raises(ModelError, match=r"plain.onnx: does not say .* write it again by `mner ex"):
        OnnxPictureEncoder(tmp_path / "plain.onnx")


def test_encoders_are_the_same_if_all_of_their_description_is() -> None:
    described = Encoder().describe()
    check_encoder("store", described, dict(described))
    check_encoder("store", described, None)
    for other in ({**described, "size": 5}, {**described, "output": "rows"}):
        with pytest.raises(
            ModelError,
            match=r"^store: pictures encoded by .*'rows'.*, but the model was trained with .*",
        ):
            check_encoder("store", described, other)
