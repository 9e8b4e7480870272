"""The motifs of drawn pictures: people, landscapes, houses and things, each drawn into a box."""

from collections.abc import Callable
from random import Random
from typing import TypeAlias

import numpy as np
from PIL import ImageFont

from mner.corpora.canvas import WHOLE, Box, Pen, fade, grey, hue, lighter, skin

__all__ = [
    "Motif",
    "bottle",
    "bust",
    "coast",
    "cup",
    "figure",
    "front",
    "hill",
    "mountains",
    "parcel",
    "phone",
    "road",
    "sign",
    "skyline",
    "tree",
    "trophy",
]

Motif: TypeAlias = Callable[[Pen, Box, Random], None]

_SYLLABLES = ("BA", "CO", "DEL", "FI", "GRO", "LU", "MAR", "NO", "TEX", "VI", "ZEN")
"""What the names on signs are made of."""


def bust(pen: Pen, box: Box, rng: Random) -> None:
    """Draw head and shoulders."""
    face, hair = skin(rng), hue(rng, 10, 130)
    pen.ellipse(box.at(0, 0.58, 1, 1.5), fill=hue(rng, 20, 240))
    pen.rectangle(box.at(0.4, 0.45, 0.6, 0.65), fill=lighter(face, 0.85))
    if rng.random() < 0.5:
        pen.ellipse(box.at(0.16, 0.0, 0.84, 0.66), fill=hair)
    pen.ellipse(box.at(0.22, 0.05, 0.78, 0.55), fill=face)
    pen.pieslice(box.at(0.2, 0.0, 0.8, 0.5), 180, 360, fill=hair)
    if rng.random() < 0.3:
        pen.rectangle(box.at(0.12, 0.1, 0.88, 0.15), fill=hue(rng, 10, 220))
    for x in (0.38, 0.62):
        pen.ellipse(box.at(x - 0.06, 0.27, x + 0.06, 0.33), fill="white")
        pen.ellipse(box.at(x - 0.025, 0.275, x + 0.025, 0.325), fill=hue(rng, 0, 80))
    pen.polygon(box.at(0.5, 0.31, 0.46, 0.4, 0.54, 0.4), fill=lighter(face, 0.8))
    pen.chord(box.at(0.4, 0.38, 0.6, 0.48), 0, 180, fill=(170, 50, 60))


def figure(pen: Pen, box: Box, rng: Random) -> None:
    """Draw a whole person, standing."""
    face, shirt, trousers = skin(rng), hue(rng, 20, 240), hue(rng, 10, 120)
    pen.ellipse(box.at(0.36, 0.0, 0.64, 0.19), fill=face)
    pen.pieslice(box.at(0.35, -0.01, 0.65, 0.18), 180, 360, fill=hue(rng, 10, 120))
    for side in (-1, 1):
        hand_x = 0.5 + side * rng.uniform(0.25, 0.48)
        hand_y = rng.choice((0.1, 0.45, 0.5))
        arm = box.at(0.5 + side * 0.15, 0.25, hand_x, hand_y)
        leg = box.at(0.5 + side * 0.08, 0.55, 0.5 + side * 0.14, 1.0)
        pen.line(arm, fill=face, width=max(1, round(box.width * 0.09)))
        pen.line(leg, fill=trousers, width=max(1, round(box.width * 0.15)))
    pen.rounded_rectangle(box.at(0.3, 0.19, 0.7, 0.6), radius=box.width * 0.08, fill=shirt)


def mountains(pen: Pen, box: Box, rng: Random) -> None:
    """Draw chains of mountains, with snow on the farthest."""
    for layer in range(rng.randint(2, 4)):
        colour = hue(rng, 60 - 10 * layer, 170 - 25 * layer)
        for _ in range(3):
            x, top, half = rng.random(), rng.uniform(0.15, 0.6) + 0.1 * layer, rng.uniform(0.2, 0.5)
            pen.polygon(box.at(x - half, 1, x, top, x + half, 1), fill=colour)
            if layer == 0:
                foot = top + (1 - top) * 0.2
                snow = box.at(x - half * 0.2, foot, x, top, x + half * 0.2, foot)
                pen.polygon(snow, fill="white")


def skyline(pen: Pen, box: Box, rng: Random) -> None:
    """Draw a row of tall houses."""
    left = -0.05
    while left < 1:
        width, top, wall = rng.uniform(0.06, 0.16), rng.uniform(0.1, 0.75), grey(rng, 50, 190)
        pen.rectangle(box.at(left, top, left + width, 1), fill=wall)
        for row in np.arange(top + 0.04, 0.95, 0.08).tolist():
            windows = box.at(left + 0.01, row, left + width - 0.01, row)
            pen.line(windows, fill=lighter(wall, rng.uniform(0.6, 1.5)), width=2)
        left += width + rng.uniform(0, 0.03)


