"""Encoding pictures: pictures a second of each encoder in ONNX Runtime, beside what the processor can do and beside the public code's way, in one run.

usage: python -m benchmarks.pictures [--threads 2] [--pictures 16] [--repetitions 5] [--weights FILE]

The peak is measured as products of two matrices of 2048 x 2048 in float32 (torch, as many threads). An addition and a multiplication count as one
operation each. The public code's way is one picture at a time through a Keras graph; Keras runs on torch here, in place of the code's own Theano.
Weights are random unless --weights names a file: speed does not depend on them. All are warmed up, then they take turns; the best turn of each counts.
Run it on a quiet machine: a median turn far below the best means that it was not.
"""

import argparse
import os
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from benchmarks.runs import machine
from mner.pictures.encoders.efficientnet import EfficientNetLite0
from mner.pictures.encoders.encoder import PictureEncoder
from mner.pictures.encoders.vgg import Vgg16
from mner.pictures.encoders.vgg_weights import BLOCKS

SIDE, MATRIX = 224, 2048
Turn = Callable[[], float]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--pictures", type=int, default=16)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--weights", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    pixels = np.random.default_rng(0).integers(
        0, 256, (arguments.pictures, SIDE, SIDE, 3), dtype=np.uint8
    )
    with tempfile.TemporaryDirectory() as folder:
        weights = arguments.weights or random_weights(Path(folder) / "weights.pth")
        turns = {
            "peak": peak,
            "VGG-16, ONNX Runtime": exported(
                Vgg16(weights), pixels, threads=arguments.threads, folder=Path(folder)
            ),
            "VGG-16, one at a time through Keras on torch": one_by_one_through_keras(pixels),
            "EfficientNet-Lite0, ONNX Runtime": exported(
                EfficientNetLite0(), pixels, threads=arguments.threads, folder=Path(folder)
            ),
        }
        seconds = take_turns(turns, arguments.repetitions)
    print(
        f"{machine()}, onnxruntime {onnxruntime.__version__}, keras {version('keras')}, {arguments.threads} thread(s), {arguments.pictures} pictures a turn"
    )
    report(seconds, count=len(pixels))


def random_weights(path: Path) -> Path:
    """A state dict as torchvision's, whose numbers neither grow nor fade from layer to layer."""
    state, place = {}, 0
    for block in BLOCKS:
        for inputs, outputs in pairwise(block):
            state[f"features.{place}.weight"] = (
                torch.randn(outputs, inputs, 3, 3) * (2 / (9 * inputs)) ** 0.5
            )
            state[f"features.{place}.bias"] = torch.zeros(outputs)
            place += 2
        place += 1
    torch.save(state, path)
    return path


def exported(
    encoder: PictureEncoder, pixels: NDArray[np.uint8], *, threads: int, folder: Path
) -> Turn:
    """The graph that `mner export` writes, eight pictures at a time."""
    graph = folder / f"{encoder.name}.onnx"
    encoder.write_graph(graph)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(graph, options)

    def turn() -> float:
        started = time.perf_counter()
        for start in range(0, len(pixels), 8):
            session.run(["regions"], {"pixels": pixels[start : start + 8]})
        return time.perf_counter() - started

    return turn


def one_by_one_through_keras(pixels: NDArray[np.uint8]) -> Turn:
    """As the public code does it: `predict` for a batch of one, preprocessing in numpy."""
    os.environ["KERAS_BACKEND"] = "torch"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of packages that Keras imports
        import keras
    network: Any = keras.applications.VGG16(
        include_top=False, weights=None, input_shape=(SIDE, SIDE, 3)
    )

    def turn() -> float:
        started = time.perf_counter()
        for picture in pixels:
            network.predict(
                keras.applications.vgg16.preprocess_input(picture[None].astype(np.float32)),
                verbose=0,
            )
        return time.perf_counter() - started

    return turn


def peak() -> float:
    """Seconds of one product of two matrices, the best of several."""
    left, right = torch.randn(MATRIX, MATRIX), torch.randn(MATRIX, MATRIX)
    times = []
    for _ in range(5):
        started = time.perf_counter()
        torch.mm(left, right)
        times.append(time.perf_counter() - started)
    return min(times)


def take_turns(turns: dict[str, Turn], repetitions: int) -> dict[str, list[float]]:
    for turn in turns.values():
        turn()
    seconds: dict[str, list[float]] = {name: [] for name in turns}
    for _ in range(repetitions):
        for name, turn in turns.items():
            seconds[name].append(turn())
    return seconds


def report(seconds: dict[str, list[float]], *, count: int) -> None:
    fastest = 2 * MATRIX**3 / min(seconds["peak"]) / 1e9
    print(
        f"matrix product at its best {fastest:.0f} GFLOP/s; VGG-16 {vgg_operations() / 1e9:.1f} GFLOP a picture"
    )
    print(
        "| encoder | pictures/s, best turn | median turn | GFLOP/s | of the peak |\n|---|---|---|---|---|"
    )
    for name, turns in seconds.items():
        if name != "peak":
            rate = count / min(turns)
            used = rate * vgg_operations() / 1e9 if name.startswith("VGG") else None
            shares = "- | -" if used is None else f"{used:.0f} | {100 * used / fastest:.0f}%"
            print(f"| {name} | {rate:.1f} | {count / statistics.median(turns):.1f} | {shares} |")


def vgg_operations() -> float:
    """Additions and multiplications of the convolutions for one picture."""
    return sum(
        2 * 9 * inputs * outputs * (SIDE >> number) ** 2
        for number, block in enumerate(BLOCKS)
        for inputs, outputs in pairwise(block)
    )


if __name__ == "__main__":
    main()
