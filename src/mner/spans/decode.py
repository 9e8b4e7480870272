"""Decoding a linear-chain CRF (Lafferty, McCallum and Pereira 2001): the best tags of a post, the probability of each tag, and the partition sum.

One decoder for every backend, so that tagging by torch and by ONNX can differ in emissions only. It works in float64, on the whole batch at once, and
loops over time alone. Shapes: B posts, T words, L tags. Arrays are time-major inside, (T, B, L), so that each step reads and writes one block of memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mner.bio import Transitions
from mner.errors import InputError
from mner.types import Ints

__all__ = [
    "CrfParameters",
    "TagSpan",
    "log_partition",
    "marginals",
    "span_probabilities",
    "viterbi",
]

TagSpan: TypeAlias = tuple[int, int, int, int]
"""First token, one past the last token, number of the label's B- tag, number of its I- tag."""

_Doubles: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class CrfParameters:
    """The scores between tags, and which steps the scheme allows.

    Raises:
        InputError: the arrays do not fit one another, or hold NaN or infinity.
    """

    transitions: NDArray[np.floating[Any]]
    """(L, L): row followed by column."""
    start: NDArray[np.floating[Any]]
    """(L,): standing first."""
    end: NDArray[np.floating[Any]]
    """(L,): standing last."""
    allowed: Transitions | None = None
    """As of `mner.bio.allowed_transitions`: what it forbids has no probability at all. None allows every sequence."""

    def __post_init__(self) -> None:
        size = len(self.start)
        expected = {"transitions": (size, size), "start": (size,), "end": (size,)}
        for name, shape in expected.items():
            array = getattr(self, name)
            if array.shape != shape:
                raise InputError(
                    f"CRF {name}: expected shape {shape} for {size} tags, got {array.shape}; take all parts from one model"
                )
            if not np.isfinite(array).all():
                raise InputError(
                    f"CRF {name}: expected finite scores, got NaN or infinity; the training diverged, use another checkpoint"
                )
        if self.allowed is not None and self.allowed.step.shape != (size, size):
            raise InputError(
                f"CRF constraints: expected {size} tags, got {len(self.allowed.step)}; build them from the model's own tags"
            )


def viterbi(
    emissions: NDArray[np.floating[Any]], lengths: NDArray[np.integer[Any]], crf: CrfParameters
) -> list[Ints]:
    """The best tags of each post.

    Of sequences with the same score, the one whose last tag comes first in the order of tags wins, then the one whose last but one does, and so on.

    Args:
        emissions: (B, T, L); what stands in the padding plays no part.
        lengths: (B,), words in each post, from 1 to T.
        crf: scores and constraints for L tags.

    Returns:
        B arrays, each as long as its post.

    Raises:
        InputError: the shapes do not fit, an emission at a word is NaN or infinite, or the constraints allow no sequence.
    """
    scores, lasts = _time_major(emissions, lengths, crf)
    start, step, end = _constrained(crf)
    alpha = _forward(scores, start, step, add=np.maximum)
    rows = np.arange(len(lasts))
    final = alpha[lasts, rows] + end  # (B, L)
    _check_reachable(final.max(axis=1, initial=-np.inf), lasts)
    best = final.argmax(axis=1)
    paths = np.empty((len(lasts), len(alpha)), dtype=np.int64)  # (B, T)
    arriving = np.ascontiguousarray(step.T)
    for time in range(len(alpha) - 1, -1, -1):
        if time < len(alpha) - 1:
            # The sums that the forward pass took the maximum of, so the argmax is exact without stored back-pointers.
            came_from = (alpha[time] + arriving[best]).argmax(axis=1)
            best = np.where(time < lasts, came_from, best)
        paths[:, time] = best
    return [path[: last + 1] for path, last in zip(paths, lasts.tolist(), strict=True)]


