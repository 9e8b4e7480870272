"""The likelihood of a linear-chain CRF; decoding is in `spans`, in numpy, for every backend.

Shapes: B posts, T words, L tags.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from mner.model.mask import word_mask

__all__ = ["FORBIDDEN", "Crf"]

FORBIDDEN = -1e4
"""The score of a transition that the scheme forbids.

It is finite, so that gradients stay finite, and beyond any emission."""


class Crf(nn.Module):
    """Transition scores between L tags, and the log likelihood of tag sequences.

    Lafferty, McCallum and Pereira 2001; step 8 of the paper.

    Args:
        allowed_start: (L,), which tags may stand first.
        allowed_step: (L, L), which tags may follow one another.
        allowed_end: (L,), which tags may stand last.
        constrain_loss: whether the partition sum runs over valid sequences only, as decoding always
            does, or over all sequences.
    """

    def __init__(
        self,
        allowed_start: Tensor,
        allowed_step: Tensor,
        allowed_end: Tensor,
        *,
        constrain_loss: bool,
    ) -> None:
        super().__init__()
        size = len(allowed_start)
        self.start = nn.Parameter(torch.empty(size).uniform_(-0.1, 0.1))
        self.transitions = nn.Parameter(torch.empty(size, size).uniform_(-0.1, 0.1))
        self.end = nn.Parameter(torch.empty(size).uniform_(-0.1, 0.1))
        penalty = FORBIDDEN if constrain_loss else 0.0
        self._start_penalty: Tensor
        self._step_penalty: Tensor
        self._end_penalty: Tensor
        for name, allowed in (
            ("_start_penalty", allowed_start),
            ("_step_penalty", allowed_step),
            ("_end_penalty", allowed_end),
        ):
            self.register_buffer(name, torch.where(allowed, 0.0, penalty), persistent=False)

    def log_likelihood(self, emissions: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """Return log p(tags | emissions) of each post, (B,).

        Args:
            emissions: (B, T, L); what is in the padding plays no part.
            tags: (B, T).
            lengths: (B,), at least 1.
        """
        emissions, mask = _masked(emissions, lengths)
        scores = self._scores()

        # The score of the tags, relative to that of all sequences
        of_tags = _path_score(emissions, tags, mask, scores=scores)  # (B,)
        of_all = _log_partition(emissions, mask, scores=scores)  # (B,)
        return of_tags - of_all

    def partial_log_likelihood(self, emissions: Tensor, allowed: Tensor, lengths: Tensor) -> Tensor:
        """Return the log of the probability that every word has one of its allowed tags, (B,).

        It is `log_likelihood` where each word has a single allowed tag. The sum is over compatible
        sequences, as in Tsuboi et al. 2008, "Training conditional random fields using incomplete
        annotations".

        Args:
            emissions: (B, T, L); what is in the padding plays no part.
            allowed: (B, T, L), at least one True for each word; what is in the padding plays no
                part.
            lengths: (B,), at least 1.
        """
        emissions, mask = _masked(emissions, lengths)
        scores = self._scores()

        # The score of the compatible sequences, relative to that of all sequences
        is_excluded = ~allowed & mask.unsqueeze(-1)  # (B, T, L)
        compatible = emissions.masked_fill(is_excluded, float("-inf"))
        of_compatible = _log_partition(compatible, mask, scores=scores)  # (B,)
        of_all = _log_partition(emissions, mask, scores=scores)  # (B,)
        return of_compatible - of_all

    def _scores(self) -> "_Scores":
        return _Scores(
            self.start + self._start_penalty,
            self.transitions + self._step_penalty,
            self.end + self._end_penalty,
        )


class _Scores(NamedTuple):
    """The scores of transitions, with the penalties of those that are forbidden."""

    start: Tensor
    """(L,)"""
    step: Tensor
    """(L, L), from the first index to the second."""
    end: Tensor
    """(L,)"""


def _masked(emissions: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """Return emissions with zeros in the padding, (B, T, L), and the mask of words, (B, T).

    The emissions get at least single precision, which is enough for sums over sequences.
    """
    emissions = emissions.to(torch.promote_types(emissions.dtype, torch.float32))
    mask = word_mask(lengths, emissions.shape[1], device=emissions.device)  # (B, T)
    return emissions.masked_fill(~mask.unsqueeze(-1), 0.0), mask


def _path_score(emissions: Tensor, tags: Tensor, mask: Tensor, *, scores: _Scores) -> Tensor:
    """Return the unnormalised log score of given tags, (B,)."""
    # The emission of each word's tag
    emitted = emissions.gather(2, tags.unsqueeze(-1)).squeeze(-1)  # (B, T)

    # The step from each word's tag to the next word's
    moved = scores.step[tags[:, :-1], tags[:, 1:]]  # (B, T - 1)

    # The tag of the last word of each post
    last = tags.gather(1, mask.sum(dim=1, keepdim=True) - 1).squeeze(1)  # (B,)

    return (
        scores.start[tags[:, 0]]
        + (emitted * mask).sum(dim=1)
        + (moved * mask[:, 1:]).sum(dim=1)
        + scores.end[last]
    )


def _log_partition(emissions: Tensor, mask: Tensor, *, scores: _Scores) -> Tensor:
    """Return the log of the sum over all tag sequences, (B,), by the forward recursion."""
    # alpha: log of the sum over all sequences up to a word that end with each tag
    alpha = scores.start + emissions[:, 0]  # (B, L)
    for position in range(1, emissions.shape[1]):
        # All tags before, times the step from each of them, times the emission
        steps = alpha.unsqueeze(2) + scores.step  # (B, L, L)
        following = torch.logsumexp(steps, dim=1) + emissions[:, position]  # (B, L)

        # In the padding nothing is added
        alpha = torch.where(mask[:, position, None], following, alpha)
    return torch.logsumexp(alpha + scores.end, dim=1)
