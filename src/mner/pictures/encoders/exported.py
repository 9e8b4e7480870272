"""A picture encoder that was exported as an ONNX graph; it runs without torch."""

import shutil
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from mner.errors import ModelError
from mner.graphs.session import open_exported
from mner.pictures.encoders.description import EncoderDescription
from mner.pictures.encoders.encoder import PictureEncoder, check_pixels
from mner.pictures.encoders.run_graph import run_graph
from mner.types import Floats

__all__ = ["ENCODER", "OnnxPictureEncoder"]

ENCODER = "mner.encoder"
"""The key of the encoder's description among the metadata of the graph."""


class OnnxPictureEncoder(PictureEncoder):
    """An encoder whose graph `mner export` wrote; see `PictureEncoder`.

    Args:
        graph: the graph of a picture encoder.
        threads: of ONNX Runtime; 0 leaves the choice to it.

    Raises:
        ModelError: the file is missing, damaged, or not the graph of a picture encoder.
    """

    def __init__(self, graph: Path, *, threads: int = 0) -> None:
        self._graph = graph
        self._session = open_exported(graph, threads=threads)
        metadata = self._session.get_modelmeta().custom_metadata_map
        try:
            described = msgspec.json.decode(metadata[ENCODER], type=dict[str, str | int])
            self.name = str(described["name"])
            self.size = int(described["size"])
            self.regions = int(described["regions"])
            self.width = int(described["width"])
            self.preprocessing = str(described["preprocessing"])
            self.fingerprint = str(described["fingerprint"])
        except (KeyError, ValueError) as exc:
            raise ModelError(
                f"{graph}: does not say which picture encoder it is: write it again by"
                f" `mner export`"
            ) from exc
        self._description = described

    def __call__(self, pixels: NDArray[np.uint8]) -> Floats:
        """See `PictureEncoder`."""
        check_pixels(pixels, size=self.size)
        return run_graph(self._session, pixels, shape=(self.regions, self.width))

    def write_graph(self, target: Path) -> None:
        """See `PictureEncoder`; the graph is copied."""
        shutil.copyfile(self._graph, target)

    def describe(self) -> EncoderDescription:
        """Return the description of the encoder that was exported."""
        return self._description
