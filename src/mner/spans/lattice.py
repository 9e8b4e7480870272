"""All tag sequences of a batch of posts, with their scores: what the algorithms of a CRF run over.

The score of a sequence of tags y_1 ... y_n for a post with emissions e is

    start[y_1] + e[1, y_1] + sum over t > 1 of (step[y_(t-1), y_t] + e[t, y_t]) + end[y_n]

Its probability is proportional to the exponential of its score. The passes over the lattice work
in float64 and on the whole batch at once; they loop over the words alone.

Shapes: B posts, T words, L tags. Arrays are time-major, (T, B, L), so that each step of a pass
reads and writes one block of memory.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mner.errors import InputError
from mner.spans.crf import CrfParameters
from mner.types import Doubles, Reals

__all__ = ["Lattice", "Lengths", "build_lattice"]

Lengths: TypeAlias = NDArray[np.integer[Any]]
"""(B,): the number of words of each post."""


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """The scores of a batch's tag sequences, and the passes that combine them."""

    emissions: Doubles
    """(T, B, L): finite; zeros in the padding."""
    lasts: NDArray[np.intp]
    """(B,): the position of each post's last word."""
    start: Doubles
    """(L,): minus infinity where the scheme forbids the tag."""
    step: Doubles
    """(L, L): from the row's tag to the column's; minus infinity where forbidden."""
    end: Doubles
    """(L,): minus infinity where forbidden."""

    def forward(self, combine: np.ufunc) -> Doubles:
        """Combine, for each word and tag, the scores of all sequences that end there.

        The recursion is, with `combine` as its sum over the previous tag,

            alpha[0, y] = start[y] + e[0, y]
            alpha[t, y] = e[t, y] + combine over x of (alpha[t - 1, x] + step[x, y])

        Args:
            combine: `np.maximum` for the best score, `np.logaddexp` for the log of the sum of
                the exponentials.

        Returns:
            alpha, (T, B, L); after a post's last word it has no meaning.
        """
        alpha = np.empty_like(self.emissions)
        words, posts, size = alpha.shape
        if not words:
            return alpha
        np.add(self.emissions[0], self.start, out=alpha[0])
        # With the previous tag on the first axis, the reduction is elementwise on whole blocks.
        joined = np.empty((size, posts, size))  # (L before, B, L after)
        step = self.step[:, None, :]  # (L before, 1, L after)
        for time in range(1, words):
            np.add(alpha[time - 1].T[:, :, None], step, out=joined)
            combine.reduce(joined, axis=0, out=alpha[time])  # (B, L)
            alpha[time] += self.emissions[time]
        return alpha

    def backward(self) -> Doubles:
        """Sum, for each word and tag, over all ways in which a sequence can continue from there.

        The recursion runs from each post's last word n to its first:

            beta[n, x] = end[x]
            beta[t, x] = log sum over y of exp(step[x, y] + e[t + 1, y] + beta[t + 1, y])

        Returns:
            beta, (T, B, L); after a post's last word it has no meaning.
        """
        beta = np.empty_like(self.emissions)
        words, posts, size = beta.shape
        if not words:
            return beta
        beta[-1] = self.end
        joined = np.empty((size, posts, size))  # (L after, B, L before)
        step = np.ascontiguousarray(self.step.T)[:, None, :]  # (L after, 1, L before)
        for time in range(words - 2, -1, -1):
            following = beta[time + 1] + self.emissions[time + 1]  # (B, L after)
            np.add(following.T[:, :, None], step, out=joined)
            np.logaddexp.reduce(joined, axis=0, out=beta[time])  # (B, L before)
            # Posts that end here start from their end; what came from their padding is overwritten.
            beta[time, self.lasts == time] = self.end
        return beta

    def totals(self, alpha: Doubles) -> Doubles:
        """Return, for each post and last tag, alpha at the post's last word plus the end, (B, L).

        Raises:
            InputError: the constraints allow no sequence of a post's length.
        """
        totals = alpha[self.lasts, np.arange(len(self.lasts))] + self.end  # (B, L)
        unreachable = np.isneginf(totals).all(axis=1)  # (B,)
        if unreachable.any():
            length = int(self.lasts[unreachable][0]) + 1
            raise InputError(
                f"CRF constraints: expected at least one allowed sequence of {length} tags, "
                "got none; build them by mner.bio.allowed_transitions"
            )
        return totals

    def log_partition(self, alpha: Doubles) -> Doubles:
        """Return the log of the sum of exp(score) over all sequences of each post, (B,).

        Args:
            alpha: the forward pass by `np.logaddexp`, (T, B, L).

        Raises:
            InputError: the constraints allow no sequence of a post's length.
        """
        total: Doubles = np.logaddexp.reduce(self.totals(alpha), axis=1)
        return total


def build_lattice(emissions: Reals, lengths: Lengths, crf: CrfParameters) -> Lattice:
    """Check a batch of emissions, and join it with the scores between tags.

    Args:
        emissions: (B, T, L); what stands in the padding plays no part.
        lengths: (B,), words of each post, from 1 to T.
        crf: scores and constraints for L tags.

    Raises:
        InputError: the shapes do not fit, or an emission at a word is NaN or infinite.
    """
    _check_shapes(emissions, lengths, tags=len(crf.start))
    lasts = lengths.astype(np.intp) - 1
    scores = emissions.transpose(1, 0, 2).astype(np.float64, order="C")  # (T, B, L), always a copy
    scores[np.arange(len(scores))[:, None] > lasts] = 0.0  # the padding
    _check_finite(scores)
    start = np.array(crf.start, dtype=np.float64)
    step = np.array(crf.transitions, dtype=np.float64)
    end = np.array(crf.end, dtype=np.float64)
    if crf.allowed is not None:
        start[~crf.allowed.start] = -np.inf
        step[~crf.allowed.step] = -np.inf
        end[~crf.allowed.end] = -np.inf
    return Lattice(scores, lasts, start, step, end)


def _check_shapes(emissions: Reals, lengths: Lengths, *, tags: int) -> None:
    if emissions.ndim != 3 or emissions.shape[2] != tags:
        raise InputError(
            f"emissions: expected shape (posts, words, {tags}), got {emissions.shape}; "
            "decode with the CRF of the same model"
        )
    posts, words = emissions.shape[:2]
    if lengths.shape != (posts,) or ((lengths < 1) | (lengths > words)).any():
        raise InputError(
            f"lengths: expected {posts} numbers from 1 to {words}, got {lengths.tolist()}; "
            "leave posts without words out of the batch"
        )


def _check_finite(scores: Doubles) -> None:
    finite = np.isfinite(scores)  # (T, B, L)
    if not finite.all():
        word, post, _ = np.argwhere(~finite)[0].tolist()
        raise InputError(
            "emissions: expected finite scores, got NaN or infinity at "
            f"post {post}, word {word} of the batch; check the model's weights and input"
        )
