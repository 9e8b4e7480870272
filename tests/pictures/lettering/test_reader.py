"""Engines on drawn signs; each is tested where it is installed."""

import shutil
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from mner.errors import InputError
from mner.pictures.decode import Picture, Pixels
from mner.pictures.lettering.lines import Lettering, LetteringState, Line
from mner.pictures.lettering.reader import (
    ENGINES,
    LONGEST_SIDE,
    TextReader,
    open_reader,
    read_lettering,
)
from mner.types import PictureState

NEEDED: dict[str, Callable[[], object]] = {
    "rapidocr": lambda: find_spec("rapidocr"),
    "tesseract": lambda: shutil.which("tesseract"),
}


@pytest.fixture(scope="module", params=list(ENGINES))
def reader(request: pytest.FixtureRequest) -> TextReader:
    if not NEEDED[request.param]():
        pytest.skip(f"{request.param} is not installed")
    return open_reader(request.param)


def sign(*words: str, size: tuple[int, int] = (480, 240)) -> Pixels:
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(48)
    for number, word in enumerate(words):
        draw.text((40, 30 + 90 * number), word, fill="black", font=font)
    return np.array(image, dtype=np.uint8)


def read(reader: TextReader, pixels: Pixels) -> Lettering:
    return read_lettering(Picture(PictureState.PRESENT, pixels, None), reader)


def test_a_sign_is_read_with_its_places(reader: TextReader) -> None:
    lettering = read(reader, sign("LONDON", "Camden Road"))
    assert lettering.state is LetteringState.READ
    assert lettering.aspect == 2
    lines = {line.text: line for line in lettering.lines}
    assert set(lines) == {"LONDON", "Camden Road"}
    assert lines["LONDON"].box.bottom < lines["Camden Road"].box.top + 0.05
    for line in lettering.lines:
        assert 0.5 < line.confidence <= 1
        assert 0 <= line.box.left < line.box.right <= 1
        assert 0 <= line.box.top < line.box.bottom <= 1
        assert line.box.left == pytest.approx(40 / 480, abs=0.03)


def test_a_picture_without_words_has_no_text(reader: TextReader) -> None:
    assert read(reader, np.full((200, 200, 3), 90, np.uint8)).state is LetteringState.NO_TEXT


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, LONGEST_SIDE), (LONGEST_SIDE, 1), (3, 40), (LONGEST_SIDE, LONGEST_SIDE)]
)
def test_no_size_is_a_fault(reader: TextReader, shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert read(reader, pixels).state in {LetteringState.READ, LetteringState.NO_TEXT}


def test_a_wide_banner_is_read(reader: TextReader) -> None:
    pixels = sign("WELCOME TO CANTERBURY", size=(900, 100))
    assert "CANTERBURY" in " ".join(line.text for line in read(reader, pixels).lines)


def test_states_keep_their_reason(reader: TextReader) -> None:
    cut = read_lettering(Picture(PictureState.UNREADABLE, None, "the file is cut"), reader)
    assert cut == Lettering(LetteringState.UNREADABLE, reason="the file is cut")
    absent = read_lettering(Picture(PictureState.ABSENT, None, "no such file"), reader)
    assert absent == Lettering(LetteringState.ABSENT, reason="no such file")


def test_the_description_names_engine_and_version(reader: TextReader) -> None:
    assert reader.description.split()[0] in ENGINES
    assert any(map(str.isdigit, reader.description))


class Slow:
    description = "slow 1"

    def __call__(self, pixels: Pixels) -> list[Line]:
        raise TimeoutError("reading its words takes more than 30 s")


def test_a_picture_that_takes_too_long_is_unreadable() -> None:
    lettering = read(Slow(), sign("LONDON"))
    assert lettering.state is LetteringState.UNREADABLE
    assert lettering.reason == "reading its words takes more than 30 s"


def test_an_engine_that_is_not_known() -> None:
    with pytest.raises(InputError, match=r"engine .* is not known: expected one of rapidocr, tess"):
        open_reader("magic")
