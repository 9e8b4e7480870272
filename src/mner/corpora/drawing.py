"""Pictures drawn by code, of four kinds that a picture encoder can tell apart, none of them twice the same.

Every kind is a scene with its own main motif; small motifs of other kinds, light, blur and noise are what make telling them work.
"""

import math
from collections.abc import Callable
from random import Random
from typing import NamedTuple, TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

__all__ = ["KINDS", "draw_picture"]

_SIZE = 224
_Colour: TypeAlias = tuple[int, int, int]
_Pen: TypeAlias = ImageDraw.ImageDraw


class _Box(NamedTuple):
    """A place in the picture, in pixels; motifs are drawn in fractions of it."""

    left: float
    top: float
    width: float
    height: float

    def at(self, *fractions: float) -> list[tuple[float, float]]:
        """Points from x, y, x, y, ... with 0 at left and top and 1 at right and bottom."""
        return [
            (self.left + x * self.width, self.top + y * self.height)
            for x, y in zip(fractions[::2], fractions[1::2], strict=True)
        ]


_ALL = _Box(0, 0, _SIZE, _SIZE)
_Motif: TypeAlias = Callable[[_Pen, _Box, Random], None]


def draw_picture(kind: str, rng: Random) -> Image.Image:
    """Draw a 224 x 224 picture.

    Args:
        kind: one of `KINDS`.
        rng: decides everything else.
    """
    image = Image.new("RGB", (_SIZE, _SIZE), _colour(rng, 60, 240))
    pen = ImageDraw.Draw(image)
    _SCENES[kind](pen, rng)
    others = [motif for other, motifs in _SMALL.items() if other != kind for motif in motifs]
    for _ in range(rng.choice((0, 1, 1, 2))):
        side = rng.uniform(0.14, 0.28) * _SIZE
        left = rng.choice((rng.uniform(0, 0.2), rng.uniform(0.62, 0.8))) * _SIZE
        rng.choice(others)(
            pen, _Box(left, rng.uniform(0.55, 0.95) * _SIZE - side * 0.7, side * 0.8, side), rng
        )
    return _photographed(image, rng)


def _people(pen: _Pen, rng: Random) -> None:
    rng.choice((_wall, _wall, _open_air, _stage, _place, _company))(pen, rng)
    count = rng.choice((1, 1, 1, 2, 2, 3))
    for place in range(count):
        width = rng.uniform(0.3, 0.6) / (1 + 0.25 * (count - 1))
        centre = (place + 0.5) / count + rng.uniform(-0.08, 0.08)
        height = width * rng.uniform(1.3, 1.9)
        motif = rng.choice((_bust, _bust, _figure))
        motif(
            pen,
            _Box(
                (centre - width / 2) * _SIZE, (1.02 - height) * _SIZE, width * _SIZE, height * _SIZE
            ),
            rng,
        )


def _place(pen: _Pen, rng: Random) -> None:
    _open_air(pen, rng)
    horizon = rng.uniform(0.45, 0.7)
    rng.choice((_mountains, _skyline, _coast))(pen, _Box(0, 0, _SIZE, horizon * _SIZE), rng)
    if rng.random() < 0.6:
        _road(pen, _Box(0, horizon * _SIZE, _SIZE, (1 - horizon) * _SIZE), rng)
    for _ in range(rng.randint(0, 6)):
        height = rng.uniform(0.12, 0.35) * _SIZE
        foot = rng.uniform(horizon, 0.95) * _SIZE
        _tree(pen, _Box(rng.uniform(-0.1, 1) * _SIZE, foot - height, height * 0.6, height), rng)


def _company(pen: _Pen, rng: Random) -> None:
    rng.choice((_open_air, _place))(pen, rng)
    pavement = rng.uniform(0.75, 0.93)
    pen.rectangle(_ALL.at(0, pavement, 1, 1), fill=_grey(rng, 90, 170))
    width, height = rng.uniform(0.5, 1), rng.uniform(0.45, 0.8)
    _front(
        pen,
        _Box(
            rng.uniform(-0.1, 1.1 - width) * _SIZE,
            (pavement - height) * _SIZE,
            width * _SIZE,
            height * _SIZE,
        ),
        rng,
    )


