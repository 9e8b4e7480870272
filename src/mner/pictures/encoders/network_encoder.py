"""An encoder of pictures that is a torch network."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mner.graphs.export import export_graph
from mner.pictures.encoders.encoder import PictureEncoder, check_pixels
from mner.types import Floats

__all__ = ["NetworkEncoder"]


class NetworkEncoder(PictureEncoder):
    """Encodes and exports by one network; a class of this kind says which, beside what `PictureEncoder` asks for."""

    network: nn.Module
    """From uint8 pixels (B, S, S, 3) to regions (B, R, V), preprocessing and all, in evaluation mode."""

    def __call__(self, pixels: NDArray[np.uint8]) -> Floats:
        """See `PictureEncoder`."""
        check_pixels(pixels, size=self.size)
        with torch.inference_mode():
            # One at a time is as fast on a processor, and what a picture gives does not depend on its company.
            encoded = [self.network(torch.tensor(picture[None])) for picture in pixels]
        return (
            torch.cat(encoded).numpy()
            if encoded
            else np.zeros((0, self.regions, self.width), dtype=np.float32)
        )

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
