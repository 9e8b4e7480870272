"""Export: the network as an ONNX graph of emissions, so that a model folder tags without torch."""

import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from mner.errors import MissingExtraError
from mner.model.network import Network, Tensors
from mner.workflows.checkpoint import ModelFiles, load_network, read_model

__all__ = ["export_model"]

_OPSET = 17
_OUTPUTS = ["emissions", "region_weights", "word_weights", "gate"]
_DYNAMIC = {
    **{name: {0: "B", 1: "T"} for name in ("words", "vectors", "shapes")},
    "characters": {0: "B", 1: "T", 2: "C"},
    "lengths": {0: "B"},
    "regions": {0: "B", 1: "R"},
    "region_mask": {0: "B", 1: "R"},
    **{name: {0: "B", 1: "T"} for name in _OUTPUTS},
}


def export_model(path: Path, *, int8: bool = False) -> Path:
    """Write the graph into the model folder, where `mner.load` finds it.

    Args:
        path: a model folder.
        int8: quantise the weights of LSTM and linear layers to eight bits; smaller, faster on some processors, a little less exact.

    Returns:
        The file of the graph.

    Raises:
        ModelError: the folder is not a model.
        MissingExtraError: `int8`, and the package onnx is not installed.
    """
    model = read_model(path)
    target = model.folder / ModelFiles().graph
    part = target.with_suffix(".part")
    _write_graph(load_network(model), part)
    if int8:
        _quantise(part)
    part.replace(target)
    return target


class _Positional(nn.Module):
    """The network with its inputs one by one, as the exporter wants them."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        emissions, fused = self.network(Tensors(*inputs))
        return emissions, fused.region_weights, fused.word_weights, fused.gate


def _write_graph(network: Network, target: Path) -> None:
    with warnings.catch_warnings():
        # The tracing exporter is deprecated in favour of one that cannot export packed sequences with a dynamic length.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Positional(network),
            tuple(_example(network)),
            str(target),
            input_names=list(Tensors._fields),
            output_names=_OUTPUTS,
            dynamic_axes=_DYNAMIC,
            opset_version=_OPSET,
            dynamo=False,
        )


def _example(network: Network) -> Tensors:
    """A batch with two posts of unlike length: what is traced has to be general."""
    width = network.text.words.width
    regions = getattr(getattr(network.fusion, "project", None), "in_features", 0)
    return Tensors(
        words=torch.tensor([[1, 1, 1], [1, 0, 0]]),
        vectors=torch.zeros(2, 3, width),
        characters=torch.ones(2, 3, 4, dtype=torch.long),
        shapes=torch.ones(2, 3, dtype=torch.long),
        lengths=torch.tensor([3, 1]),
        regions=torch.zeros(2, 2, regions),
        region_mask=torch.tensor([[True, True], [True, False]]),
    )


def _quantise(graph: Path) -> None:
    try:
        from onnxruntime.quantization import QuantType, quantize_dynamic
    except ImportError as exc:
        raise MissingExtraError("Quantising to int8", "train") from exc
    quantize_dynamic(graph, graph, weight_type=QuantType.QInt8)
