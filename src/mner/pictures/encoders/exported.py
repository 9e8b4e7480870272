"""A picture encoder that was exported as an ONNX graph, run without torch."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mner.errors import ModelError
from mner.graphs.session import open_exported
from mner.types import Floats

__all__ = ["ENCODER", "OnnxPictureEncoder"]

ENCODER = "mner.encoder"
"""Where the graph of a picture encoder keeps the encoder's description, among its metadata."""


class OnnxPictureEncoder:
    """Pictures to regions by the graph of a model folder; see `model.image.PictureEncoder`."""

    def __init__(self, graph: Path, *, threads: int = 0) -> None:
        """Load a graph that `mner export` wrote, to run with so many threads (0: the runtime's choice).

        Raises:
            ModelError: the file is missing, damaged, or not the graph of a picture encoder.
        """
        self._session = open_exported(graph, threads=threads)
        try:
            self._description: dict[str, str | int] = json.loads(
                self._session.get_modelmeta().custom_metadata_map[ENCODER]
            )
            self.size, self.regions, self.width = (
                int(self._description[name]) for name in ("size", "regions", "width")
            )
        except (KeyError, ValueError) as exc:
            raise ModelError(
                f"{graph}: does not say which picture encoder it is: write it again by `mner export`"
            ) from exc

    def __call__(self, pixels: NDArray[np.uint8]) -> Floats:
        """From (B, S, S, 3) RGB to (B, R, V), regions row by row from the top left."""
        nothing = np.zeros((0, self.regions, self.width), dtype=np.float32)
        # One at a time is faster: what lies between the layers of 16 pictures is larger than the processor's caches.
        return np.concatenate(
            [
                nothing,
                *(self._session.run(None, {"pixels": picture[None]})[0] for picture in pixels),
            ]
        )

    def describe(self) -> dict[str, str | int]:
        """All that the regions depend on, as of the encoder that was exported."""
        return dict(self._description)
