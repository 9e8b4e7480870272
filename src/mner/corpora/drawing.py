"""Pictures drawn by code, of four kinds that a picture encoder can tell apart, no two alike.

Every kind is a scene with its own main motif. Small motifs of other kinds, light, blur and noise
make it work to tell the kinds apart.
"""

import math
from collections.abc import Callable
from random import Random
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from mner.corpora.canvas import SIZE, WHOLE, Box, Pen, fade, grey, hue, lighter
from mner.corpora.motifs import (
    Motif,
    bottle,
    bust,
    coast,
    cup,
    figure,
    front,
    hill,
    mountains,
    parcel,
    phone,
    road,
    sign,
    skyline,
    tree,
    trophy,
)

__all__ = ["KINDS", "draw_picture", "draw_sign"]

_Scene: TypeAlias = Callable[[Pen, Random], None]


def draw_picture(kind: str, rng: Random) -> Image.Image:
    """Draw a 224 x 224 picture.

    Args:
        kind: one of `KINDS`.
        rng: decides everything else.
    """
    image = Image.new("RGB", (SIZE, SIZE), hue(rng, 60, 240))
    pen = ImageDraw.Draw(image)
    _SCENES[kind](pen, rng)
    others: list[Motif] = []
    for other, motifs in _SMALL.items():
        if other != kind:
            others += motifs
    for _ in range(rng.choice((0, 1, 1, 2))):
        _draw_beside(pen, others, rng)
    return _photographed(image, rng)


def draw_sign(word: str, rng: Random) -> Image.Image:
    """Draw a 224 x 224 picture of a place with a sign.

    Args:
        word: what stands on the sign.
        rng: decides everything else.
    """
    image = Image.new("RGB", (SIZE, SIZE), hue(rng, 60, 240))
    pen = ImageDraw.Draw(image)
    _place(pen, rng)
    for x in (0.3, 0.7):
        pen.rectangle(WHOLE.at(x - 0.02, 0.5, x + 0.02, 0.85), fill=grey(rng, 60, 90))
    sign(pen, WHOLE.inner(0.12, 0.36, 0.76, 0.24), rng, word)
    return _photographed(image, rng)


def _draw_beside(pen: Pen, motifs: list[Motif], rng: Random) -> None:
    """Draw a small motif at the left or the right of the picture."""
    side = rng.uniform(0.14, 0.28) * SIZE
    left = rng.choice((rng.uniform(0, 0.2), rng.uniform(0.62, 0.8))) * SIZE
    motif = rng.choice(motifs)
    motif(pen, Box(left, rng.uniform(0.55, 0.95) * SIZE - side * 0.7, side * 0.8, side), rng)


def _people(pen: Pen, rng: Random) -> None:
    rng.choice((_wall, _wall, _open_air, _stage, _place, _company))(pen, rng)
    count = rng.choice((1, 1, 1, 2, 2, 3))
    for number in range(count):
        width = rng.uniform(0.3, 0.6) / (1 + 0.25 * (count - 1))
        centre = (number + 0.5) / count + rng.uniform(-0.08, 0.08)
        height = width * rng.uniform(1.3, 1.9)
        motif = rng.choice((bust, bust, figure))
        motif(pen, WHOLE.inner(centre - width / 2, 1.02 - height, width, height), rng)


def _place(pen: Pen, rng: Random) -> None:
    _open_air(pen, rng)
    horizon = rng.uniform(0.45, 0.7)
    rng.choice((mountains, skyline, coast))(pen, Box(0, 0, SIZE, horizon * SIZE), rng)
    if rng.random() < 0.6:
        road(pen, Box(0, horizon * SIZE, SIZE, (1 - horizon) * SIZE), rng)
    for _ in range(rng.randint(0, 6)):
        height = rng.uniform(0.12, 0.35) * SIZE
        foot = rng.uniform(horizon, 0.95) * SIZE
        tree(pen, Box(rng.uniform(-0.1, 1) * SIZE, foot - height, height * 0.6, height), rng)


def _company(pen: Pen, rng: Random) -> None:
    rng.choice((_open_air, _place))(pen, rng)
    pavement = rng.uniform(0.75, 0.93)
    pen.rectangle(WHOLE.at(0, pavement, 1, 1), fill=grey(rng, 90, 170))
    width, height = rng.uniform(0.5, 1), rng.uniform(0.45, 0.8)
    left = rng.uniform(-0.1, 1.1 - width)
    front(pen, WHOLE.inner(left, pavement - height, width, height), rng)


