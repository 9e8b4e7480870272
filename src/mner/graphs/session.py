"""ONNX Runtime, set up once for everything that runs in it."""

from pathlib import Path
from typing import Any

import onnxruntime

from mner.errors import ModelError

__all__ = ["open_exported", "open_session"]


def open_session(graph: Path | bytes, *, threads: int = 0) -> Any:
    """A session of a graph on the processor, with so many threads (0: the runtime's choice); raises what the runtime raises."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Threads that spin while they wait slow down everything else on the machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        graph if isinstance(graph, bytes) else str(graph),
        options,
        providers=["CPUExecutionProvider"],
    )


def open_exported(graph: Path, *, threads: int) -> Any:
    """A session of a graph that `mner export` wrote.

    Raises:
        ModelError: the file is missing or damaged.
    """
    try:
        return open_session(graph, threads=threads)
    except Exception as exc:  # the runtime's errors have no common base but this
        raise ModelError(
            f"{graph}: cannot be loaded ({' '.join(str(exc).split())}): write it again by `mner export`"
        ) from exc