def _thing(pen: _Pen, rng: Random) -> None:
    rng.choice((_wall, _wall, _wall, _stage, _place, _company))(pen, rng)
    table = rng.uniform(0.6, 0.85)
    pen.rectangle(_ALL.at(0, table, 1, 1), fill=_colour(rng, 40, 200))
    width = rng.uniform(0.26, 0.48)
    height = width * rng.uniform(1.2, 1.7)
    left, foot = rng.uniform(0.1, 0.9 - width), rng.uniform(table + 0.02, 0.97)
    pen.ellipse(
        _ALL.at(left - 0.06, foot - 0.05, left + width + 0.06, foot + 0.03), fill=_grey(rng, 20, 70)
    )
    rng.choice((_phone, _bottle, _trophy, _parcel, _cup))(
        pen, _Box(left * _SIZE, (foot - height) * _SIZE, width * _SIZE, height * _SIZE), rng
    )


def _wall(pen: _Pen, rng: Random) -> None:
    _gradient(pen, _ALL, _colour(rng, 70, 240), _colour(rng, 70, 240))
    if rng.random() < 0.4:
        stripe, step = _colour(rng, 100, 230), rng.uniform(0.08, 0.2)
        for place in np.arange(0, 1, step).tolist():
            pen.line(_ALL.at(place, 0, place, 1), fill=stripe, width=rng.randint(1, 4))


def _open_air(pen: _Pen, rng: Random) -> None:
    sky = (
        (rng.randint(90, 190), rng.randint(140, 210), rng.randint(190, 255))
        if rng.random() < 0.7
        else _colour(rng, 60, 220)
    )
    _gradient(pen, _ALL, sky, _lighter(sky, rng.uniform(0.9, 1.5)))
    for _ in range(rng.randint(0, 3)):
        x, y, size = rng.uniform(-0.1, 0.9), rng.uniform(0, 0.25), rng.uniform(0.1, 0.3)
        pen.ellipse(_ALL.at(x, y, x + size, y + size * 0.4), fill=_lighter(sky, 1.5))
    pen.rectangle(
        _ALL.at(0, rng.uniform(0.6, 0.75), 1, 1),
        fill=(rng.randint(40, 150), rng.randint(90, 170), rng.randint(30, 110)),
    )


def _stage(pen: _Pen, rng: Random) -> None:
    _gradient(pen, _ALL, _colour(rng, 0, 50), _colour(rng, 10, 90))
    for _ in range(rng.randint(1, 4)):
        lamp, foot = rng.random(), rng.random()
        pen.polygon(
            _ALL.at(lamp, 0, foot - 0.12, 0.9, foot + 0.12, 0.9), fill=_colour(rng, 70, 190)
        )


def _bust(pen: _Pen, box: _Box, rng: Random) -> None:
    """Head and shoulders."""
    skin, hair = _skin(rng), _colour(rng, 10, 130)
    pen.ellipse(box.at(0, 0.58, 1, 1.5), fill=_colour(rng, 20, 240))
    pen.rectangle(box.at(0.4, 0.45, 0.6, 0.65), fill=_lighter(skin, 0.85))
    if rng.random() < 0.5:
        pen.ellipse(box.at(0.16, 0.0, 0.84, 0.66), fill=hair)
    pen.ellipse(box.at(0.22, 0.05, 0.78, 0.55), fill=skin)
    pen.pieslice(box.at(0.2, 0.0, 0.8, 0.5), 180, 360, fill=hair)
    if rng.random() < 0.3:
        pen.rectangle(box.at(0.12, 0.1, 0.88, 0.15), fill=_colour(rng, 10, 220))
    for x in (0.38, 0.62):
        pen.ellipse(box.at(x - 0.06, 0.27, x + 0.06, 0.33), fill="white")
        pen.ellipse(box.at(x - 0.025, 0.275, x + 0.025, 0.325), fill=_colour(rng, 0, 80))
    pen.polygon(box.at(0.5, 0.31, 0.46, 0.4, 0.54, 0.4), fill=_lighter(skin, 0.8))
    pen.chord(box.at(0.4, 0.38, 0.6, 0.48), 0, 180, fill=(170, 50, 60))


