"""Sessions of ONNX Runtime, set up in the same way for every graph."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

__all__ = ["CUDA_PROVIDER", "Session", "import_runtime", "open_session"]

CUDA_PROVIDER = "CUDAExecutionProvider"
"""What ONNX Runtime calls NVIDIA's GPUs."""
_PROCESSOR = "CPUExecutionProvider"


class Session(Protocol):
    """What `mner` uses of a session of ONNX Runtime."""

    def run(self, outputs: Sequence[str] | None, inputs: Mapping[str, Any]) -> list[Any]:
        """Return the named outputs (all of them for None) as arrays."""

    def get_inputs(self) -> list[Any]:
        """Return the inputs, each with its `name`, `type` and `shape`."""

    def get_outputs(self) -> list[Any]:
        """Return the outputs, as `get_inputs` does."""

    def get_providers(self) -> list[str]:
        """Return what the session runs on, the preferred one first."""

    def get_modelmeta(self) -> Any:
        """Return the graph's metadata; `custom_metadata_map` is a dictionary of strings."""


def import_runtime(module: str = "onnxruntime") -> Any:
    """Import ONNX Runtime, or a module of it; `mner` has switched its telemetry off.

    Raises:
        ImportError: the module, or a package that it needs, is not installed.
    """
    return import_module(module)


def open_session(graph: Path | bytes, *, threads: int = 0, on_cuda: bool = False) -> Session:
    """Open a session of a graph; errors of the runtime are not translated.

    Args:
        graph: a file, or the bytes of one.
        threads: number of threads; 0 for the number that the runtime chooses.
        on_cuda: run on a GPU. Where the runtime cannot do so, the session is on the processor, as
            its `get_providers` says.
    """
    onnxruntime = import_runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Threads that spin while they wait slow down everything else on the machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3  # errors
    session: Session = onnxruntime.InferenceSession(
        graph if isinstance(graph, bytes) else str(graph),
        options,
        providers=[CUDA_PROVIDER, _PROCESSOR] if on_cuda else [_PROCESSOR],
    )
    return session
