"""The time of each step of tagging in batch, and the arithmetic that the graph needs.

Used by speed.py.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch

from mner.encoding.buckets import buckets
from mner.encoding.indexer import Indexer
from mner.spans.entities import EntityDecoder
from mner.tagging.batching import BATCH, chunks
from mner.tagging.model_folder import Model, ModelFiles, read_model
from mner.tagging.onnx_backend import OnnxBackend
from mner.types import Post

__all__ = ["matmul_peak", "needed_flops", "profile"]


def profile(model: Path, posts: Sequence[Post], *, threads: int) -> dict[str, float]:
    """Return the seconds of each step for all posts, by a text-only model.

    The steps are called as the tagger calls them.
    """
    parts = read_model(model)
    assert parts.recipe.picture.source == "none", "the profile is of a text-only model"
    longest_word = parts.recipe.characters.longest_word
    indexer = Indexer(parts.vocabulary, parts.vectors, longest_word=longest_word)
    graph = OnnxBackend(
        parts.folder / ModelFiles().graph,
        sizes=parts.about.sizes,
        tags=len(parts.vocabulary.tags),
        threads=threads,
    )
    decoder = EntityDecoder(parts.vocabulary.tags, parts.crf, temperature=parts.temperature)
    seconds: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def timed(step: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        seconds[step] += time.perf_counter() - started

    for chunk in chunks(posts, words=lambda post: len(post.tokens)):
        with timed("words to numbers"):
            indexed = indexer.index_all(chunk)
        for positions in buckets([len(post.tokens) for post in chunk], BATCH):
            with timed("padding"):
                batch = indexer.batch([indexed[position] for position in positions])
            with timed("graph"):
                emissions = graph(batch).emissions
            with timed("Viterbi, spans"):
                spans = decoder.spans(emissions, batch.lengths)
            with timed("probabilities"):
                decoder.probabilities(emissions, batch.lengths, spans)
    return dict(seconds)


def needed_flops(model: Path, posts: Sequence[Post]) -> Mapping[str, float]:
    """Return the floating-point operations of the large parts, without any padding.

    A multiplication and an addition are two operations.
    """
    parts = read_model(model)
    longest_word = parts.recipe.characters.longest_word
    words = characters = 0
    for post in posts:
        words += len(post.tokens)
        characters += sum(min(len(token), longest_word) for token in post.tokens)
    multiplications = _multiplications(parts, words=words, characters=characters)
    return {name: 2.0 * count for name, count in multiplications.items()}


def _multiplications(model: Model, *, words: int, characters: int) -> dict[str, int]:
    text, convolution = model.recipe.text, model.recipe.characters
    hidden, filters, widths = text.hidden, convolution.filters, convolution.widths
    inputs = model.vectors.dimension + filters * len(widths) + text.shapes
    return {
        "LSTM": words * 2 * 4 * hidden * (inputs + hidden),
        "character CNN": characters * sum(widths) * convolution.dimension * filters,
        "head": words * 2 * hidden * len(model.vocabulary.tags),
    }


def matmul_peak(*, threads: int, size: int = 1024) -> float:
    """Return the floating-point operations a second of products of matrices, the best of some."""
    torch.set_num_threads(threads)
    left, right = _matrix(0, size), _matrix(1, size)
    return 2 * size**3 / min(_seconds(lambda: left @ right) for _ in range(20))


def _matrix(seed: int, size: int) -> torch.Tensor:
    """Return random numbers in single precision, shape (size, size)."""
    numbers = np.random.default_rng(seed).normal(size=(size, size))
    return torch.from_numpy(numbers.astype(np.float32))


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
