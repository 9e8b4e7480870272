"""Posts longer than any that a model was trained on: read in windows that overlap, their emissions stitched together and decoded as one.

Attention grows with the square of a post's length, so 5,000 words at once would take gigabytes; no post of the corpora has more than 57.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mner.types import Batch, Emitted, Floats, Ints

__all__ = ["LONGEST", "Backend", "windowed"]

LONGEST = 128
"""Words in a window."""

_OVERLAP = 32
_AT_ONCE = 8
"""Windows in a batch, which take as much memory as a batch of 32 posts of 64 words."""


Backend = Callable[[Batch], Emitted]


def windowed(backend: Backend) -> Backend:
    """The same backend for posts of any length: what it says of a word is taken from the window in which the word is farthest from an edge."""

    def run(batch: Batch) -> Emitted:
        if batch.words.shape[1] <= LONGEST:
            return backend(batch)
        windows = [
            window
            for row, length in enumerate(batch.lengths.tolist())
            for window in _windows(row, length)
        ]
        whole: Emitted | None = None
        for begin in range(0, len(windows), _AT_ONCE):
            part = windows[begin : begin + _AT_ONCE]
            scored = backend(_cut(batch, part))
            whole = whole or _room(scored, batch)
            _stitch(whole, scored, part)
        assert whole is not None
        return whole

    return run


class _Window(NamedTuple):
    """A part of the post in one row of a batch; all numbers but the row count words of the post."""

    row: int
    start: int
    stop: int
    first: int
    """From here to `last` the window is the one to be believed."""
    last: int


def _windows(row: int, length: int) -> Iterator[_Window]:
    step, margin = LONGEST - _OVERLAP, _OVERLAP // 2
    for start in range(0, max(length - _OVERLAP, 1), step):
        stop = min(start + LONGEST, length)
        yield _Window(
            row,
            start,
            stop,
            start + margin if start else 0,
            stop - margin if stop < length else length,
        )


def _cut(batch: Batch, windows: list[_Window]) -> Batch:
    """Windows as a batch of their own."""
    rows = np.array([window.row for window in windows])
    starts = np.array([window.start for window in windows])
    lengths: Ints = np.array([window.stop - window.start for window in windows], dtype=np.int64)
    inside = np.arange(lengths.max()) < lengths[:, None]  # (windows, T)
    places = np.where(inside, starts[:, None] + np.arange(lengths.max()), 0)

    def words(array: NDArray[Any]) -> NDArray[Any]:
        taken: NDArray[Any] = array[rows[:, None], places]
        taken[~inside] = 0
        return taken

    return replace(
        batch,
        words=words(batch.words),
        vectors=words(batch.vectors),
        characters=words(batch.characters),
        shapes=words(batch.shapes),
        lengths=lengths,
        regions=batch.regions[rows],
        region_mask=batch.region_mask[rows],
        tags=None,
        **_pieces(batch, words),
    )


def _pieces(batch: Batch, words: Callable[[NDArray[Any]], NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Of the word pieces, the windows that the words of a cut batch stand in."""
    if not batch.pieces.size:
        return {}
    longest = batch.pieces.shape[1]
    first = words(batch.first_pieces)
    kept, places = np.unique(first // longest, return_inverse=True)
    return {
        "pieces": batch.pieces[kept],
        "piece_mask": batch.piece_mask[kept],
        "first_pieces": places.reshape(first.shape) * longest + first % longest,
    }


def _room(scored: Emitted, batch: Batch) -> Emitted:
    """Room for the posts of a batch, as wide as what is given for a part of them."""
    words = batch.words.shape

    def room(width: tuple[int, ...]) -> Floats:
        return np.zeros((*words, *width), dtype=np.float32)

    return Emitted(
        room(scored.emissions.shape[2:]),
        room(scored.region_weights.shape[2:]),
        room((0,)),
        room(()),
    )


def _stitch(whole: Emitted, scored: Emitted, windows: list[_Window]) -> None:
    """Copy what is to be believed of each window."""
    for number, (row, start, _, first, last) in enumerate(windows):
        for target, source in (
            (whole.emissions, scored.emissions),
            (whole.region_weights, scored.region_weights),
            (whole.gate, scored.gate),
        ):
            target[row, first:last] = source[number, first - start : last - start]