def marginals(
    emissions: NDArray[np.floating[Any]], lengths: NDArray[np.integer[Any]], crf: CrfParameters
) -> _Doubles:
    """The probability of each tag at each word, by the forward-backward algorithm.

    Args:
        emissions: (B, T, L); what stands in the padding plays no part.
        lengths: (B,), words in each post, from 1 to T.
        crf: scores and constraints for L tags.

    Returns:
        (B, T, L): sums to 1 over the tags at a word, 0 in the padding.

    Raises:
        InputError: as `viterbi`.
    """
    scores, lasts = _time_major(emissions, lengths, crf)
    start, step, end = _constrained(crf)
    alpha = _forward(scores, start, step, add=np.logaddexp)
    total = _total(alpha, lasts, end)
    log_probability = alpha + _backward(scores, lasts, step, end=end) - total[:, None]  # (T, B, L)
    log_probability[np.arange(len(alpha))[:, None] > lasts] = -np.inf
    return np.minimum(np.exp(log_probability), 1.0).transpose(1, 0, 2)


def span_probabilities(
    emissions: NDArray[np.floating[Any]],
    lengths: NDArray[np.integer[Any]],
    crf: CrfParameters,
    *,
    spans: Sequence[Sequence[TagSpan]],
) -> list[_Doubles]:
    """The exact probability that a post has given entities: the share of the tag sequences that mark exactly this span with this label.

    A constrained forward pass: what leads to the span's first tag, the one path through it, and whatever follows but the same entity going on.

    Args:
        emissions: (B, T, L); what stands in the padding plays no part.
        lengths: (B,), words in each post, from 1 to T.
        crf: scores and constraints for L tags.
        spans: for each post its spans as start, end (half-open), number of the B- tag, number of the I- tag.

    Returns:
        For each post an array with one probability in [0, 1] a span.

    Raises:
        InputError: as `viterbi`.
    """
    scores, lasts = _time_major(emissions, lengths, crf)
    start, step, end = _constrained(crf)
    alpha = _forward(scores, start, step, add=np.logaddexp)
    beta = _backward(scores, lasts, step, end=end)
    total = _total(alpha, lasts, end)

    def probability(post: int, span: TagSpan) -> float:
        first, stop, begin, inside = span
        tags = [begin] + [inside] * (stop - first - 1)
        through = (
            alpha[first, post, begin]
            + sum(step[before, after] for before, after in pairwise(tags))
            + scores[first + 1 : stop, post, inside].sum()
        )
        if stop > lasts[post]:
            return _probability(through + end[tags[-1]] - total[post])
        onwards = step[tags[-1]] + scores[stop, post] + beta[stop, post]
        onwards[inside] = -np.inf  # the entity would go on
        return _probability(through + np.logaddexp.reduce(onwards) - total[post])

    return [
        np.array([probability(post, span) for span in chosen], dtype=np.float64)
        for post, chosen in enumerate(spans)
    ]


def log_partition(
    emissions: NDArray[np.floating[Any]], lengths: NDArray[np.integer[Any]], crf: CrfParameters
) -> _Doubles:
    """Log of the sum of exp(score) over the allowed tag sequences of each post, (B,).

    Args:
        emissions: (B, T, L); what stands in the padding plays no part.
        lengths: (B,), words in each post, from 1 to T.
        crf: scores and constraints for L tags.

    Raises:
        InputError: as `viterbi`.
    """
    scores, lasts = _time_major(emissions, lengths, crf)
    start, step, end = _constrained(crf)
    return _total(_forward(scores, start, step, add=np.logaddexp), lasts, end)


def _probability(logarithm: float) -> float:
    """At most 1, which rounding can go beyond where one sequence has nearly all of the probability."""
    return min(1.0, float(np.exp(logarithm)))


