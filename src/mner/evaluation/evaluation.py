"""The result of evaluating a model: its JSON form, and its table for people."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mner.corpora.overlap import Overlap
from mner.evaluation.calibration import Calibration
from mner.evaluation.controls import Control
from mner.evaluation.file_scores import FileScores
from mner.evaluation.promises import Promised
from mner.spans.intervals import Intervals
from mner.spans.scores import Scores
from mner.tagging.results import Tagged
from mner.types import Post

__all__ = ["KNOWN_AS", "LOOKS_AT", "Evaluation"]

LOOKS_AT = {
    "none": "text only",
    "pixels": "text and pixels",
    "captions": "text and captions (caption-mediated, no pixels)",
}
"""What a model sees, in words, by the `picture.source` of its recipe."""

KNOWN_AS = {"train": "trained the model", "dev": "chose the model's epoch and temperature"}
"""What posts that the training of a model knew did for it, by their split."""


@dataclass(frozen=True)
class Evaluation:
    """The scores of a model on a file, and where they come from."""

    file_scores: FileScores
    tagged: tuple[Tagged, ...]
    """The posts with predicted entities, in the order of the file."""
    gold: tuple[Post, ...]
    source: str
    """What the model looks at: `none`, `pixels` or `captions`."""
    control: Control
    """Whether pictures were as given, exchanged between posts, or removed."""
    seed: int
    """The seed of the model's training."""
    pictures: Mapping[str, int]
    """How many posts had a picture in each state; empty for a text-only model."""
    calibration: Calibration
    overlap: Overlap | None = None
    """The texts that the file shares with train and dev of the model; None for a model of a
    version that did not keep them."""
    known_as: tuple[str, ...] = ()
    """What the posts were to the training of the model: `train` or `dev`. On such posts scores
    are higher than on others."""
    promised: tuple[Promised, ...] = ()
    """The promises that were made, and are in the model folder."""

    @property
    def scores(self) -> Scores:
        """The scores of the model."""
        return self.file_scores.scores

    @property
    def intervals(self) -> Intervals | None:
        """The intervals of the scores; None where no bootstrap was asked for."""
        return self.file_scores.intervals

    @property
    def looks_at(self) -> str:
        """What the model sees, in words."""
        return LOOKS_AT[self.source]

    def as_dict(self) -> dict[str, Any]:
        """Return the scores and their origin as one object for JSON."""
        scores = self.file_scores.as_dict()
        bootstrap = scores.pop("bootstrap")
        return {
            **scores,
            "seeds": [self.seed],
            "source": self.source,
            "picture_control": self.control,
            "pictures": dict(self.pictures),
            "calibration": asdict(self.calibration),
            "known_as": list(self.known_as),
            "promises": [asdict(promised) for promised in self.promised],
            "overlap": asdict(self.overlap) if self.overlap else None,
            "bootstrap": bootstrap,
        }

    def render(self) -> str:
        """Return a table for people, with what has to be known about it below."""
        about = f"model: {self.looks_at}"
        if self.pictures:
            states = [f"{count} {state}" for state, count in self.pictures.items()]
            about += f"; pictures {self.control}: {', '.join(states)}"
        lines = [self.file_scores.render(seeds=[self.seed])]
        for split in self.known_as:
            lines.append(f"these posts {KNOWN_AS[split]}: on others the scores are lower")
        if self.overlap and self.overlap.known and not self.known_as:
            lines.append(f"{self.overlap}; on other posts the scores are lower")
        lines += [about, self.calibration.render()]
        lines += [promised.render() for promised in self.promised]
        if self.promised and "dev" in self.known_as:
            lines.append(
                "these posts chose the model, so the promise may be a little too good: better "
                "make it on annotated posts that the training has not seen"
            )
        return "\n".join(lines)
