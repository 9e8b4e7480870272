"""The layer of a vision transformer that separates kinds of pictures best.

usage: python -m benchmarks.vision_layers FILE.onnx OUTPUT [OUTPUT ...] [--drawings 80]

For each layer it counts how often the most similar other drawing of the sample corpus is of the
same kind.
"""

from itertools import cycle, islice
from pathlib import Path
from random import Random

import numpy as np

from benchmarks.commands import new_parser
from mner.corpora.drawing import KINDS, draw_picture
from mner.pictures.encoders.encoder import Scaling
from mner.pictures.encoders.onnx_vision import OnnxVision
from mner.types import Floats

IMAGENET = Scaling((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("outputs", nargs="+")
    parser.add_argument("--drawings", type=int, default=80)
    arguments = parser.parse_args()
    rng, kinds = Random(0), list(islice(cycle(KINDS), arguments.drawings))
    drawings = [draw_picture(kind, rng).convert("RGB") for kind in kinds]
    for output in arguments.outputs:
        encoder = OnnxVision(arguments.file, IMAGENET, output=output)
        size = (encoder.size, encoder.size)
        pixels = np.stack([np.asarray(drawing.resize(size), np.uint8) for drawing in drawings])
        vectors = encoder(pixels).mean(axis=1)  # (N, K)
        print(f"{output}: {share_of_neighbours(vectors, np.array(kinds)):.2f}")


def share_of_neighbours(vectors: Floats, kinds: np.ndarray) -> float:
    """Return how often the nearest other vector is of the same kind, a fraction.

    Vectors are compared by the cosine after every dimension has mean 0 and deviation 1.
    """
    standard = (vectors - vectors.mean(axis=0)) / (vectors.std(axis=0) + 1e-6)
    standard /= np.linalg.norm(standard, axis=1, keepdims=True)
    similarity = standard @ standard.T  # (N, N)
    np.fill_diagonal(similarity, -2)
    return float((kinds[similarity.argmax(axis=1)] == kinds).mean())


if __name__ == "__main__":
    main()