def _time_major(
    emissions: NDArray[np.floating[Any]], lengths: NDArray[np.integer[Any]], crf: CrfParameters
) -> tuple[_Doubles, NDArray[np.intp]]:
    """Emissions as (T, B, L) with zeros in the padding, and the place of each post's last word, (B,)."""
    size = len(crf.start)
    if emissions.ndim != 3 or emissions.shape[2] != size:
        raise InputError(
            f"emissions: expected shape (posts, words, {size}), got {emissions.shape}; decode with the CRF of the same model"
        )
    posts, words = emissions.shape[:2]
    if lengths.shape != (posts,) or ((lengths < 1) | (lengths > words)).any():
        raise InputError(
            f"lengths: expected {posts} numbers from 1 to {words}, got {lengths.tolist()}; leave posts without words out of the batch"
        )
    scores = emissions.transpose(1, 0, 2).astype(np.float64, order="C")  # (T, B, L), always a copy
    lasts = lengths.astype(np.intp) - 1
    scores[np.arange(words)[:, None] > lasts] = 0.0
    if not np.isfinite(scores).all():
        word, post, _ = np.argwhere(~np.isfinite(scores))[0].tolist()
        raise InputError(
            f"emissions: expected finite scores, got NaN or infinity at post {post}, word {word} of the batch; check the model's weights and input"
        )
    return scores, lasts


def _constrained(crf: CrfParameters) -> tuple[_Doubles, _Doubles, _Doubles]:
    """Scores of start (L,), step (L, L) and end (L,), minus infinity where forbidden."""
    start, step, end = (
        np.array(part, dtype=np.float64) for part in (crf.start, crf.transitions, crf.end)
    )
    if crf.allowed is not None:
        for part, may in (
            (start, crf.allowed.start),
            (step, crf.allowed.step),
            (end, crf.allowed.end),
        ):
            part[~may] = -np.inf
    return start, step, end


def _forward(scores: _Doubles, start: _Doubles, step: _Doubles, *, add: np.ufunc) -> _Doubles:
    """For each word and tag the sum, by `add`, over the sequences that end there, (T, B, L); beyond a post's length it means nothing."""
    alpha = np.empty_like(scores)
    words, posts, size = scores.shape
    if not words:
        return alpha
    np.add(scores[0], start, out=alpha[0])
    joined = np.empty(
        (size, posts, size)
    )  # (L before, B, L after): reducing the first axis is elementwise on whole blocks
    steps = step[:, None, :]
    for time in range(1, words):
        np.add(alpha[time - 1].T[:, :, None], steps, out=joined)
        add.reduce(joined, axis=0, out=alpha[time])
        alpha[time] += scores[time]
    return alpha


def _backward(
    scores: _Doubles, lasts: NDArray[np.intp], step: _Doubles, *, end: _Doubles
) -> _Doubles:
    """For each word and tag the log of the sum over the ways to go on from there, (T, B, L); beyond a post's length it means nothing."""
    beta = np.empty_like(scores)
    words, posts, size = scores.shape
    if not words:
        return beta
    beta[-1] = end
    joined = np.empty((size, posts, size))  # (L after, B, L before)
    steps = np.ascontiguousarray(step.T)[:, None, :]
    for time in range(words - 2, -1, -1):
        np.add((beta[time + 1] + scores[time + 1]).T[:, :, None], steps, out=joined)
        np.logaddexp.reduce(joined, axis=0, out=beta[time])
        beta[time, lasts == time] = end
    return beta


def _total(alpha: _Doubles, lasts: NDArray[np.intp], end: _Doubles) -> _Doubles:
    """The log partition of each post, (B,)."""
    total: _Doubles = np.logaddexp.reduce(alpha[lasts, np.arange(len(lasts))] + end, axis=1)
    _check_reachable(total, lasts)
    return total


def _check_reachable(total: _Doubles, lasts: NDArray[np.intp]) -> None:
    if np.isneginf(total).any():
        length = int(lasts[np.isneginf(total)][0]) + 1
        raise InputError(
            f"CRF constraints: expected at least one allowed sequence of {length} tags, got none; build them by mner.bio.allowed_transitions"
        )
