"""The network of a model folder in ONNX Runtime, which tags without torch."""

from pathlib import Path

import numpy as np

from mner.errors import ModelError
from mner.graphs.devices import Device
from mner.graphs.exported import ExportedGraph, Shaped
from mner.model.sizes import Sizes
from mner.types import Batch, Emitted

__all__ = ["OnnxBackend"]


class OnnxBackend:
    """Turns batches into emissions by the graph of a model folder.

    Args:
        graph: a graph that `mner export` wrote.
        sizes: the sizes of the network.
        tags: L, the number of tags.
        threads: how many threads it runs in; 0 leaves the choice to ONNX Runtime.
        device: where it runs.

    Attributes:
        device: where it runs indeed, `cpu` or `cuda`.

    Raises:
        InputError: `device` is not known, or it is `cuda` and there is none.
        ModelError: the file is missing or damaged, or the graph of another network.
    """

    def __init__(
        self, graph: Path, *, sizes: Sizes, tags: int, threads: int = 0, device: Device = "auto"
    ) -> None:
        self._path = graph
        self._tags = tags
        self._graph = ExportedGraph(graph, threads=threads, device=device)
        self.device = self._graph.device
        self._graph.require(_inputs(sizes), _outputs(tags))

    def __call__(self, batch: Batch) -> Emitted:
        """Return emissions (B, T, L), and the attention where the model has one.

        Raises:
            ModelError: the graph cannot be run, or gives no such numbers.
        """
        inputs = {name: getattr(batch, name) for name in self._graph.inputs}
        count, longest = batch.words.shape
        shapes = [
            (count, longest, self._tags),
            (count, longest, None),
            (count, longest, None),
            (count, longest),
        ]
        outputs = self._graph.run(inputs, shapes)
        for output in outputs:
            if not np.isfinite(output[batch.mask]).all():
                raise ModelError(
                    f"{self._path}: gives numbers that are not finite: the weights are damaged; "
                    "train the model again or copy it again"
                )
        return Emitted(*outputs)


def _inputs(sizes: Sizes) -> dict[str, Shaped]:
    """Return the arrays of a `Batch` that a network may read."""
    return {
        "words": Shaped("int64", ("B", "T")),
        "vectors": Shaped("float32", ("B", "T", sizes.vector)),
        "characters": Shaped("int64", ("B", "T", "C")),
        "shapes": Shaped("int64", ("B", "T")),
        "lengths": Shaped("int64", ("B",)),
        "regions": Shaped("float32", ("B", "R", sizes.region)),
        "region_mask": Shaped("bool", ("B", "R")),
        "pieces": Shaped("int64", ("W", "P")),
        "piece_mask": Shaped("bool", ("W", "P")),
        "first_pieces": Shaped("int64", ("B", "T")),
    }


def _outputs(tags: int) -> dict[str, Shaped]:
    """Return the fields of `Emitted`."""
    return {
        "emissions": Shaped("float32", ("B", "T", tags)),
        "region_weights": Shaped("float32", ("B", "T", "R")),
        "word_weights": Shaped("float32", ("B", "T", "T")),
        "gate": Shaped("float32", ("B", "T")),
    }