def _figure(pen: _Pen, box: _Box, rng: Random) -> None:
    """A whole person, standing."""
    skin, shirt, trousers = _skin(rng), _colour(rng, 20, 240), _colour(rng, 10, 120)
    pen.ellipse(box.at(0.36, 0.0, 0.64, 0.19), fill=skin)
    pen.pieslice(box.at(0.35, -0.01, 0.65, 0.18), 180, 360, fill=_colour(rng, 10, 120))
    for side in (-1, 1):
        hand = 0.5 + side * rng.uniform(0.25, 0.48)
        pen.line(
            box.at(0.5 + side * 0.15, 0.25, hand, rng.choice((0.1, 0.45, 0.5))),
            fill=skin,
            width=max(1, round(box.width * 0.09)),
        )
        pen.line(
            box.at(0.5 + side * 0.08, 0.55, 0.5 + side * 0.14, 1.0),
            fill=trousers,
            width=max(1, round(box.width * 0.15)),
        )
    pen.rounded_rectangle(box.at(0.3, 0.19, 0.7, 0.6), radius=box.width * 0.08, fill=shirt)


def _mountains(pen: _Pen, box: _Box, rng: Random) -> None:
    for layer in range(rng.randint(2, 4)):
        colour = _colour(rng, 60 - 10 * layer, 170 - 25 * layer)
        for _ in range(3):
            x, top, half = rng.random(), rng.uniform(0.15, 0.6) + 0.1 * layer, rng.uniform(0.2, 0.5)
            pen.polygon(box.at(x - half, 1, x, top, x + half, 1), fill=colour)
            if layer == 0:
                pen.polygon(
                    box.at(
                        x - half * 0.2,
                        top + (1 - top) * 0.2,
                        x,
                        top,
                        x + half * 0.2,
                        top + (1 - top) * 0.2,
                    ),
                    fill="white",
                )


def _skyline(pen: _Pen, box: _Box, rng: Random) -> None:
    left = -0.05
    while left < 1:
        width, top, wall = rng.uniform(0.06, 0.16), rng.uniform(0.1, 0.75), _grey(rng, 50, 190)
        pen.rectangle(box.at(left, top, left + width, 1), fill=wall)
        for row in np.arange(top + 0.04, 0.95, 0.08).tolist():
            pen.line(
                box.at(left + 0.01, row, left + width - 0.01, row),
                fill=_lighter(wall, rng.uniform(0.6, 1.5)),
                width=2,
            )
        left += width + rng.uniform(0, 0.03)


def _coast(pen: _Pen, box: _Box, rng: Random) -> None:
    pen.rectangle(
        _ALL.at(0, rng.uniform(0.75, 0.9), 1, 1),
        fill=(rng.randint(200, 245), rng.randint(180, 220), rng.randint(130, 180)),
    )
    sea = (rng.randint(10, 80), rng.randint(90, 160), rng.randint(150, 230))
    pen.rectangle(box.at(0, rng.uniform(0.7, 0.85), 1, 1.35), fill=sea)
    for _ in range(8):
        x, y = rng.random(), rng.uniform(0.9, 1.3)
        pen.line(box.at(x, y, x + rng.uniform(0.05, 0.2), y), fill=_lighter(sea, 1.4), width=1)
    x, size = rng.uniform(0.1, 0.8), rng.uniform(0.12, 0.25)
    pen.ellipse(box.at(x, 0.1, x + size * 0.7, 0.1 + size), fill=(255, rng.randint(190, 240), 120))


def _road(pen: _Pen, box: _Box, rng: Random) -> None:
    far, near = rng.uniform(0.3, 0.7), rng.uniform(0.2, 0.8)
    pen.polygon(
        box.at(far - 0.02, 0, far + 0.02, 0, near + 0.3, 1, near - 0.3, 1), fill=_grey(rng, 60, 130)
    )
    pen.line(box.at(far, 0, near, 1), fill="white", width=2)


def _tree(pen: _Pen, box: _Box, rng: Random) -> None:
    leaves = (rng.randint(10, 90), rng.randint(80, 160), rng.randint(10, 80))
    pen.rectangle(box.at(0.42, 0.6, 0.58, 1), fill=(rng.randint(70, 120), 60, 40))
    if rng.random() < 0.5:
        pen.ellipse(box.at(0, 0, 1, 0.72), fill=leaves)
    else:
        pen.polygon(box.at(0.5, 0, 0, 0.75, 1, 0.75), fill=leaves)


def _hill(pen: _Pen, box: _Box, rng: Random) -> None:
    pen.polygon(box.at(0, 1, 0.35, 0.1, 0.6, 0.55, 0.75, 0.35, 1, 1), fill=_colour(rng, 50, 150))


