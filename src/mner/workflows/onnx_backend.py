"""A backend of numpy and ONNX Runtime: tags without torch."""

from dataclasses import dataclass
from pathlib import Path

from mner.errors import ModelError
from mner.types import Batch, Floats

__all__ = ["Emitted", "OnnxBackend"]


@dataclass(frozen=True, slots=True)
class Emitted:
    """What the graph gives for a batch; see `model.network.Emitted`."""

    emissions: Floats
    region_weights: Floats
    word_weights: Floats
    gate: Floats


class OnnxBackend:
    """Batches to emissions by the graph of a model folder."""

    def __init__(self, graph: Path, *, threads: int = 0) -> None:
        """Load a graph that `mner export` wrote, to run with so many threads (0: the runtime's choice).

        Raises:
            ModelError: the file is missing or damaged.
        """
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # Threads that spin while they wait slow down everything else on the machine.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        except Exception as exc:  # the runtime's errors have no common base but this
            raise ModelError(f"{graph}: cannot be loaded ({exc}): write it again by `mner export`") from exc
        self._inputs = [one.name for one in self._session.get_inputs()]

    def __call__(self, batch: Batch) -> Emitted:
        """Emissions (B, T, L), and the attention where the model has one."""
        return Emitted(*self._session.run(None, {name: getattr(batch, name) for name in self._inputs}))
