"""Reading long posts in windows that overlap; the post is then decoded as a whole.

No post of the corpora has more than 57 words. Attention grows with the square of a post's length,
so 5,000 words at once would take gigabytes. A window is a slice of one post; the emissions of its
windows are stitched together before the post is decoded.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mner.types import Batch, Emitted, Floats, Ints

__all__ = ["LONGEST", "Backend", "windowed"]

LONGEST = 128
"""The most words in a window."""

_OVERLAP = 32
"""The words that a window shares with the next one."""

_AT_ONCE = 8
"""The most windows in a batch; they take as much memory as a batch of 32 posts of 64 words."""

Backend = Callable[[Batch], Emitted]


def windowed(backend: Backend) -> Backend:
    """Return the same backend for posts of any length.

    What it says of a word is taken from the window in which the word is farthest from an edge.
    """

    def run(batch: Batch) -> Emitted:
        if batch.words.shape[1] <= LONGEST:
            return backend(batch)
        windows: list[_Window] = []
        for row, length in enumerate(batch.lengths.tolist()):
            windows += _windows(row, length)
        whole: Emitted | None = None
        for begin in range(0, len(windows), _AT_ONCE):
            group = windows[begin : begin + _AT_ONCE]
            emitted = backend(_cut(batch, group))
            whole = whole or _empty(emitted, batch)
            _stitch(whole, emitted, group)
        assert whole is not None
        return whole

    return run


class _Window(NamedTuple):
    """A slice of the post in one row of a batch; the other numbers count words of the post."""

    row: int
    start: int
    stop: int
    first: int
    """From here to `last`, the window decides what is said of the words."""
    last: int


def _windows(row: int, length: int) -> Iterator[_Window]:
    """Cut a post into windows; each decides up to the middle of what it shares with the next."""
    step, margin = LONGEST - _OVERLAP, _OVERLAP // 2
    for start in range(0, max(length - _OVERLAP, 1), step):
        stop = min(start + LONGEST, length)
        first, last = start + margin, stop - margin
        if start == 0:
            first = 0
        if stop == length:
            last = length
        yield _Window(row, start, stop, first, last)


def _cut(batch: Batch, windows: list[_Window]) -> Batch:
    """Return windows as a batch of their own."""
    rows = np.array([window.row for window in windows])
    starts = np.array([window.start for window in windows])
    lengths: Ints = np.array([window.stop - window.start for window in windows], dtype=np.int64)
    inside = np.arange(lengths.max()) < lengths[:, None]  # (windows, T)
    positions = np.where(inside, starts[:, None] + np.arange(lengths.max()), 0)

    def take(array: NDArray[Any]) -> NDArray[Any]:
        """Take the words of the windows from an array (B, T, ...), and zeros for padding."""
        taken: NDArray[Any] = array[rows[:, None], positions]  # (windows, T, ...)
        taken[~inside] = 0
        return taken

    cut = replace(
        batch,
        words=take(batch.words),
        vectors=take(batch.vectors),
        characters=take(batch.characters),
        shapes=take(batch.shapes),
        lengths=lengths,
        regions=batch.regions[rows],
        region_mask=batch.region_mask[rows],
        tags=None,
    )
    if not batch.pieces.size:
        return cut

    # A transformer reads only the spans of pieces that hold a word of these windows.
    longest = batch.pieces.shape[1]
    first = take(batch.first_pieces)
    spans, numbers = np.unique(first // longest, return_inverse=True)
    return replace(
        cut,
        pieces=batch.pieces[spans],
        piece_mask=batch.piece_mask[spans],
        first_pieces=numbers.reshape(first.shape) * longest + first % longest,
    )


def _empty(emitted: Emitted, batch: Batch) -> Emitted:
    """Return zeros for the posts of a batch, as wide as what a backend gives for its windows."""

    def zeros(*width: int) -> Floats:
        return np.zeros((*batch.words.shape, *width), dtype=np.float32)

    # Posts of one window keep their weights; for all words of long ones there would be no room.
    looks_at_words = emitted.word_weights.shape[2] > 0
    return Emitted(
        emissions=zeros(*emitted.emissions.shape[2:]),
        region_weights=zeros(*emitted.region_weights.shape[2:]),
        word_weights=zeros(LONGEST if looks_at_words else 0),
        gate=zeros(),
    )


def _stitch(whole: Emitted, emitted: Emitted, windows: list[_Window]) -> None:
    """Copy into `whole` what each window decides."""
    for number, (row, start, stop, first, last) in enumerate(windows):
        for target, source in (
            (whole.emissions, emitted.emissions),
            (whole.region_weights, emitted.region_weights),
            (whole.gate, emitted.gate),
        ):
            target[row, first:last] = source[number, first - start : last - start]
        if (first, last) == (0, stop):  # the window is the whole post
            width = min(stop, whole.word_weights.shape[2])
            whole.word_weights[row, :stop, :width] = emitted.word_weights[number, :stop, :width]
