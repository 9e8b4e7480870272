"""Decoding: the best tags of a post, and the probabilities of its spans.

Every backend shares this decoder, so tagging by torch and by ONNX can differ in emissions only.
`mner.spans.lattice` holds the recursions and says what the score of a tag sequence is.

Shapes: B posts, T words, L tags; inside, arrays are time-major, (T, B, L).
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np

from mner.spans.crf import CrfParameters
from mner.spans.lattice import Lattice, Lengths, build_lattice
from mner.types import Doubles, Ints, Reals

__all__ = ["TagSpan", "span_probabilities", "viterbi"]

TagSpan: TypeAlias = tuple[int, int, int, int]
"""First token, one past the last token, number of the label's B- tag, number of its I- tag."""


def viterbi(emissions: Reals, lengths: Lengths, crf: CrfParameters) -> list[Ints]:
    """Find the best tag sequence of each post.

    Of sequences with the same score, the one whose last tag comes first in the order of tags
    wins; where those are equal, the last but one decides, and so on.

    Args:
        emissions: (B, T, L); what stands in the padding plays no part.
        lengths: (B,), words of each post, from 1 to T.
        crf: scores and constraints for L tags.

    Returns:
        B arrays, each as long as its post.

    Raises:
        InputError: the shapes do not fit, an emission at a word is NaN or infinite, or the
            constraints allow no sequence.
    """
    lattice = build_lattice(emissions, lengths, crf)
    lasts = lattice.lasts
    # The best score of a sequence that ends at each word with each tag.
    alpha = lattice.forward(np.maximum)  # (T, B, L)
    # The best last tag of each post.
    best = lattice.totals(alpha).argmax(axis=1)  # (B,)
    # Walk back. The previous tag is found from the sums whose maximum the forward pass took: the
    # argmax is exact, and no back-pointers are stored.
    arriving = np.ascontiguousarray(lattice.step.T)  # (L after, L before)
    paths = np.empty((len(lasts), len(alpha)), dtype=np.int64)  # (B, T)
    paths[:, -1:] = best[:, None]
    for time in range(len(alpha) - 2, -1, -1):
        previous = (alpha[time] + arriving[best]).argmax(axis=1)  # (B,)
        # A post that is shorter keeps its best last tag until the walk reaches it.
        best = np.where(time < lasts, previous, best)
        paths[:, time] = best
    return [path[: last + 1] for path, last in zip(paths, lasts.tolist(), strict=True)]


def span_probabilities(
    emissions: Reals,
    lengths: Lengths,
    crf: CrfParameters,
    *,
    spans: Sequence[Sequence[TagSpan]],
) -> list[Doubles]:
    """Compute the exact probability that a post has given entities.

    It is the share of the tag sequences that mark exactly this span with this label.

    Args:
        emissions: (B, T, L); what stands in the padding plays no part.
        lengths: (B,), words of each post, from 1 to T.
        crf: scores and constraints for L tags.
        spans: for each post its spans.

    Returns:
        For each post an array with one probability in [0, 1] for each span.

    Raises:
        InputError: as `viterbi`.
    """
    lattice = build_lattice(emissions, lengths, crf)
    alpha = lattice.forward(np.logaddexp)  # (T, B, L)
    sums = _Sums(lattice, alpha, lattice.backward(), lattice.log_partition(alpha))
    probabilities = []
    for post, chosen in enumerate(spans):
        values = [_probability(sums, post, span) for span in chosen]
        probabilities.append(np.array(values, dtype=np.float64))
    return probabilities


class _Sums(NamedTuple):
    """A lattice with its forward and backward sums."""

    lattice: Lattice
    alpha: Doubles
    """(T, B, L)"""
    beta: Doubles
    """(T, B, L)"""
    total: Doubles
    """(B,): log Z."""


def _probability(sums: _Sums, post: int, span: TagSpan) -> float:
    """Compute the probability of a span."""
    lattice, alpha, beta, total = sums
    first, stop, begin, inside = span
    tags = [begin] + [inside] * (stop - first - 1)
    # All that leads to the span's first tag, then the one path through the span.
    steps = sum(lattice.step[before, after] for before, after in pairwise(tags))
    emitted = lattice.emissions[first + 1 : stop, post, inside].sum()
    through = alpha[first, post, begin] + steps + emitted
    # The span ends with the post, or any tag follows but its own I-, which would continue it.
    if stop > lattice.lasts[post]:
        onwards = lattice.end[tags[-1]]
    else:
        ways = lattice.step[tags[-1]] + lattice.emissions[stop, post] + beta[stop, post]  # (L,)
        ways[inside] = -np.inf
        onwards = np.logaddexp.reduce(ways)
    # Where one sequence has nearly all of the probability, rounding can go beyond 1.
    return min(1.0, float(np.exp(through + onwards - total[post])))