def _front(pen: _Pen, box: _Box, rng: Random) -> None:
    """The front of a shop or an office: a sign, an awning or rows of windows, and a door."""
    wall = _colour(rng, 70, 220)
    pen.rectangle(box.at(0, 0, 1, 1), fill=wall)
    sign = _Box(
        *box.at(0.06, rng.uniform(0.05, 0.12))[0],
        box.width * 0.88,
        box.height * rng.uniform(0.18, 0.28),
    )
    _sign(pen, sign, rng)
    if rng.random() < 0.6:
        stripes, colour = rng.randint(6, 12), _colour(rng, 40, 220)
        for stripe in range(stripes):
            x, y = stripe / stripes, 1 / stripes
            pen.polygon(
                box.at(x, 0.42, x + y, 0.42, x + y * 0.9, 0.54, x, 0.54),
                fill=colour if stripe % 2 else "white",
            )
    else:
        for x in (0.08, 0.31, 0.54, 0.77):
            pen.rectangle(box.at(x, 0.4, x + 0.15, 0.53), fill=_lighter(wall, 0.6), outline="white")
    door, glass = rng.choice((0.08, 0.42, 0.74)), _colour(rng, 110, 230)
    for x in (0.08, 0.42, 0.74):
        pen.rectangle(
            box.at(x, 0.6, x + (0.18 if x == door else 0.26), 1 if x == door else 0.9),
            fill=_lighter(wall, 0.5) if x == door else glass,
        )


def _sign(pen: _Pen, box: _Box, rng: Random) -> None:
    ground = _colour(rng, 10, 130)
    pen.rectangle(box.at(0, 0, 1, 1), fill=ground, outline="white")
    word = "".join(
        rng.choice(("BA", "CO", "DEL", "FI", "GRO", "LU", "MAR", "NO", "TEX", "VI", "ZEN"))
        for _ in range(rng.randint(2, 3))
    )
    font = ImageFont.load_default(size=max(6, min(box.height * 0.75, box.width * 1.4 / len(word))))
    pen.text(
        box.at(0.5, 0.5)[0],
        word,
        fill=rng.choice(("white", (255, 225, 90))),
        font=font,
        anchor="mm",
    )


def _phone(pen: _Pen, box: _Box, rng: Random) -> None:
    pen.rounded_rectangle(box.at(0.1, 0, 0.9, 1), radius=box.width * 0.12, fill=_grey(rng, 10, 60))
    _gradient(
        pen,
        _Box(*box.at(0.16, 0.07)[0], box.width * 0.68, box.height * 0.82),
        _colour(rng, 60, 250),
        _colour(rng, 60, 250),
    )
    for row in range(3):
        for x in (0.24, 0.43, 0.62):
            pen.rounded_rectangle(
                box.at(x, 0.15 + 0.2 * row, x + 0.13, 0.25 + 0.2 * row),
                radius=2,
                fill=_colour(rng, 80, 255),
            )
    pen.ellipse(box.at(0.46, 0.91, 0.54, 0.97), outline="white")


def _bottle(pen: _Pen, box: _Box, rng: Random) -> None:
    glass = _colour(rng, 20, 190)
    pen.rectangle(box.at(0.42, 0, 0.58, 0.07), fill=_colour(rng, 20, 230))
    pen.rectangle(box.at(0.43, 0.07, 0.57, 0.34), fill=glass)
    pen.rounded_rectangle(box.at(0.25, 0.28, 0.75, 1), radius=box.width * 0.14, fill=glass)
    pen.rectangle(box.at(0.25, 0.5, 0.75, 0.8), fill=_colour(rng, 190, 255))
    pen.ellipse(box.at(0.4, 0.57, 0.6, 0.73), fill=_colour(rng, 20, 220))
    pen.line(box.at(0.33, 0.36, 0.33, 0.95), fill=_lighter(glass, 1.7), width=2)


def _trophy(pen: _Pen, box: _Box, rng: Random) -> None:
    metal = rng.choice(((222, 180, 50), (195, 195, 205), (190, 120, 60)))
    for x in (0.02, 0.72):
        pen.ellipse(
            box.at(x, 0.06, x + 0.26, 0.4), outline=metal, width=max(1, round(box.width * 0.06))
        )
    pen.rectangle(box.at(0.16, 0, 0.84, 0.12), fill=metal)
    pen.pieslice(box.at(0.16, -0.36, 0.84, 0.58), 0, 180, fill=metal)
    pen.rectangle(box.at(0.44, 0.5, 0.56, 0.8), fill=_lighter(metal, 0.8))
    pen.rectangle(box.at(0.25, 0.8, 0.75, 1), fill=_grey(rng, 20, 70))
    pen.line(box.at(0.28, 0.05, 0.34, 0.4), fill=_lighter(metal, 1.4), width=3)


