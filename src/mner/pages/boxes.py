"""Boxes that a page draws over a picture, such as names that are written in it."""

from dataclasses import dataclass

from mner.pages.tones import tone_of

__all__ = ["BoxRecord", "PictureBox", "box_record"]


@dataclass(frozen=True, slots=True)
class PictureBox:
    """A rectangle in a picture with the entity that was found in it.

    The edges are shares of the picture's width and height, in [0, 1], from its left and its top.
    """

    left: float
    top: float
    right: float
    bottom: float
    label: str
    text: str
    """What is written in the box."""
    probability: float | None = None
    """In [0, 1]; None if there is none."""

    def __post_init__(self) -> None:
        across = 0 <= self.left <= self.right <= 1
        if not (across and 0 <= self.top <= self.bottom <= 1):
            raise ValueError(
                "a box needs 0 <= left <= right <= 1 and 0 <= top <= bottom <= 1, got "
                f"{self.left}, {self.right} and {self.top}, {self.bottom}; divide pixels by the "
                "picture's width and height"
            )


@dataclass(frozen=True, slots=True)
class BoxRecord:
    """A box as a page draws it."""

    label: str
    tone: int
    name: str
    """What stands in the box, with its label and probability."""
    place: dict[str, str]
    """CSS lengths by side."""


def box_record(box: PictureBox) -> BoxRecord:
    """Return what a page shows of a box."""
    place = {
        "left": _percent(box.left),
        "top": _percent(box.top),
        "width": _percent(box.right - box.left),
        "height": _percent(box.bottom - box.top),
    }
    return BoxRecord(box.label, tone_of(box.label), _box_name(box), place)


def _box_name(box: PictureBox) -> str:
    probability = "" if box.probability is None else f" {box.probability:.2f}"
    return f"{box.text} ({box.label}{probability})"


def _percent(share: float) -> str:
    return f"{100 * share:.4g}%"
