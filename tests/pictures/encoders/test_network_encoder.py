from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from mner.errors import InputError
from mner.pictures.encoders.network_encoder import NetworkEncoder


class Inverse(nn.Module):
    """An operation that ONNX does not have."""

    def forward(self, pixels: Tensor) -> Tensor:
        regions: Tensor = torch.linalg.inv(pixels.float()[..., 0] + torch.eye(4))[:, None].flatten(
            2
        )
        return regions


class Unexportable(NetworkEncoder):
    name, size, regions, width, preprocessing, fingerprint = "inverse", 4, 1, 16, "none", ""
    network = Inverse()


def test_a_network_that_cannot_be_a_graph_is_reported(tmp_path: Path) -> None:
    with pytest.raises(
        InputError,
        match=(
            r"the network cannot be written as a graph \(Exporting the operator"
            r" 'aten::linalg_inv"
        ),
    ):
        Unexportable().write_graph(tmp_path / "a.onnx")
    assert not (tmp_path / "a.onnx").exists()
