"""The linear-chain CRF's likelihood; decoding is in `spans.decode`, in numpy, for every backend."""

import torch
from torch import Tensor, nn

__all__ = ["FORBIDDEN", "Crf"]

FORBIDDEN = -1e4
"""The score of a transition that the scheme forbids: finite, so that gradients stay so, and beyond any emission."""


class Crf(nn.Module):
    """Transition scores between L tags and the log likelihood of tag sequences (Lafferty, McCallum and Pereira 2001)."""

    def __init__(
        self,
        allowed_start: Tensor,
        allowed_step: Tensor,
        allowed_end: Tensor,
        *,
        constrain_loss: bool,
    ) -> None:
        """Take which tags may stand first (L,), follow one another (L, L) and stand last (L,).

        With `constrain_loss` the partition sum runs over valid sequences only, as decoding always does; without it, over all.
        """
        super().__init__()
        size = len(allowed_start)
        self.start = nn.Parameter(torch.empty(size).uniform_(-0.1, 0.1))
        self.transitions = nn.Parameter(torch.empty(size, size).uniform_(-0.1, 0.1))
        self.end = nn.Parameter(torch.empty(size).uniform_(-0.1, 0.1))
        for name, allowed in (
            ("start", allowed_start),
            ("step", allowed_step),
            ("end", allowed_end),
        ):
            forbidden = (
                torch.where(allowed, 0.0, FORBIDDEN)
                if constrain_loss
                else torch.zeros(allowed.shape)
            )
            self.register_buffer(f"_{name}_penalty", forbidden, persistent=False)

    def log_likelihood(self, emissions: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """Log p(tags | emissions) of each post, (B,).

        Args:
            emissions: (B, T, L); what stands in the padding plays no part.
            tags: (B, T).
            lengths: (B,), at least 1.
        """
        emissions, mask = _masked(emissions, lengths)
        start, step, end = self._scores()
        return _path_score(emissions, tags, mask, start=start, step=step, end=end) - _log_partition(
            emissions, mask, start=start, step=step, end=end
        )

    def partial_log_likelihood(self, emissions: Tensor, allowed: Tensor, lengths: Tensor) -> Tensor:
        """Log of the probability that every word has one of its allowed tags, (B,); `log_likelihood` where each word has but one.

        The sum over compatible sequences of Tsuboi et al. 2008, "Training conditional random fields using incomplete annotations".

        Args:
            emissions: (B, T, L); what stands in the padding plays no part.
            allowed: (B, T, L), at least one True for each word; what stands in the padding plays no part.
            lengths: (B,), at least 1.
        """
        emissions, mask = _masked(emissions, lengths)
        compatible = emissions.masked_fill(~allowed & mask.unsqueeze(-1), float("-inf"))
        start, step, end = self._scores()
        return _log_partition(compatible, mask, start=start, step=step, end=end) - _log_partition(
            emissions, mask, start=start, step=step, end=end
        )

    def _scores(self) -> tuple[Tensor, Tensor, Tensor]:
        buffers = dict(self.named_buffers())
        return (
            self.start + buffers["_start_penalty"],
            self.transitions + buffers["_step_penalty"],
            self.end + buffers["_end_penalty"],
        )


def _masked(emissions: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """Emissions with zeros in the padding, in a precision that is enough for sums over sequences, and the mask of words (B, T)."""
    emissions = emissions.to(torch.promote_types(emissions.dtype, torch.float32))
    positions = torch.arange(emissions.shape[1], device=emissions.device)
    mask = positions < lengths.to(emissions.device)[:, None]  # (B, T)
    return emissions.masked_fill(~mask.unsqueeze(-1), 0.0), mask


def _path_score(
    emissions: Tensor, tags: Tensor, mask: Tensor, *, start: Tensor, step: Tensor, end: Tensor
) -> Tensor:
    """The unnormalised log score of given tags, (B,)."""
    emitted = emissions.gather(2, tags.unsqueeze(-1)).squeeze(-1)  # (B, T)
    moved = step[tags[:, :-1], tags[:, 1:]]  # (B, T-1)
    last = tags.gather(1, mask.sum(dim=1, keepdim=True) - 1).squeeze(1)
    return (
        start[tags[:, 0]]
        + (emitted * mask).sum(dim=1)
        + (moved * mask[:, 1:]).sum(dim=1)
        + end[last]
    )


def _log_partition(
    emissions: Tensor, mask: Tensor, *, start: Tensor, step: Tensor, end: Tensor
) -> Tensor:
    """Log of the sum over all tag sequences, (B,), by the forward recursion."""
    alpha = start + emissions[:, 0]  # (B, L)
    for position in range(1, emissions.shape[1]):
        following = torch.logsumexp(alpha.unsqueeze(2) + step, dim=1) + emissions[:, position]
        alpha = torch.where(mask[:, position, None], following, alpha)
    return torch.logsumexp(alpha + end, dim=1)
