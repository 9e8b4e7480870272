"""Lettering by the program Tesseract, which the system's package manager installs."""

import csv
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from io import BytesIO

from PIL import Image

from mner.errors import InputError, clipped
from mner.pictures.decode import Pixels
from mner.pictures.lettering.lines import Box, Line, around

__all__ = ["TesseractReader"]

_SECONDS = 30
_OF_A_LINE = ("block_num", "par_num", "line_num")
_LEAST_CONFIDENCE = 0.4


class TesseractReader:
    """Recognises lettering by Tesseract, in English.

    Attributes:
        description: the engine with its version.

    Raises:
        InputError: the program is not installed, or does not run.
    """

    def __init__(self) -> None:
        program = shutil.which("tesseract")
        if program is None:
            raise InputError(
                "tesseract: no such program: install it by the system's package manager, such as"
                " `apt-get install tesseract-ocr`"
            )
        self._program = program
        try:
            said = subprocess.run(
                [program, "--version"], capture_output=True, timeout=_SECONDS, check=True
            ).stdout.decode(errors="replace")
        except (OSError, subprocess.SubprocessError) as exc:
            raise InputError(f"{program}: does not run: {clipped(exc)}") from exc
        self.description = " ".join(said.split("\n", 1)[0].split()) + " eng"

    def __call__(self, pixels: Pixels) -> list[Line]:
        """Return the lines in pixels (H, W, 3)."""
        height, width = pixels.shape[:2]
        image = BytesIO()
        Image.fromarray(pixels).save(image, "PNG")
        # Sparse text: a picture has no columns, and words stand anywhere.
        command = [self._program, "-", "-", "-l", "eng", "--psm", "11", "tsv"]
        try:
            result = subprocess.run(
                command, input=image.getvalue(), capture_output=True, timeout=_SECONDS, check=True
            )
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"reading its words takes more than {_SECONDS} s") from None
        except (OSError, subprocess.SubprocessError) as exc:
            raise InputError(f"{self._program}: cannot read a picture: {clipped(exc)}") from exc
        table = result.stdout.decode("utf-8", errors="replace").splitlines()
        rows = csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
        return _lines(rows, width=width, height=height)


def _lines(rows: Iterable[Mapping[str, str]], *, width: int, height: int) -> list[Line]:
    """Return the lines of Tesseract's table, which has a row for each word."""
    words: dict[tuple[str, ...], list[tuple[str, float, Box]]] = {}
    for row in rows:
        text, confidence = (row["text"] or "").strip(), float(row["conf"]) / 100
        if text and confidence >= _LEAST_CONFIDENCE:
            box = _box(row, width=width, height=height)
            words.setdefault(tuple(row[key] for key in _OF_A_LINE), []).append(
                (text, confidence, box)
            )
    lines = []
    for line in words.values():
        texts, confidences, boxes = zip(*line, strict=True)
        confidence = round(sum(confidences) / len(confidences), 3)
        lines.append(Line(" ".join(texts), confidence, around(boxes)))
    return lines


def _box(row: Mapping[str, str], *, width: int, height: int) -> Box:
    left, top = int(row["left"]), int(row["top"])
    right, bottom = left + int(row["width"]), top + int(row["height"])
    return Box(
        round(left / width, 4),
        round(top / height, 4),
        round(min(right / width, 1), 4),
        round(min(bottom / height, 1), 4),
    )
