"""Where a tagger comes from, and what runs it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mner.errors import clipped
from mner.graphs.devices import Taken
from mner.tagging.about import About
from mner.types import LooksAt

__all__ = ["Loaded", "described"]


@dataclass(frozen=True)
class Loaded:
    """Where a tagger comes from, and what runs it."""

    folder: Path
    """The model folder."""
    about: About
    """The description of the model."""
    runtime: str
    """`ONNX Runtime` or `torch`."""
    device: Taken
    """Where the network runs."""

    def __str__(self) -> str:
        """Say what runs the model, such as `ONNX Runtime on cpu`."""
        return f"{self.runtime} on {self.device}"


def described(labels: Iterable[str], looks_at: LooksAt | None, loaded: Loaded | None) -> str:
    """Say in one line which tagger it is.

    Args:
        labels: what it finds.
        looks_at: what it sees beside the text; None for a text-only model.
        loaded: where it comes from; None for a network in training.
    """
    model = "in training" if loaded is None else clipped(loaded.folder)
    sees = f"text and {looks_at}" if looks_at else "text only"
    parts = [f"finds {clipped(', '.join(labels))}", f"looks at {sees}"]
    if loaded is not None:
        parts.append(f"runs in {loaded}")
    return f"<mner.Tagger {model}: {'; '.join(parts)}>"