def _thing(pen: Pen, rng: Random) -> None:
    rng.choice((_wall, _wall, _wall, _stage, _place, _company))(pen, rng)
    table = rng.uniform(0.6, 0.85)
    pen.rectangle(WHOLE.at(0, table, 1, 1), fill=hue(rng, 40, 200))
    width = rng.uniform(0.26, 0.48)
    height = width * rng.uniform(1.2, 1.7)
    left, foot = rng.uniform(0.1, 0.9 - width), rng.uniform(table + 0.02, 0.97)
    shadow = WHOLE.at(left - 0.06, foot - 0.05, left + width + 0.06, foot + 0.03)
    pen.ellipse(shadow, fill=grey(rng, 20, 70))
    motif = rng.choice((phone, bottle, trophy, parcel, cup))
    motif(pen, WHOLE.inner(left, foot - height, width, height), rng)


def _wall(pen: Pen, rng: Random) -> None:
    fade(pen, WHOLE, top=hue(rng, 70, 240), bottom=hue(rng, 70, 240))
    if rng.random() < 0.4:
        stripe, step = hue(rng, 100, 230), rng.uniform(0.08, 0.2)
        for x in np.arange(0, 1, step).tolist():
            pen.line(WHOLE.at(x, 0, x, 1), fill=stripe, width=rng.randint(1, 4))


def _open_air(pen: Pen, rng: Random) -> None:
    if rng.random() < 0.7:
        sky = (rng.randint(90, 190), rng.randint(140, 210), rng.randint(190, 255))
    else:
        sky = hue(rng, 60, 220)
    fade(pen, WHOLE, top=sky, bottom=lighter(sky, rng.uniform(0.9, 1.5)))
    for _ in range(rng.randint(0, 3)):
        x, y, size = rng.uniform(-0.1, 0.9), rng.uniform(0, 0.25), rng.uniform(0.1, 0.3)
        pen.ellipse(WHOLE.at(x, y, x + size, y + size * 0.4), fill=lighter(sky, 1.5))
    ground = WHOLE.at(0, rng.uniform(0.6, 0.75), 1, 1)
    grass = (rng.randint(40, 150), rng.randint(90, 170), rng.randint(30, 110))
    pen.rectangle(ground, fill=grass)


def _stage(pen: Pen, rng: Random) -> None:
    fade(pen, WHOLE, top=hue(rng, 0, 50), bottom=hue(rng, 10, 90))
    for _ in range(rng.randint(1, 4)):
        lamp, foot = rng.random(), rng.random()
        beam = WHOLE.at(lamp, 0, foot - 0.12, 0.9, foot + 0.12, 0.9)
        pen.polygon(beam, fill=hue(rng, 70, 190))


def _photographed(image: Image.Image, rng: Random) -> Image.Image:
    """Return what a cheap camera makes of a picture: turned, badly lit, out of focus, grainy."""
    angle = rng.uniform(-8, 8)
    grown = math.ceil(SIZE * 1.16)
    image = image.resize((grown, grown), Image.Resampling.BILINEAR)
    image = image.rotate(angle, Image.Resampling.BILINEAR)
    border = (grown - SIZE) // 2
    image = image.crop((border, border, border + SIZE, border + SIZE))
    image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0, 1.6)))
    image = ImageEnhance.Brightness(image).enhance(rng.uniform(0.65, 1.25))
    image = ImageEnhance.Color(image).enhance(rng.uniform(0.3, 1.3))
    noise = np.random.default_rng(rng.getrandbits(32))
    grain = noise.standard_normal((SIZE, SIZE, 1), dtype=np.float32) * rng.uniform(3, 18)
    return Image.fromarray((np.asarray(image) + grain).clip(0, 255).astype(np.uint8))


_SCENES: dict[str, _Scene] = {
    "person": _people,
    "place": _place,
    "company": _company,
    "thing": _thing,
}
_SMALL: dict[str, tuple[Motif, ...]] = {
    "person": (figure, bust),
    "place": (tree, hill),
    "company": (front, sign),
    "thing": (phone, bottle, trophy, parcel, cup),
}
KINDS = tuple(_SCENES)
"""What a picture shows."""
