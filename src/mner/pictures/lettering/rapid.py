"""Lettering by RapidOCR: PP-OCR models in ONNX Runtime, both of them inside its wheel."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from mner.errors import MissingExtraError
from mner.graphs.session import import_runtime
from mner.pictures.decode import Pixels
from mner.pictures.lettering.lines import Box, Line

__all__ = ["RapidReader"]

_DETECTION, _RECOGNITION = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
_SETTINGS = 2
"""Counts the choices below that change what is read; words of two settings are not mixed."""
_LEAST_SIDE = 32
_WIDEST = 8
"""A picture that is wider, by this ratio, is padded, or its only line would not be found."""
_LEAST_HEIGHT = 6
"""Pixels of the lowest line that is read; nothing lower is legible."""
_LONGEST = 60
"""The longest line that is read, in multiples of its height: the memory grows with it."""
_SHORTEST = 320 / 48
"""What a shorter line costs: the engine pads it to this multiple of its height."""
_MOST_LENGTH = 1_000
"""The sum of width divided by height over all lines that are read, which decides how long reading
takes: some 2,000 to 3,000 characters, and no more than 150 lines. Lines that are too many are left
out, the lowest first."""
_LEAST_CONFIDENCE = 0.4
"""Less sure lines are nearly all textures and logos that hold no letters."""


class RapidReader:
    """Recognises lettering by RapidOCR; nothing is fetched, and one thread is used.

    Attributes:
        description: the engine with its version and models.

    Raises:
        MissingExtraError: the package, or one of its models, is not installed.
    """

    def __init__(self) -> None:
        import_runtime()  # first, so that its telemetry is off
        try:
            import rapidocr
        except ImportError as exc:
            raise MissingExtraError("Reading the words in pictures", "ocr") from exc
        models = Path(str(rapidocr.__file__)).parent / "models"
        if not all((models / name).is_file() for name in (_DETECTION, _RECOGNITION)):
            # RapidOCR would fetch what is missing.
            raise MissingExtraError("Reading the words in pictures (its models)", "ocr")
        self._engine: Any = rapidocr.RapidOCR(params=_parameters(models))
        models_used = f"{_DETECTION} {_RECOGNITION}"
        self.description = f"rapidocr {version('rapidocr')} {models_used} settings {_SETTINGS}"

    def __call__(self, pixels: Pixels) -> list[Line]:
        """Return the lines in pixels (H, W, 3), the most confident characters of each."""
        height, width = pixels.shape[:2]
        image = _padded(pixels[:, :, ::-1])  # the models were trained on BGR
        detected = self._engine._load_det_model()(image)
        if detected.boxes is None:
            return []
        corners = _bounded(np.asarray(detected.boxes, dtype=np.float64))
        if not len(corners):
            return []
        crops = self._engine.crop_text_regions(image, corners.astype(np.float32))
        read = self._engine.recognize_txt(crops)
        lines = []
        for points, text, score in zip(corners, read.txts, read.scores, strict=True):
            cleaned = " ".join(str(text).split())
            if cleaned and score >= _LEAST_CONFIDENCE:
                box = _share(points, width=width, height=height)
                lines.append(Line(cleaned, round(float(score), 3), box))
        return lines


def _parameters(models: Path) -> dict[str, object]:
    return {
        "Global.log_level": "critical",
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        "EngineConfig.onnxruntime.enable_cpu_mem_arena": False,
        "Det.limit_type": "max",
        "Det.limit_side_len": 960,
        "Det.max_candidates": 1_000,
        "Rec.rec_batch_num": 1,  # six of the longest lines at a time take 400 MB more
        "Det.model_path": str(models / _DETECTION),
        "Rec.model_path": str(models / _RECOGNITION),
    }


def _padded(image: Pixels) -> Pixels:
    """Return an image that is not too small and not too wide, with white below and beside it."""
    height, width = image.shape[:2]
    tall = max(height, _LEAST_SIDE, width // _WIDEST)
    wide = max(width, _LEAST_SIDE)
    if (tall, wide) == (height, width):
        return np.ascontiguousarray(image)
    padded: Pixels = np.full((tall, wide, 3), 255, dtype=np.uint8)
    padded[:height, :width] = image
    return padded


def _bounded(corners: Any) -> Any:
    """Return the corners (N, 4, 2) of the lines that are read, so that N and time are bounded.

    They stay in their order.
    """
    across = np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1)
    down = np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1)
    low, long = np.minimum(across, down), np.maximum(across, down)
    order = np.argsort(-low, kind="stable")
    order = order[low[order] >= _LEAST_HEIGHT]
    order = order[long[order] <= _LONGEST * low[order]]
    lengths = np.maximum(long[order] / low[order], _SHORTEST)
    return corners[np.sort(order[np.cumsum(lengths) <= _MOST_LENGTH])]


def _share(points: Sequence[Any], *, width: int, height: int) -> Box:
    """Return the box around corners in pixels, in shares of the picture."""
    shares = np.clip(np.asarray(points) / (width, height), 0, 1).round(4)
    left, top = shares.min(axis=0).tolist()
    right, bottom = shares.max(axis=0).tolist()
    return Box(left, top, right, bottom)
