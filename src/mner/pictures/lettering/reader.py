"""What reads the words in pixels: one small interface, with an engine behind each name."""

from collections.abc import Callable
from typing import Protocol

from mner.errors import InputError, quoted
from mner.pictures.decode import Picture, Pixels
from mner.pictures.lettering.lines import Lettering, LetteringState, Line
from mner.types import PictureState

__all__ = ["ENGINES", "LONGEST_SIDE", "TextReader", "open_reader", "read_lettering"]

LONGEST_SIDE = 960
"""Pictures are shrunk until their longer side has as many pixels, which bounds the time."""
_STATES = {
    PictureState.ABSENT: LetteringState.ABSENT,
    PictureState.UNREADABLE: LetteringState.UNREADABLE,
}


class TextReader(Protocol):
    """An engine that recognises lettering."""

    @property
    def description(self) -> str:
        """The engine, its version and its models; lettering that two of them read is not mixed."""

    def __call__(self, pixels: Pixels) -> list[Line]:
        """Return the lines in pixels (H, W, 3), RGB, H and W at most `LONGEST_SIDE`.

        Raises:
            TimeoutError: the engine takes too long for this picture.
        """


def open_reader(name: str = "rapidocr") -> TextReader:
    """Return an engine by its name, one of `ENGINES`.

    Raises:
        InputError: there is no such engine.
        MissingExtraError: its package, or its program, is not installed.
    """
    if name not in ENGINES:
        raise InputError(
            f"engine {quoted(name)} is not known: expected one of {', '.join(ENGINES)}"
        )
    return ENGINES[name]()


def read_lettering(picture: Picture, reader: TextReader) -> Lettering:
    """Return what is written in a picture, which has been read in its own proportions.

    A picture that is missing, broken or takes too long is a state with a reason, not an error.
    """
    if picture.pixels is None:
        return Lettering(_STATES[picture.state], reason=picture.reason)
    height, width = picture.pixels.shape[:2]
    try:
        lines = tuple(reader(picture.pixels))
    except TimeoutError as exc:
        return Lettering(LetteringState.UNREADABLE, reason=str(exc))
    state = LetteringState.READ if lines else LetteringState.NO_TEXT
    return Lettering(state, lines, aspect=round(width / height, 4))


def _rapid() -> TextReader:
    from mner.pictures.lettering.rapid import RapidReader

    return RapidReader()


def _tesseract() -> TextReader:
    from mner.pictures.lettering.tesseract import TesseractReader

    return TesseractReader()


ENGINES: dict[str, Callable[[], TextReader]] = {"rapidocr": _rapid, "tesseract": _tesseract}
"""The engines by name."""
