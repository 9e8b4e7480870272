"""Quantising a graph: weights of eight bits instead of floats."""

import logging
from pathlib import Path

from mner.errors import MissingExtraError
from mner.graphs.session import import_runtime

__all__ = ["quantise_graph"]


def quantise_graph(graph: Path) -> None:
    """Quantise the weights of LSTM and linear layers in a file of a graph.

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
        quantization.quantize_dynamic(graph, graph, weight_type=quantization.QuantType.QInt8)
    finally:
        logging.disable(before)