def coast(pen: Pen, box: Box, rng: Random) -> None:
    """Draw sand, the sea and the sun."""
    beach = WHOLE.at(0, rng.uniform(0.75, 0.9), 1, 1)
    sand = (rng.randint(200, 245), rng.randint(180, 220), rng.randint(130, 180))
    pen.rectangle(beach, fill=sand)
    sea = (rng.randint(10, 80), rng.randint(90, 160), rng.randint(150, 230))
    pen.rectangle(box.at(0, rng.uniform(0.7, 0.85), 1, 1.35), fill=sea)
    for _ in range(8):
        x, y = rng.random(), rng.uniform(0.9, 1.3)
        pen.line(box.at(x, y, x + rng.uniform(0.05, 0.2), y), fill=lighter(sea, 1.4), width=1)
    x, size = rng.uniform(0.1, 0.8), rng.uniform(0.12, 0.25)
    sun = (255, rng.randint(190, 240), 120)
    pen.ellipse(box.at(x, 0.1, x + size * 0.7, 0.1 + size), fill=sun)


def road(pen: Pen, box: Box, rng: Random) -> None:
    """Draw a road that comes nearer."""
    far, near = rng.uniform(0.3, 0.7), rng.uniform(0.2, 0.8)
    tar = box.at(far - 0.02, 0, far + 0.02, 0, near + 0.3, 1, near - 0.3, 1)
    pen.polygon(tar, fill=grey(rng, 60, 130))
    pen.line(box.at(far, 0, near, 1), fill="white", width=2)


def tree(pen: Pen, box: Box, rng: Random) -> None:
    """Draw a tree, round or pointed."""
    leaves = (rng.randint(10, 90), rng.randint(80, 160), rng.randint(10, 80))
    pen.rectangle(box.at(0.42, 0.6, 0.58, 1), fill=(rng.randint(70, 120), 60, 40))
    if rng.random() < 0.5:
        pen.ellipse(box.at(0, 0, 1, 0.72), fill=leaves)
    else:
        pen.polygon(box.at(0.5, 0, 0, 0.75, 1, 0.75), fill=leaves)


def hill(pen: Pen, box: Box, rng: Random) -> None:
    """Draw a hill with two tops."""
    pen.polygon(box.at(0, 1, 0.35, 0.1, 0.6, 0.55, 0.75, 0.35, 1, 1), fill=hue(rng, 50, 150))


def front(pen: Pen, box: Box, rng: Random) -> None:
    """Draw the front of a shop or an office: a sign, an awning or windows, and a door."""
    wall = hue(rng, 70, 220)
    pen.rectangle(box.at(0, 0, 1, 1), fill=wall)
    sign(pen, box.inner(0.06, rng.uniform(0.05, 0.12), 0.88, rng.uniform(0.18, 0.28)), rng)
    if rng.random() < 0.6:
        _awning(pen, box, rng)
    else:
        for x in (0.08, 0.31, 0.54, 0.77):
            pen.rectangle(box.at(x, 0.4, x + 0.15, 0.53), fill=lighter(wall, 0.6), outline="white")
    door, glass = rng.choice((0.08, 0.42, 0.74)), hue(rng, 110, 230)
    for x in (0.08, 0.42, 0.74):
        if x == door:
            pen.rectangle(box.at(x, 0.6, x + 0.18, 1), fill=lighter(wall, 0.5))
        else:
            pen.rectangle(box.at(x, 0.6, x + 0.26, 0.9), fill=glass)


def sign(pen: Pen, box: Box, rng: Random, word: str | None = None) -> None:
    """Draw a sign with a word, or with an invented name."""
    ground = hue(rng, 10, 130)
    pen.rectangle(box.at(0, 0, 1, 1), fill=ground, outline="white")
    if word is None:
        word = "".join(rng.choice(_SYLLABLES) for _ in range(rng.randint(2, 3)))
    size = max(6, min(box.height * 0.75, box.width * 1.4 / len(word)))
    font, ink = ImageFont.load_default(size=size), rng.choice(("white", (255, 225, 90)))
    pen.text(box.at(0.5, 0.5)[0], word, fill=ink, font=font, anchor="mm")


