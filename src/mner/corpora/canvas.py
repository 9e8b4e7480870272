"""What pictures are drawn with: a pen, places in fractions of a box, colours decided by chance."""

from random import Random
from typing import NamedTuple, TypeAlias

from PIL import ImageDraw

__all__ = ["SIZE", "WHOLE", "Box", "Colour", "Pen", "fade", "grey", "hue", "lighter", "skin"]

SIZE = 224
"""Pixels on each side of a picture."""

Colour: TypeAlias = tuple[int, int, int]
Pen: TypeAlias = ImageDraw.ImageDraw


class Box(NamedTuple):
    """A rectangle of the picture, in pixels; motifs are drawn in fractions of it."""

    left: float
    top: float
    width: float
    height: float

    def at(self, *fractions: float) -> list[tuple[float, float]]:
        """Return points from x, y, x, y, ... where 0 is left and top, and 1 right and bottom."""
        return [
            (self.left + x * self.width, self.top + y * self.height)
            for x, y in zip(fractions[::2], fractions[1::2], strict=True)
        ]

    def inner(self, left: float, top: float, width: float, height: float) -> "Box":
        """Return a rectangle within this one, given in fractions of it."""
        ((x, y),) = self.at(left, top)
        return Box(x, y, self.width * width, self.height * height)


WHOLE = Box(0, 0, SIZE, SIZE)


def fade(pen: Pen, box: Box, *, top: Colour, bottom: Colour) -> None:
    """Fill a rectangle with colours that blend from one into the other."""
    steps = 32
    for step in range(steps):
        share = step / (steps - 1)
        colour = tuple(round(a + share * (b - a)) for a, b in zip(top, bottom, strict=True))
        pen.rectangle(box.at(0, step / steps, 1, (step + 1) / steps), fill=colour)


def hue(rng: Random, low: int, high: int) -> Colour:
    """Return any colour whose red, green and blue lie between two bounds."""
    return rng.randint(low, high), rng.randint(low, high), rng.randint(low, high)


def grey(rng: Random, low: int, high: int) -> Colour:
    """Return a grey between two bounds."""
    shade = rng.randint(low, high)
    return shade, shade, shade


def skin(rng: Random) -> Colour:
    """Return the colour of a person's skin."""
    return lighter((240, 195, 160), rng.uniform(0.35, 1.05))


def lighter(colour: Colour, factor: float) -> Colour:
    """Return a colour made lighter, or darker by a factor below 1."""
    red, green, blue = (min(255, round(value * factor)) for value in colour)
    return red, green, blue
