"""An encoder of pictures that is a torch network."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mner.graphs.devices import Taken
from mner.graphs.export import export_graph
from mner.pictures.encoders.encoder import PictureEncoder, check_pixels
from mner.types import Floats

__all__ = ["NetworkEncoder"]


class NetworkEncoder(PictureEncoder):
    """An encoder that runs and exports one network; subclasses set it and the other attributes."""

    network: nn.Module
    """From uint8 pixels (B, S, S, 3) to regions (B, R, V), with preprocessing, in evaluation
    mode."""

    def __call__(self, pixels: NDArray[np.uint8]) -> Floats:
        """See `PictureEncoder`."""
        check_pixels(pixels, size=self.size)
        regions = np.zeros((len(pixels), self.regions, self.width), dtype=np.float32)
        # One at a time is as fast on a processor, and regions do not depend on other pictures.
        size = 1 if self.device == "cpu" else len(pixels)
        with torch.inference_mode():
            for start in range(0, len(pixels), max(1, size)):
                batch = torch.tensor(pixels[start : start + size].copy())
                regions[start : start + size] = (
                    self.network(batch.to(self.device)).cpu().numpy()
                )  # (B, R, V)
        return regions

    def to_device(self, device: Taken) -> None:
        """Run on another device; a graph can be written on the processor alone."""
        self.network.to(device)
        self.device = device

    def write_graph(self, target: Path) -> None:
        """See `PictureEncoder`."""
        example = torch.zeros(2, self.size, self.size, 3, dtype=torch.uint8)
        export_graph(
            self.network,
            (example,),
            target,
            inputs=["pixels"],
            outputs=["regions"],
            dynamic={"pixels": {0: "B"}, "regions": {0: "B"}},
        )
