"""Sums over all tag sequences, taken from the passes over a lattice that decoding makes too."""

import numpy as np

from mner.spans.crf import CrfParameters
from mner.spans.lattice import Lengths, build_lattice
from mner.types import Doubles, Reals


def marginals(emissions: Reals, lengths: Lengths, crf: CrfParameters) -> Doubles:
    """Compute the probability of each tag at each word, by the forward-backward algorithm.

    p(y_t = x) = exp(alpha[t, x] + beta[t, x] - log Z)

    (B, T, L): sums to 1 over the tags at a word, 0 in the padding.
    """
    lattice = build_lattice(emissions, lengths, crf)
    alpha = lattice.forward(np.logaddexp)  # (T, B, L)
    total = lattice.log_partition(alpha)  # (B,)
    logs = alpha + lattice.backward() - total[:, None]  # (T, B, L)
    logs[np.arange(len(alpha))[:, None] > lattice.lasts] = -np.inf  # the padding
    # Where one sequence has nearly all of the probability, rounding can go beyond 1.
    return np.minimum(np.exp(logs), 1.0).transpose(1, 0, 2)  # (B, T, L)


def log_partition(emissions: Reals, lengths: Lengths, crf: CrfParameters) -> Doubles:
    """Compute log Z: the log of the sum of exp(score) over a post's allowed sequences, (B,)."""
    lattice = build_lattice(emissions, lengths, crf)
    return lattice.log_partition(lattice.forward(np.logaddexp))
