"""Bands give the same bytes as the whole picture."""

import numpy as np
import pytest
from PIL import Image, ImageOps

from mner.pictures import shrink as module
from mner.pictures.shrink import shrink, upright_size

MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I", "I;16", "F")
WHITE = {"I": 65535.0, "I;16": 65535.0, "F": 1.0}


def picture(mode: str, orientation: int) -> Image.Image:
    """Return a picture of random pixels."""
    rng = np.random.default_rng(0)
    if mode in WHITE:
        types = {"I": np.int32, "I;16": np.uint16, "F": np.float32}
        values = rng.random((53, 37)) * WHITE[mode]
        image = Image.fromarray(values.astype(types[mode]))
    else:
        image = Image.fromarray(rng.integers(0, 255, (53, 37, 4), dtype=np.uint8)).convert(mode)
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.info["exif"] = exif.tobytes()
    return image


def as_a_whole(image: Image.Image, size: tuple[int, int]) -> np.ndarray:
    """Turn, convert and resize the whole picture, one after the other."""
    upright = ImageOps.exif_transpose(image)
    if image.mode in WHITE:
        values = np.asarray(upright, dtype=np.float64)
        upright = Image.fromarray((values * (255 / WHITE[image.mode])).astype(np.uint8))
    if upright.has_transparency_data:
        ground = Image.new("RGBA", upright.size, "white")
        upright = Image.alpha_composite(ground, upright.convert("RGBA"))
    return np.asarray(upright.convert("RGB").resize(size, Image.Resampling.BILINEAR))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("orientation", range(10))
def test_bands_are_the_same_as_the_whole(
    mode: str, orientation: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = picture(mode, orientation)
    for whole, band in ((8_000_000, 1_000_000), (100, 1), (100, 200), (100, 1_900)):
        monkeypatch.setattr(module, "_WHOLE", whole)
        monkeypatch.setattr(module, "_BAND", band)
        for size in ((16, 16), (8, 8), (8, 30)):
            assert (np.asarray(shrink(image, size)) == as_a_whole(image, size)).all()


def test_of_high_pictures_only_the_rounding_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    image = Image.fromarray(rng.integers(0, 255, (900, 40, 4), dtype=np.uint8))
    monkeypatch.setattr(module, "_WHOLE", 100)
    monkeypatch.setattr(module, "_BAND", 1_000)
    bands = np.asarray(shrink(image, (16, 16))).astype(int)
    assert np.abs(bands - as_a_whole(image, (16, 16))).max() <= 1


@pytest.mark.parametrize(
    ("orientation", "size"), [(0, (37, 53)), (1, (37, 53)), (4, (37, 53)), (5, (53, 37))]
)
def test_the_size_is_that_of_the_upright_picture(orientation: int, size: tuple[int, int]) -> None:
    assert upright_size(picture("RGB", orientation)) == size
