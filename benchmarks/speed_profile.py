"""Where the time of tagging in batch goes, and how that of the graph compares with the arithmetic it needs; used by speed.py."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch

from mner.encoding.buckets import buckets
from mner.encoding.indexer import Indexer
from mner.recipe.sections import Recipe
from mner.spans.entities import EntityDecoder
from mner.tagging.model_folder import Model, ModelFiles, read_model
from mner.tagging.onnx_backend import OnnxBackend
from mner.types import Post

__all__ = ["matmul_peak", "needed_flops", "profile"]

BATCH = 32


def profile(model: Path, posts: Sequence[Post], *, threads: int) -> dict[str, float]:
    """Seconds of each step for all posts, the steps called as `Tagger` calls them, on a text-only model."""
    parts = read_model(model)
    assert parts.recipe.picture.source == "none", "the profile is of a text-only model"
    indexer = Indexer(
        parts.vocabulary, parts.vectors, longest_word=parts.recipe.characters.longest_word
    )
    graph = OnnxBackend(parts.folder / ModelFiles().graph, threads=threads)
    decoder = EntityDecoder(parts.vocabulary.tags, parts.crf, temperature=parts.temperature)
    seconds: Counter[str] = Counter()

    @contextmanager
    def timed(step: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        seconds[step] += time.perf_counter() - started  # type: ignore[assignment]

    for start in range(0, len(posts), 512):
        window = posts[start : start + 512]
        with timed("words to numbers"):
            encoded = indexer.index_all(window)
        for places in buckets([len(post.tokens) for post in window], BATCH):
            with timed("padding"):
                batch = indexer.batch([encoded[place] for place in places])
            with timed("graph"):
                emissions = graph(batch).emissions
            with timed("Viterbi, spans"):
                spans = decoder.spans(emissions, batch.lengths)
            with timed("probabilities"):
                decoder.probabilities(emissions, batch.lengths, spans)
    return dict(seconds)


def needed_flops(model: Path, posts: Sequence[Post]) -> dict[str, float]:
    """Floating-point operations of the large parts (a multiplication and an addition are two), without any padding."""
    parts = read_model(model)
    words = sum(len(post.tokens) for post in posts)
    longest = parts.recipe.characters.longest_word
    characters = sum(min(len(token), longest) for post in posts for token in post.tokens)
    return {
        name: 2.0 * count
        for name, count in _multiplications(
            parts, parts.recipe, words=words, characters=characters
        ).items()
    }


def _multiplications(
    model: Model, recipe: Recipe, *, words: int, characters: int
) -> dict[str, int]:
    hidden, convolution = recipe.text.hidden, recipe.characters
    width = (
        model.vectors.dimension + convolution.filters * len(convolution.widths) + recipe.text.shapes
    )
    return {
        "LSTM": words * 2 * 4 * hidden * (width + hidden),
        "character CNN": characters
        * sum(convolution.widths)
        * convolution.dimension
        * convolution.filters,
        "head": words * 2 * hidden * len(model.vocabulary.tags),
    }


def matmul_peak(*, threads: int, size: int = 1024) -> float:
    """Floating-point operations a second of the best of some products of large matrices in single precision."""
    torch.set_num_threads(threads)
    left, right = (
        torch.from_numpy(np.random.default_rng(seed).normal(size=(size, size)).astype(np.float32))
        for seed in (0, 1)
    )
    return 2 * size**3 / min(_seconds(lambda: left @ right) for _ in range(20))


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