def phone(pen: Pen, box: Box, rng: Random) -> None:
    """Draw a phone, whose screen shows icons."""
    pen.rounded_rectangle(box.at(0.1, 0, 0.9, 1), radius=box.width * 0.12, fill=grey(rng, 10, 60))
    screen = box.inner(0.16, 0.07, 0.68, 0.82)
    fade(pen, screen, top=hue(rng, 60, 250), bottom=hue(rng, 60, 250))
    for row in range(3):
        for x in (0.24, 0.43, 0.62):
            icon = box.at(x, 0.15 + 0.2 * row, x + 0.13, 0.25 + 0.2 * row)
            pen.rounded_rectangle(icon, radius=2, fill=hue(rng, 80, 255))
    pen.ellipse(box.at(0.46, 0.91, 0.54, 0.97), outline="white")


def bottle(pen: Pen, box: Box, rng: Random) -> None:
    """Draw a bottle with a label."""
    glass = hue(rng, 20, 190)
    pen.rectangle(box.at(0.42, 0, 0.58, 0.07), fill=hue(rng, 20, 230))
    pen.rectangle(box.at(0.43, 0.07, 0.57, 0.34), fill=glass)
    pen.rounded_rectangle(box.at(0.25, 0.28, 0.75, 1), radius=box.width * 0.14, fill=glass)
    pen.rectangle(box.at(0.25, 0.5, 0.75, 0.8), fill=hue(rng, 190, 255))
    pen.ellipse(box.at(0.4, 0.57, 0.6, 0.73), fill=hue(rng, 20, 220))
    pen.line(box.at(0.33, 0.36, 0.33, 0.95), fill=lighter(glass, 1.7), width=2)


def trophy(pen: Pen, box: Box, rng: Random) -> None:
    """Draw a cup of metal with two handles, on a stand."""
    metal = rng.choice(((222, 180, 50), (195, 195, 205), (190, 120, 60)))
    for x in (0.02, 0.72):
        handle = box.at(x, 0.06, x + 0.26, 0.4)
        pen.ellipse(handle, outline=metal, width=max(1, round(box.width * 0.06)))
    pen.rectangle(box.at(0.16, 0, 0.84, 0.12), fill=metal)
    pen.pieslice(box.at(0.16, -0.36, 0.84, 0.58), 0, 180, fill=metal)
    pen.rectangle(box.at(0.44, 0.5, 0.56, 0.8), fill=lighter(metal, 0.8))
    pen.rectangle(box.at(0.25, 0.8, 0.75, 1), fill=grey(rng, 20, 70))
    pen.line(box.at(0.28, 0.05, 0.34, 0.4), fill=lighter(metal, 1.4), width=3)


def parcel(pen: Pen, box: Box, rng: Random) -> None:
    """Draw a parcel with a ribbon."""
    card = hue(rng, 90, 220)
    ribbon = hue(rng, 20, 240)
    pen.rectangle(box.at(0, 0.35, 0.75, 1), fill=card)
    pen.polygon(box.at(0.75, 0.35, 1, 0.2, 1, 0.85, 0.75, 1), fill=lighter(card, 0.7))
    pen.polygon(box.at(0, 0.35, 0.25, 0.2, 1, 0.2, 0.75, 0.35), fill=lighter(card, 1.2))
    pen.rectangle(box.at(0.3, 0.35, 0.45, 1), fill=ribbon)
    for x in (0.2, 0.4):
        pen.ellipse(box.at(x, 0.08, x + 0.22, 0.26), outline=ribbon, width=4)


def cup(pen: Pen, box: Box, rng: Random) -> None:
    """Draw a cup of coffee, with steam."""
    china = hue(rng, 120, 255)
    handle = box.at(0.62, 0.45, 0.98, 0.8)
    pen.ellipse(handle, outline=china, width=max(2, round(box.width * 0.08)))
    pen.polygon(box.at(0.05, 0.35, 0.75, 0.35, 0.68, 1, 0.12, 1), fill=china)
    pen.ellipse(box.at(0.05, 0.28, 0.75, 0.42), fill=lighter(china, 0.8))
    pen.ellipse(box.at(0.09, 0.3, 0.71, 0.4), fill=(80, 45, 25))
    for x in (0.3, 0.5):
        pen.arc(box.at(x - 0.08, 0, x + 0.08, 0.28), 270, 90, fill="white", width=2)


def _awning(pen: Pen, box: Box, rng: Random) -> None:
    count, colour = rng.randint(6, 12), hue(rng, 40, 220)
    for number in range(count):
        left, width = number / count, 1 / count
        stripe = box.at(left, 0.42, left + width, 0.42, left + width * 0.9, 0.54, left, 0.54)
        pen.polygon(stripe, fill=colour if number % 2 else "white")
