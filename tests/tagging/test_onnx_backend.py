from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mner.errors import ModelError
from mner.graphs.exported import Shaped
from mner.model.sizes import Sizes
from mner.tagging.model_folder import ModelFiles, read_model
from mner.tagging.onnx_backend import OnnxBackend, _inputs, _outputs
from mner.types import Batch

# Every length of this batch is another one, so that the name of a length has one meaning.
LENGTHS = {"B": 2, "T": 3, "C": 4, "R": 5, "W": 6, "P": 7}
SIZES = Sizes(words=9, characters=9, shapes=9, vector=8, region=10)


def zeros(kind: type[np.generic], *shape: int) -> np.ndarray:
    return np.zeros(shape, dtype=kind)


BATCH = Batch(
    words=zeros(np.int64, 2, 3),
    vectors=zeros(np.float32, 2, 3, 8),
    characters=zeros(np.int64, 2, 3, 4),
    shapes=zeros(np.int64, 2, 3),
    lengths=np.array([3, 2]),
    regions=zeros(np.float32, 2, 5, 10),
    region_mask=zeros(np.bool_, 2, 5),
    pieces=zeros(np.int64, 6, 7),
    piece_mask=zeros(np.bool_, 6, 7),
    first_pieces=zeros(np.int64, 2, 3),
)


def test_a_graph_may_read_all_arrays_of_a_batch_but_the_gold_ones() -> None:
    inputs = _inputs(SIZES)
    assert set(inputs) == set(BATCH.__slots__) - {"tags", "allowed"}
    for name, (kind, shape) in inputs.items():
        array = getattr(BATCH, name)
        assert str(array.dtype) == kind, name
        assert tuple(LENGTHS.get(str(length), length) for length in shape) == array.shape, name
    letters = {length for _, shape in inputs.values() for length in shape} - {8, 10}
    assert letters == set(LENGTHS)


def test_a_graph_gives_the_emissions_first_and_then_where_it_looked() -> None:
    assert list(_outputs(4).items()) == [
        ("emissions", Shaped("float32", ("B", "T", 4))),
        ("region_weights", Shaped("float32", ("B", "T", "R"))),
        ("word_weights", Shaped("float32", ("B", "T", "T"))),
        ("gate", Shaped("float32", ("B", "T"))),
    ]


def test_a_graph_of_other_sizes_or_tags_is_refused(exported_model: Path) -> None:
    model, graph = read_model(exported_model), exported_model / ModelFiles().graph
    sizes, tags = model.about.sizes, len(model.vocabulary.tags)
    backend = OnnxBackend(graph, sizes=sizes, tags=tags)
    assert backend.device == "cpu"
    with pytest.raises(ModelError, match=rf"{graph}: input 'vectors': expected float32 \(B, T, "):
        OnnxBackend(graph, sizes=replace(sizes, vector=sizes.vector + 1), tags=tags)
    with pytest.raises(ModelError, match=rf"{graph}: output 'emissions': expected float32 \(B, T,"):
        OnnxBackend(graph, sizes=sizes, tags=tags + 1)


class Graph:
    """A graph that gives what it is told to, and keeps what it is asked for."""

    inputs = ("words", "lengths")

    def __init__(self, outputs: list[np.ndarray]) -> None:
        self.outputs = outputs

    def run(self, inputs: object, shapes: object) -> list[np.ndarray]:
        self.asked = inputs, shapes
        return self.outputs


@pytest.mark.parametrize("output", range(4))
def test_numbers_at_words_are_finite_and_those_of_the_padding_may_be_anything(
    exported_model: Path, output: int
) -> None:
    model, path = read_model(exported_model), exported_model / ModelFiles().graph
    tags = len(model.vocabulary.tags)
    backend = OnnxBackend(path, sizes=model.about.sizes, tags=tags)
    shapes = ((2, 3, tags), (2, 3, 5), (2, 3, 3), (2, 3))
    graph = Graph([zeros(np.float32, *shape) for shape in shapes])
    backend._graph = graph  # type: ignore[assignment]
    graph.outputs[output][1, 2] = np.nan  # the second post has two words
    emitted = backend(BATCH)
    assert graph.asked == (
        {"words": BATCH.words, "lengths": BATCH.lengths},
        [(2, 3, tags), (2, 3, None), (2, 3, None), (2, 3)],
    )
    assert emitted.emissions is graph.outputs[0]
    assert emitted.gate is graph.outputs[3]
    graph.outputs[output][1, 1] = np.inf
    message = (
        f"^{path}: gives numbers that are not finite: the weights are damaged; train the model "
        "again or copy it again$"
    )
    with pytest.raises(ModelError, match=message):
        backend(BATCH)