def _parcel(pen: _Pen, box: _Box, rng: Random) -> None:
    card = _colour(rng, 90, 220)
    ribbon = _colour(rng, 20, 240)
    pen.rectangle(box.at(0, 0.35, 0.75, 1), fill=card)
    pen.polygon(box.at(0.75, 0.35, 1, 0.2, 1, 0.85, 0.75, 1), fill=_lighter(card, 0.7))
    pen.polygon(box.at(0, 0.35, 0.25, 0.2, 1, 0.2, 0.75, 0.35), fill=_lighter(card, 1.2))
    pen.rectangle(box.at(0.3, 0.35, 0.45, 1), fill=ribbon)
    for x in (0.2, 0.4):
        pen.ellipse(box.at(x, 0.08, x + 0.22, 0.26), outline=ribbon, width=4)


def _cup(pen: _Pen, box: _Box, rng: Random) -> None:
    china = _colour(rng, 120, 255)
    pen.ellipse(box.at(0.62, 0.45, 0.98, 0.8), outline=china, width=max(2, round(box.width * 0.08)))
    pen.polygon(box.at(0.05, 0.35, 0.75, 0.35, 0.68, 1, 0.12, 1), fill=china)
    pen.ellipse(box.at(0.05, 0.28, 0.75, 0.42), fill=_lighter(china, 0.8))
    pen.ellipse(box.at(0.09, 0.3, 0.71, 0.4), fill=(80, 45, 25))
    for x in (0.3, 0.5):
        pen.arc(box.at(x - 0.08, 0, x + 0.08, 0.28), 270, 90, fill="white", width=2)


def _photographed(image: Image.Image, rng: Random) -> Image.Image:
    """What a cheap camera makes of it: turned, out of light and focus, and grainy."""
    angle = rng.uniform(-8, 8)
    grown = math.ceil(_SIZE * 1.16)
    image = image.resize((grown, grown), Image.Resampling.BILINEAR).rotate(
        angle, Image.Resampling.BILINEAR
    )
    border = (grown - _SIZE) // 2
    image = image.crop((border, border, border + _SIZE, border + _SIZE))
    image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0, 1.6)))
    image = ImageEnhance.Color(
        ImageEnhance.Brightness(image).enhance(rng.uniform(0.65, 1.25))
    ).enhance(rng.uniform(0.3, 1.3))
    grain = np.random.default_rng(rng.getrandbits(32)).standard_normal(
        (_SIZE, _SIZE, 1), dtype=np.float32
    ) * rng.uniform(3, 18)
    return Image.fromarray((np.asarray(image) + grain).clip(0, 255).astype(np.uint8))


def _gradient(pen: _Pen, box: _Box, top: _Colour, bottom: _Colour) -> None:
    steps = 32
    for step in range(steps):
        share = step / (steps - 1)
        colour = tuple(round(a + share * (b - a)) for a, b in zip(top, bottom, strict=True))
        pen.rectangle(box.at(0, step / steps, 1, (step + 1) / steps), fill=colour)


def _colour(rng: Random, low: int, high: int) -> _Colour:
    return rng.randint(low, high), rng.randint(low, high), rng.randint(low, high)


def _grey(rng: Random, low: int, high: int) -> _Colour:
    shade = rng.randint(low, high)
    return shade, shade, shade


def _skin(rng: Random) -> _Colour:
    return _lighter((240, 195, 160), rng.uniform(0.35, 1.05))


def _lighter(colour: _Colour, factor: float) -> _Colour:
    red, green, blue = (min(255, round(value * factor)) for value in colour)
    return red, green, blue


_SCENES: dict[str, Callable[[_Pen, Random], None]] = {
    "person": _people,
    "place": _place,
    "company": _company,
    "thing": _thing,
}
_SMALL: dict[str, tuple[_Motif, ...]] = {
    "person": (_figure, _bust),
    "place": (_tree, _hill),
    "company": (_front, _sign),
    "thing": (_phone, _bottle, _trophy, _parcel, _cup),
}
KINDS = tuple(_SCENES)
"""What a picture shows."""
