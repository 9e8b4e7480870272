"""How uncertain a CRF is of a whole post: the entropy of its tag sequences, and the best one.

Shapes: B posts, T words, L tags; inside, arrays are time-major, (T, B, L).
"""

from typing import NamedTuple

import numpy as np

from mner.spans.crf import CrfParameters
from mner.spans.lattice import Lattice, Lengths, build_lattice
from mner.types import Doubles, Reals

__all__ = ["Uncertainty", "best_probabilities", "sequence_entropies"]


class Uncertainty(NamedTuple):
    """How uncertain a model is of a post as a whole."""

    entropy: float
    """Of the distribution over all tag sequences, in nats."""
    best: float
    """The probability of the best tag sequence: that all entities of the post are right, and none
    is missing."""


def sequence_entropies(emissions: Reals, lengths: Lengths, crf: CrfParameters) -> Doubles:
    """Compute the entropy of the distribution over all tag sequences of each post.

    Every term is an entropy and not below 0, so no large numbers cancel one another (Hernando,
    Crespi and Cybenko 2005, "Efficient computation of the hidden Markov model entropy for a given
    observation sequence").

    Args:
        emissions: (B, T, L); what stands in the padding plays no part.
        lengths: (B,), words of each post, from 1 to T.
        crf: scores and constraints for L tags.

    Returns:
        (B,), in nats; 0 where one sequence has all of the probability.

    Raises:
        InputError: the shapes do not fit, an emission at a word is NaN or infinite, or the
            constraints allow no sequence.
    """
    lattice = build_lattice(emissions, lengths, crf)
    alpha = lattice.forward(np.logaddexp)  # (T, B, L)
    totals = lattice.totals(alpha)  # (B, L)
    ways = _entropies_of_ways(lattice, alpha)  # (T, B, L)
    # The last tag is drawn first, and then a way to it.
    last = ways[lattice.lasts, np.arange(len(totals))]  # (B, L)
    return _joined(totals.T, last.T)


def best_probabilities(emissions: Reals, lengths: Lengths, crf: CrfParameters) -> Doubles:
    """Compute the probability of the best tag sequence of each post, which Viterbi finds.

    Args:
        emissions: as for `sequence_entropies`.
        lengths: as for `sequence_entropies`.
        crf: as for `sequence_entropies`.

    Returns:
        (B,), above 0 and at most 1.

    Raises:
        InputError: as for `sequence_entropies`.
    """
    lattice = build_lattice(emissions, lengths, crf)
    best = lattice.totals(lattice.forward(np.maximum)).max(axis=1, initial=-np.inf)  # (B,)
    total = lattice.log_partition(lattice.forward(np.logaddexp))  # (B,)
    # Where one sequence has nearly all of the probability, rounding can go beyond 1.
    probabilities: Doubles = np.minimum(1.0, np.exp(best - total))
    return probabilities


def _entropies_of_ways(lattice: Lattice, alpha: Doubles) -> Doubles:
    """Compute, for each word and tag, the entropy of the sequences that end there, (T, B, L).

    The recursion is, with p(x | y) as the share of x among the tags before y,

        h[0, y] = 0
        h[t, y] = sum over x of p(x | y) (h[t - 1, x] - log p(x | y))
    """
    ways = np.zeros_like(alpha)
    step = lattice.step[:, None, :]  # (L before, 1, L after)
    for time in range(1, len(alpha)):
        scores = alpha[time - 1].T[:, :, None] + step  # (L before, B, L after)
        ways[time] = _joined(scores, ways[time - 1].T[:, :, None])
    return ways


def _joined(scores: Doubles, entropies: Doubles) -> Doubles:
    """Return the entropy of a choice by its scores, and of what follows each choice.

    Args:
        scores: (choices, ...), logs up to a constant; minus infinity for what cannot be chosen.
        entropies: (choices, ...), of what follows.

    Returns:
        (...); 0 where nothing can be chosen.
    """
    total = np.logaddexp.reduce(scores, axis=0)
    logs = scores - np.where(np.isneginf(total), 0.0, total)
    shares = np.exp(logs)
    own = np.where(np.isneginf(logs), 0.0, -logs)
    joined: Doubles = (shares * (entropies + own)).sum(axis=0)
    return np.maximum(joined, 0.0)
