"""The result of a training; needs no torch."""

from dataclasses import dataclass
from pathlib import Path

from mner.spans.scores import ScoreRecord
from mner.training.log import Epoch

__all__ = ["Trained"]


@dataclass(frozen=True)
class Trained:
    """A finished run."""

    model: Path
    """The model folder."""
    best_epoch: int
    """Counted from 1."""
    dev: ScoreRecord
    """The scores of that epoch on dev."""
    history: tuple[Epoch, ...]
