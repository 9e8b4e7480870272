"""The network of a model folder in ONNX Runtime, which tags without torch."""

from pathlib import Path

from mner.graphs.session import open_exported
from mner.types import Batch, Emitted

__all__ = ["OnnxBackend"]


class OnnxBackend:
    """Turns batches into emissions by the graph of a model folder.

    Args:
        graph: a graph that `mner export` wrote.
        threads: how many threads it runs in; 0 leaves the choice to ONNX Runtime.

    Raises:
        ModelError: the file is missing or damaged.
    """

    def __init__(self, graph: Path, *, threads: int = 0) -> None:
        self._session = open_exported(graph, threads=threads)
        self._inputs = [value.name for value in self._session.get_inputs()]

    def __call__(self, batch: Batch) -> Emitted:
        """Return emissions (B, T, L), and the attention where the model has one."""
        inputs = {name: getattr(batch, name) for name in self._inputs}
        return Emitted(*self._session.run(None, inputs))
