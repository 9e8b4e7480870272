"""Pictures a second of each encoder in ONNX Runtime, in one run.

usage: python -m benchmarks.pictures [--threads 2] [--pictures 16] [--repetitions 5]
           [--weights FILE]

Beside them stand the peak of the processor and the way of the public code. The peak is measured as
products of two matrices of 2048 x 2048 in float32 (torch, as many threads). An addition and a
multiplication count as one operation each. The way of the public code is one picture at a time
through a Keras graph; here Keras runs on torch, in place of the code's own Theano. Weights are
random unless --weights names a file, because speed does not depend on them. All are warmed up, then
they take turns, and the best turn of each counts. Run it on a quiet machine: a median turn far
below the best means that it was not.
"""

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
import torch
from numpy.typing import NDArray

from benchmarks.commands import new_parser
from benchmarks.runs import machine
from mner.graphs.session import import_runtime
from mner.pictures.encoders.efficientnet import EfficientNetLite0
from mner.pictures.encoders.encoder import PictureEncoder
from mner.pictures.encoders.vgg import Vgg16
from mner.pictures.encoders.vgg_weights import BLOCKS

SIDE, MATRIX = 224, 2048

Turn = Callable[[], float]
"""Does the work once and returns the seconds."""


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--pictures", type=int, default=16)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--weights", type=Path)
    arguments = parser.parse_args()
    threads: int = arguments.threads
    torch.set_num_threads(threads)
    shape = (arguments.pictures, SIDE, SIDE, 3)
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        vgg = Vgg16(arguments.weights or random_weights(folder / "weights.pth"))
        efficientnet = EfficientNetLite0()
        turns = {
            "peak": peak,
            "VGG-16, ONNX Runtime": exported(vgg, pixels, threads=threads, folder=folder),
            "VGG-16, one at a time through Keras on torch": one_by_one_through_keras(pixels),
            "EfficientNet-Lite0, ONNX Runtime": exported(
                efficientnet, pixels, threads=threads, folder=folder
            ),
        }
        seconds = take_turns(turns, arguments.repetitions)
    print(
        f"{machine()}, onnxruntime {version('onnxruntime')}, keras {version('keras')}, "
        f"{threads} thread(s), {arguments.pictures} pictures a turn"
    )
    report(seconds, count=len(pixels))


def random_weights(path: Path) -> Path:
    """Write a state dict as torchvision's; its numbers neither grow nor fade between layers."""
    state, layer = {}, 0
    for block in BLOCKS:
        for inputs, outputs in pairwise(block):
            scale = (2 / (9 * inputs)) ** 0.5
            state[f"features.{layer}.weight"] = torch.randn(outputs, inputs, 3, 3) * scale
            state[f"features.{layer}.bias"] = torch.zeros(outputs)
            layer += 2
        layer += 1
    torch.save(state, path)
    return path


def exported(
    encoder: PictureEncoder, pixels: NDArray[np.uint8], *, threads: int, folder: Path
) -> Turn:
    """Return a turn of the graph that `mner export` writes, eight pictures at a time."""
    graph = folder / f"{encoder.name}.onnx"
    encoder.write_graph(graph)
    onnxruntime = import_runtime()
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
    """Return a turn of the public code's way: `predict` for a batch of one picture."""
    os.environ["KERAS_BACKEND"] = "torch"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of packages that Keras imports
        import keras
    shape = (SIDE, SIDE, 3)
    network: Any = keras.applications.VGG16(include_top=False, weights=None, input_shape=shape)
    preprocess = keras.applications.vgg16.preprocess_input

    def turn() -> float:
        started = time.perf_counter()
        for picture in pixels:
            network.predict(preprocess(picture[None].astype(np.float32)), verbose=0)
        return time.perf_counter() - started

    return turn


def peak() -> float:
    """Return the seconds of a product of two matrices, the best of several."""
    left, right = torch.randn(MATRIX, MATRIX), torch.randn(MATRIX, MATRIX)
    times = []
    for _ in range(5):
        started = time.perf_counter()
        torch.mm(left, right)
        times.append(time.perf_counter() - started)
    return min(times)


def take_turns(turns: dict[str, Turn], repetitions: int) -> dict[str, list[float]]:
    """Return the seconds of all turns, after a turn of each that does not count."""
    for turn in turns.values():
        turn()
    seconds: dict[str, list[float]] = {name: [] for name in turns}
    for _ in range(repetitions):
        for name, turn in turns.items():
            seconds[name].append(turn())
    return seconds


def report(seconds: dict[str, list[float]], *, count: int) -> None:
    fastest = 2 * MATRIX**3 / min(seconds["peak"]) / 1e9
    operations = vgg_operations() / 1e9
    print(
        f"matrix product at its best {fastest:.0f} GFLOP/s; VGG-16 {operations:.1f} GFLOP a picture"
    )
    print("| encoder | pictures/s, best turn | median turn | GFLOP/s | of the peak |")
    print("|---|---|---|---|---|")
    for name, turns in seconds.items():
        if name == "peak":
            continue
        rate = count / min(turns)
        shares = "- | -"
        if name.startswith("VGG"):
            shares = f"{rate * operations:.0f} | {100 * rate * operations / fastest:.0f}%"
        print(f"| {name} | {rate:.1f} | {count / statistics.median(turns):.1f} | {shares} |")


def vgg_operations() -> float:
    """Return the additions and multiplications of the convolutions for one picture."""
    operations = 0
    for number, block in enumerate(BLOCKS):
        pixels = (SIDE >> number) ** 2
        for inputs, outputs in pairwise(block):
            operations += 2 * 9 * inputs * outputs * pixels
    return operations


if __name__ == "__main__":
    main()
