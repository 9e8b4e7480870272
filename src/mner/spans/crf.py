"""The parameters of a linear-chain CRF (Lafferty, McCallum and Pereira 2001)."""

from dataclasses import dataclass, replace

import numpy as np

from mner.bio import Transitions
from mner.errors import InputError
from mner.types import Reals

__all__ = ["CrfParameters"]


@dataclass(frozen=True, slots=True, eq=False)
class CrfParameters:
    """The scores between L tags, and the steps that the tagging scheme allows.

    Raises:
        InputError: the arrays do not fit one another, or hold NaN or infinity.
    """

    transitions: Reals
    """(L, L): the score of each step, from the row's tag to the column's."""
    start: Reals
    """(L,): the score of being the first tag."""
    end: Reals
    """(L,): the score of being the last tag."""
    allowed: Transitions | None = None
    """What the scheme allows, as `mner.bio.allowed_transitions` returns it. What it forbids has
    probability 0. None allows every sequence."""

    def __post_init__(self) -> None:
        size = len(self.start)
        _check_scores("transitions", self.transitions, (size, size))
        _check_scores("start", self.start, (size,))
        _check_scores("end", self.end, (size,))
        if self.allowed is not None and self.allowed.step.shape != (size, size):
            raise InputError(
                f"CRF constraints: expected {size} tags, got {len(self.allowed.step)}; "
                "build them from the model's own tags"
            )

    def divided(self, temperature: float) -> "CrfParameters":
        """Return the same CRF with every score divided by a temperature."""
        return replace(
            self,
            transitions=self.transitions / temperature,
            start=self.start / temperature,
            end=self.end / temperature,
        )

    def lowered(self, tag: int, *, by: float) -> "CrfParameters":
        """Return the same CRF with a number taken from the score of a tag at every word."""
        # A word's tag is entered once: from the start, or by a step into its column.
        start, transitions = self.start.copy(), self.transitions.copy()
        start[tag] -= by
        transitions[:, tag] -= by
        return replace(self, start=start, transitions=transitions)


def _check_scores(name: str, scores: Reals, shape: tuple[int, ...]) -> None:
    if scores.shape != shape:
        raise InputError(
            f"CRF {name}: expected shape {shape} for {shape[0]} tags, got {scores.shape}; "
            "take all arrays from one model"
        )
    if not np.isfinite(scores).all():
        raise InputError(
            f"CRF {name}: expected finite scores, got NaN or infinity; "
            "the training diverged, use another checkpoint"
        )
