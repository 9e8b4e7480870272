"""Network and picture encoder by numpy and ONNX Runtime: tags without torch."""

from pathlib import Path

from mner.graphs.session import open_exported
from mner.types import Batch, Emitted

__all__ = ["OnnxBackend"]


class OnnxBackend:
    """Batches to emissions by the graph of a model folder."""

    def __init__(self, graph: Path, *, threads: int = 0) -> None:
        """Load a graph that `mner export` wrote, to run with so many threads (0: the runtime's choice).

        Raises:
            ModelError: the file is missing or damaged.
        """
        self._session = open_exported(graph, threads=threads)
        self._inputs = [one.name for one in self._session.get_inputs()]

    def __call__(self, batch: Batch) -> Emitted:
        """Emissions (B, T, L), and the attention where the model has one."""
        return Emitted(
            *self._session.run(None, {name: getattr(batch, name) for name in self._inputs})
        )
