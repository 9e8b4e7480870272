"""Which layer of a vision transformer parts kinds of pictures best: how often the most similar other drawing of the sample corpus is of the same kind.

usage: python -m benchmarks.vision_layers FILE.onnx OUTPUT [OUTPUT ...] [--drawings 80]
"""

import argparse
from itertools import cycle, islice
from pathlib import Path
from random import Random

import numpy as np

from mner.corpora.drawing import KINDS, draw_picture
from mner.pictures.encoders.encoder import Scaling
from mner.pictures.encoders.onnx_vision import OnnxVision
from mner.types import Floats

IMAGENET = Scaling((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("outputs", nargs="+")
    parser.add_argument("--drawings", type=int, default=80)
    arguments = parser.parse_args()
    rng, kinds = Random(0), list(islice(cycle(KINDS), arguments.drawings))
    drawings = [draw_picture(kind, rng).convert("RGB") for kind in kinds]
    for output in arguments.outputs:
        encoder = OnnxVision(arguments.file, IMAGENET, output=output)
        pixels = np.stack(
            [
                np.asarray(drawing.resize((encoder.size, encoder.size)), dtype=np.uint8)
                for drawing in drawings
            ]
        )
        print(f"{output}: {share_of_neighbours(encoder(pixels).mean(axis=1), np.array(kinds)):.2f}")


def share_of_neighbours(vectors: Floats, kinds: np.ndarray) -> float:
    """How often the nearest other vector, by the cosine of standardised vectors, is of the same kind."""
    standard = (vectors - vectors.mean(axis=0)) / (vectors.std(axis=0) + 1e-6)
    standard /= np.linalg.norm(standard, axis=1, keepdims=True)
    similarity = standard @ standard.T
    np.fill_diagonal(similarity, -2)
    return float((kinds[similarity.argmax(axis=1)] == kinds).mean())


if __name__ == "__main__":
    main()
