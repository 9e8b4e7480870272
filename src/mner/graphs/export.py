"""Exporting a torch module as an ONNX graph."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from mner.errors import InputError, MissingExtraError, clipped

__all__ = ["export_graph"]

_OPSET = 17


def export_graph(
    module: nn.Module,
    example: tuple[Tensor, ...],
    target: Path,
    *,
    inputs: Sequence[str],
    outputs: Sequence[str],
    dynamic: Mapping[str, Mapping[int, str]],
) -> None:
    """Write a module as an ONNX graph.

    Args:
        module: the module to trace; it is put into evaluation mode and stays in it.
        example: inputs of the module, general enough for tracing.
        target: the file.
        inputs: names of the inputs, in order.
        outputs: names of the outputs, in order.
        dynamic: for inputs and outputs, the names of the axes whose lengths may differ from those
            of the example.

    Raises:
        InputError: the module does something for which ONNX has no operator.
        MissingExtraError: the package onnx, which torch needs for it, is not installed.
    """
    try:
        import onnx  # noqa: F401
    except ImportError as exc:
        raise MissingExtraError("Exporting", "train") from exc
    with warnings.catch_warnings():
        # The tracing exporter is deprecated, but its successor cannot export packed sequences
        # whose length is dynamic.
        warnings.simplefilter("ignore")
        try:
            torch.onnx.export(
                module.eval(),
                example,
                str(target),
                input_names=list(inputs),
                output_names=list(outputs),
                dynamic_axes=dynamic,
                opset_version=_OPSET,
                dynamo=False,
            )
        except torch.onnx.errors.OnnxExporterError as exc:
            raise InputError(f"the network cannot be written as a graph ({clipped(exc)})") from exc
