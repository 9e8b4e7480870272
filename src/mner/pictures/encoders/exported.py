"""A picture encoder that was exported as an ONNX graph; it runs without torch."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from mner.errors import ModelError
from mner.graphs.devices import Device
from mner.graphs.exported import ExportedGraph, Shaped
from mner.pictures.encoders.description import EncoderDescription
from mner.pictures.encoders.encoder import PictureEncoder, check_pixels
from mner.pictures.encoders.run_graph import encode_one_by_one
from mner.types import Floats

__all__ = ["ENCODER", "OnnxPictureEncoder"]

ENCODER = "mner.encoder"
"""The key of the encoder's description among the metadata of the graph."""


class OnnxPictureEncoder(PictureEncoder):
    """An encoder whose graph `mner export` wrote; see `PictureEncoder`.

    Args:
        graph: the graph of a picture encoder.
        threads: of ONNX Runtime; 0 leaves the choice to it.
        device: where it runs.

    Raises:
        InputError: `device` is not known, or it is `cuda` and there is none.
        ModelError: the file is missing, damaged, or not the graph of a picture encoder.
    """

    def __init__(self, graph: Path, *, threads: int = 0, device: Device = "auto") -> None:
        self._path = graph
        self._graph = ExportedGraph(graph, threads=threads, device=device)
        self.device = self._graph.device
        described = _description(graph, self._graph.metadata)
        self.name = str(described["name"])
        self.size = _size(graph, described, "size")
        self.regions = _size(graph, described, "regions")
        self.width = _size(graph, described, "width")
        self.preprocessing = str(described["preprocessing"])
        self.fingerprint = str(described["fingerprint"])
        self._description = described
        self._graph.require(
            {"pixels": Shaped("uint8", (1, self.size, self.size, 3))},
            {"regions": Shaped("float32", (1, self.regions, self.width))},
        )

    def __call__(self, pixels: NDArray[np.uint8]) -> Floats:
        """See `PictureEncoder`.

        Raises:
            InputError: the pixels have another shape or type.
            ModelError: the graph cannot be run.
        """
        check_pixels(pixels, size=self.size)
        return encode_one_by_one(self._encode, pixels, shape=(self.regions, self.width))

    def write_graph(self, target: Path) -> None:
        """See `PictureEncoder`; the graph is copied."""
        shutil.copyfile(self._path, target)

    def describe(self) -> EncoderDescription:
        """Return the description of the encoder that was exported."""
        return self._description

    def _encode(self, pixels: NDArray[np.uint8]) -> Floats:
        (regions,) = self._graph.run({"pixels": pixels}, [(1, self.regions, self.width)])
        return regions


_KEYS = ("name", "size", "regions", "width", "preprocessing", "fingerprint")
_LARGEST = 1 << 14
"""No picture is larger in pixels, and no grid of regions larger or wider."""


def _description(graph: Path, metadata: Mapping[str, str]) -> dict[str, str | int]:
    try:
        described = msgspec.json.decode(metadata[ENCODER], type=dict[str, str | int])
    except (KeyError, ValueError, RecursionError) as exc:
        raise _nameless(graph) from exc
    if not described.keys() >= set(_KEYS):
        raise _nameless(graph)
    return described


def _size(graph: Path, described: Mapping[str, str | int], key: str) -> int:
    value = described[key]
    if not isinstance(value, int) or not 1 <= value <= _LARGEST:
        raise _nameless(graph)
    return value


def _nameless(graph: Path) -> ModelError:
    return ModelError(
        f"{graph}: does not say which picture encoder it is: write it again by `mner export`"
    )
