import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from mner.errors import InputError
from mner.graphs.export import export_graph
from mner.graphs.quantise import quantise_graph
from mner.graphs.session import open_session


class Wordless(nn.Module):
    def forward(self, values: Tensor) -> Tensor:
        powers: Tensor = torch.linalg.eigvals(values[:, :2]).real
        return powers


def export(module: nn.Module, target: Path) -> None:
    export_graph(
        module,
        (torch.ones(2, 3),),
        target,
        inputs=["values"],
        outputs=["sums"],
        dynamic={"values": {0: "B"}, "sums": {0: "B"}},
    )


@pytest.fixture
def linear() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(3, 4)


def test_a_graph_gives_what_its_module_gives(linear: nn.Linear, tmp_path: Path) -> None:
    export(linear, tmp_path / "g.onnx")
    values = torch.randn(5, 3)  # more rows than in the example
    session = open_session(tmp_path / "g.onnx", threads=1)
    (sums,) = session.run(["sums"], {"values": values.numpy()})
    np.testing.assert_allclose(sums, linear(values).detach().numpy(), rtol=1e-5, atol=1e-6)
    assert [value.name for value in session.get_inputs()] == ["values"]


def test_a_quantised_graph_gives_nearly_the_same(linear: nn.Linear, tmp_path: Path) -> None:
    export(linear, tmp_path / "g.onnx")
    floats = (tmp_path / "g.onnx").read_bytes()
    quantise_graph(tmp_path / "g.onnx")
    # Not all at the largest value: where two such neighbours meet large weights, processors without
    # VNNI cut their sum (docs/transformers.md).
    values = {"values": np.array([[1.0, -0.5, 0.25], [0.1, 0.2, -0.3]], dtype=np.float32)}
    (exact,), (near,) = (
        open_session(graph).run(None, values)
        for graph in (floats, (tmp_path / "g.onnx").read_bytes())
    )
    assert 0 < np.abs(exact - near).max() < 0.05


def test_what_onnx_cannot_say_is_an_error_of_the_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the network cannot be written as a graph"):
        export(Wordless(), tmp_path / "g.onnx")


TELEMETRY = """
import os, sys
from mner.graphs.session import import_runtime
assert "onnxruntime" not in sys.modules
import_runtime()
print(os.environ["ORT_DISABLE_TELEMETRY"])
"""


@pytest.mark.parametrize("chosen", [None, "0"])
def test_the_runtime_sends_nothing_unless_the_user_says_so(
    chosen: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ORT_DISABLE_TELEMETRY", raising=False)
    if chosen is not None:
        monkeypatch.setenv("ORT_DISABLE_TELEMETRY", chosen)
    printed = subprocess.check_output([sys.executable, "-c", TELEMETRY], text=True)
    assert printed.strip() == (chosen or "1")
