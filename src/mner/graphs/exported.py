"""Graphs that `mner export` wrote, of a model folder that anybody may have changed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mner.errors import InputError, ModelError, clipped, quoted
from mner.graphs.devices import Device, Taken, runtime_device
from mner.graphs.operators import require_operators
from mner.graphs.session import CUDA_PROVIDER, open_session

__all__ = ["ExportedGraph", "Shaped"]

_REPAIR = "write it again by `mner export`"


class Shaped(NamedTuple):
    """The type of a tensor, and its shape: a number where a length is known, else a name."""

    type: str
    """As numpy calls it: `int64`, `float32`, `uint8` or `bool`."""
    shape: tuple[int | str, ...]

    def __str__(self) -> str:
        return f"{self.type} ({', '.join(map(str, self.shape))})"


class ExportedGraph:
    """A session of a graph that has the operators of exported graphs and no others.

    Args:
        graph: the file.
        threads: of ONNX Runtime; 0 leaves the choice to it.
        device: where it runs.

    Attributes:
        device: where it runs indeed, `cpu` or `cuda`.
        inputs: the names of what the graph takes.
        metadata: the strings that the file holds beside the graph.

    Raises:
        InputError: `device` is not known, or it is `cuda` and there is none.
        ModelError: the file is missing or damaged, or it is another graph.
    """

    def __init__(self, graph: Path, *, threads: int = 0, device: Device = "auto") -> None:
        self._graph = graph
        wanted = runtime_device(device)
        try:
            require_operators(graph)
            self._session = open_session(graph, threads=threads, on_cuda=wanted == "cuda")
            self.inputs = [value.name for value in self._session.get_inputs()]
            metadata: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
        except Exception as exc:  # the runtime's errors have no other base class in common
            raise ModelError(f"{graph}: cannot be loaded ({_reason(exc)}): {_REPAIR}") from exc
        self.metadata = metadata
        # A runtime that was built for GPUs runs on the processor where CUDA cannot be loaded.
        self.device: Taken = "cuda" if CUDA_PROVIDER in self._session.get_providers() else "cpu"
        if device != self.device and device == "cuda":
            raise InputError(
                "device cuda (--device): ONNX Runtime could not load CUDA here: install the NVIDIA "
                "driver, CUDA and cuDNN that onnxruntime-gpu names, or take device auto or cpu"
            )

    def require(self, inputs: Mapping[str, Shaped], outputs: Mapping[str, Shaped]) -> None:
        """Make sure that the graph takes and gives what it should.

        Args:
            inputs: what it may take.
            outputs: what it has to give, in this order.

        Raises:
            ModelError: it takes or gives something else.
        """
        problem = _unlike(self._session.get_inputs(), inputs, "input")
        problem = problem or _unlike(self._session.get_outputs(), outputs, "output")
        given = [value.name for value in self._session.get_outputs()]
        if not problem and given != list(outputs):
            problem = f"expected the outputs {list(outputs)}, got {given}"
        if problem:
            raise ModelError(f"{self._graph}: {problem}: {_REPAIR}")

    def run(
        self, inputs: Mapping[str, NDArray[Any]], shapes: Sequence[tuple[int | None, ...]]
    ) -> list[NDArray[np.float32]]:
        """Return the outputs.

        Args:
            inputs: arrays by name.
            shapes: of each output; None for a length that may be any.

        Raises:
            ModelError: the graph cannot be run, or gives arrays of other types or shapes.
        """
        try:
            outputs: list[NDArray[np.float32]] = self._session.run(None, inputs)
        except Exception as exc:  # see above
            raise ModelError(f"{self._graph}: cannot be run ({_reason(exc)}): {_REPAIR}") from exc
        for output, shape in zip(outputs, shapes, strict=True):
            if output.dtype != np.float32 or not _has_shape(output, shape):
                raise ModelError(
                    f"{self._graph}: gives {output.dtype} of shape {output.shape}, expected "
                    f"float32 of shape {shape}: {_REPAIR}"
                )
        return outputs


def _unlike(found: Sequence[Any], expected: Mapping[str, Shaped], what: str) -> str:
    """Say which input or output is not as expected; "" if all are."""
    for value in found:
        wanted = expected.get(value.name)
        if wanted is None:
            return f"unknown {what} {quoted(value.name)}"
        got = Shaped(_TYPES.get(value.type, value.type), tuple(value.shape))
        if got.type != wanted.type or not _fits(got.shape, wanted.shape):
            return f"{what} {quoted(value.name)}: expected {wanted}, got {got}"
    return ""


_TYPES = {
    "tensor(float)": "float32",
    "tensor(int64)": "int64",
    "tensor(uint8)": "uint8",
    "tensor(bool)": "bool",
}
"""The runtime's names of types, as numpy calls them."""


def _fits(found: Sequence[int | str | None], wanted: Sequence[int | str]) -> bool:
    """Return whether the lengths that a graph fixes are the wanted ones."""
    if len(found) != len(wanted):
        return False
    pairs = zip(found, wanted, strict=True)
    return all(not isinstance(length, int) or length == known for length, known in pairs)


def _has_shape(output: NDArray[Any], shape: tuple[int | None, ...]) -> bool:
    if output.ndim != len(shape):
        return False
    return all(length in {None, got} for length, got in zip(shape, output.shape, strict=True))


def _reason(exc: Exception) -> str:
    return clipped(" ".join(str(exc).split()))
