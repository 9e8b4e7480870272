"""Quantising a graph: weights of eight bits instead of floats.

In a transformer, some numbers are a thousand times as large as the others, so that eight bits for
all of them leave little of the others. Of such a graph only those products are quantised that do
not end in the sum which runs through all layers, each output with a scale of its own. That keeps
the F1 of MPNet, where eight bits everywhere lose 5 to 14 points; see benchmarks/RESULTS.md.
"""

import logging
from pathlib import Path
from typing import Any

from mner.errors import MissingExtraError
from mner.graphs.session import import_runtime

__all__ = ["quantise_graph"]

_TRANSFORMER = "/transformer/"
"""Stands in the name of a node that belongs to a transformer."""
_ENDINGS = ("/output/dense/MatMul", "/attn/o/MatMul", "/head/MatMul")
"""How the names of products end that stay as they are: those whose results are added to what runs
through all layers, as the encoders of Hugging Face name them, and the scores of the tags."""


def quantise_graph(graph: Path) -> None:
    """Quantise the weights of LSTM and linear layers in a file of a graph.

    Of a graph with a transformer some linear layers alone are quantised.

    Raises:
        MissingExtraError: the package onnx, which the runtime needs for it, is not installed.
    """
    try:
        quantization = import_runtime("onnxruntime.quantization")
    except ImportError as exc:
        raise MissingExtraError("Quantising to int8", "train") from exc
    before = logging.root.manager.disable
    # The runtime logs long advice about tensors that it does not change.
    logging.disable(logging.WARNING)
    try:
        kind = quantization.QuantType.QInt8
        quantization.quantize_dynamic(graph, graph, weight_type=kind, **_options(graph))
    finally:
        logging.disable(before)


def _options(graph: Path) -> dict[str, Any]:
    """Return what is quantised of a graph, and how; nothing for one without a transformer."""
    from onnx import load_model

    names = [node.name for node in load_model(graph).graph.node if node.op_type == "MatMul"]
    if not any(_TRANSFORMER in name for name in names):
        return {}
    excluded = [name for name in names if name.endswith(_ENDINGS)]
    return {
        "op_types_to_quantize": ["MatMul"],
        "nodes_to_exclude": excluded,
        "per_channel": True,
    }
