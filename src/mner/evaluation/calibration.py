"""How far the probabilities of a model's entities can be believed, on annotated posts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mner.spans.calibrate import Bin, Threshold, expected_calibration_error, reliability, thresholds
from mner.spans.gold import annotated_spans
from mner.tagging.results import Tagged
from mner.types import Bools, Doubles, Post

__all__ = ["Calibration", "measure_calibration"]

_SHOWN = (0.0, 0.5, 0.8, 0.9)
"""The thresholds of which people see precision and recall."""


@dataclass(frozen=True)
class Calibration:
    """How far the probabilities of the predicted entities can be believed."""

    temperature: float
    """Fitted on dev when the model was trained."""
    error: float
    """Expected calibration error over ten bins, in [0, 1]."""
    error_before: float
    """The error without the temperature."""
    bins: tuple[Bin, ...]
    """The entities by their probability."""
    bins_before: tuple[Bin, ...]
    """The same entities by their probability without the temperature."""
    curve: tuple[Threshold, ...]
    """Precision and recall over the least probability."""

    def render(self) -> str:
        """Return two lines for people, rates in percent."""
        kept = []
        for threshold in self.curve:
            if threshold.probability in _SHOWN:
                precision, recall = 100 * threshold.precision, 100 * threshold.recall
                kept.append(f"{threshold.probability:.2f} {precision:.1f} / {recall:.1f}")
        return (
            f"probabilities: expected calibration error {self.error:.3f} "
            f"({self.error_before:.3f} before calibration on dev)\n"
            f"precision / recall by least probability: {', '.join(kept)}"
        )


def measure_calibration(
    gold: Sequence[Post], tagged: Sequence[Tagged], *, temperature: float
) -> Calibration:
    """Compare the probabilities of predicted entities with how many of them are correct.

    Entities with labels that were not annotated play no part.

    Args:
        gold: annotated posts.
        tagged: the same posts, tagged, with uncalibrated probabilities.
        temperature: the model's.
    """
    probabilities, before, correct = [], [], []
    gold_entities = 0
    for post, result in zip(gold, tagged, strict=True):
        spans = annotated_spans(post)
        gold_entities += len(spans)
        for entity, uncalibrated in zip(result.post.entities, result.uncalibrated, strict=True):
            if post.was_sought(entity.label):
                probabilities.append(entity.probability)
                before.append(uncalibrated)
                correct.append(entity.span in spans)
    return _calibration(
        np.array(probabilities),
        np.array(before),
        np.array(correct, dtype=bool),
        gold=gold_entities,
        temperature=temperature,
    )


def _calibration(
    probabilities: Doubles, before: Doubles, correct: Bools, *, gold: int, temperature: float
) -> Calibration:
    return Calibration(
        temperature=temperature,
        error=expected_calibration_error(probabilities, correct),
        error_before=expected_calibration_error(before, correct),
        bins=tuple(reliability(probabilities, correct)),
        bins_before=tuple(reliability(before, correct)),
        curve=tuple(thresholds(probabilities, correct, gold=gold)),
    )
