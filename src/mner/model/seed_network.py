"""The network of the public Keras code in the place of any other: padding in front, a class for padding, no masks.

The public code pads every post in front to 35 words and cuts longer ones at the front. Here nothing is cut: a longer post is read in windows of
35 words, the last of which ends with the post and is what the public code sees; each word's emissions come from the last window that holds it.

Shapes: B posts, T words, W windows, S places in a window, L tags; class 0 of L + 1 is padding, class n + 1 is tag n.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from mner.model.crf import Crf
from mner.model.fusion import Fused
from mner.model.network import Network, Output, Tensors
from mner.model.seed import SeedFusion, SeedText

__all__ = ["SeedNetwork", "Windows"]

_WORDS = 35


class SeedNetwork(Network):
    """Posts to emissions by way of windows padded in front.

    The CRF runs over padding and words. In decoding, padding is class 0 and words are not: a post's sequence starts where its padding
    ends, by the scores of the step from class 0, which are therefore the start scores that decoding gets.
    """

    text: SeedText
    fusion: SeedFusion

    def __init__(
        self, text: SeedText, fusion: SeedFusion, crf: Crf, *, length: int = _WORDS
    ) -> None:
        """Take the parts, the CRF over L + 1 classes, and the places S in a window."""
        super().__init__(text, fusion, crf)
        classes = len(crf.start)
        self.energy = nn.Linear(
            classes, classes
        )  # the CRF layer of keras-contrib has a dense layer of its own
        self.length = length
        _initialise(self)

    def forward(self, inputs: Tensors) -> Output:
        """Score every tag at every word."""
        windows = Windows.cut(inputs.lengths, self.length).to(inputs.words.device)
        scores, fused = self.read(inputs, windows)
        places = torch.arange(inputs.words.shape[1], device=inputs.words.device)[None]  # (1, T)
        rows, columns = windows.find(places)
        start = (self.crf.start - self.crf.transitions[0])[1:]
        is_unpadded = (places == 0) & (windows.lengths[:, None] >= self.length)  # (B, T)
        emissions = scores[rows, columns, 1:] + is_unpadded.unsqueeze(-1) * start
        return Output(emissions, _at_words(fused, windows, places))

    def loss(self, inputs: Tensors, tags: Tensor, *, allowed: Tensor | None = None) -> Tensor:
        """The mean over posts of the negative log likelihood a place, padding included, of tags (B, T) or, where given, of the allowed ones (B, T, L)."""
        windows = Windows.cut(inputs.lengths, self.length).to(tags.device)
        lengths = windows.lengths.clamp(min=self.length)
        places = (
            torch.arange(int(lengths.max()), device=tags.device)
            - (lengths - windows.lengths)[:, None]
        )  # negative in the padding
        rows, columns = windows.find(places)
        scores, _ = self.read(inputs, windows)
        at = (
            torch.arange(len(lengths), device=tags.device)[:, None],
            places.clamp(0, tags.shape[1] - 1),
        )
        is_padding = places < 0
        if allowed is None:
            likelihood = self.crf.log_likelihood(
                scores[rows, columns], (tags[at] + 1).masked_fill(is_padding, 0), lengths
            )
        else:
            classes = torch.cat(
                [is_padding.unsqueeze(-1), allowed[at] & ~is_padding.unsqueeze(-1)], dim=-1
            )
            likelihood = self.crf.partial_log_likelihood(scores[rows, columns], classes, lengths)
        return -(likelihood / lengths).mean()

    def read(self, inputs: Tensors, windows: "Windows") -> tuple[Tensor, Fused]:
        """The scores of all classes at all places of windows, (W, S, L + 1), and what is behind them, of the same places."""
        places = windows.starts[:, None] + torch.arange(
            self.length, device=windows.starts.device
        )  # (W, S)
        mask = places >= 0
        at = (windows.posts[:, None], places.clamp(min=0))
        characters = inputs.characters[at].masked_fill(~mask.unsqueeze(-1), 0)
        hidden = self.text(inputs.words[at], inputs.vectors[at], characters, mask)
        fused: Fused = self.fusion(
            hidden, inputs.regions[windows.posts], inputs.region_mask[windows.posts]
        )
        return self.energy(self.head(fused.vectors)), fused

    def transition_scores(self) -> tuple[Tensor, Tensor, Tensor]:
        """Scores of standing first (L,), after padding; of steps (L, L); and of standing last (L,)."""
        return self.crf.transitions[0, 1:], self.crf.transitions[1:, 1:], self.crf.end[1:]


class Windows(NamedTuple):
    """Which words of which post stand in each window of S places; the last window of a post comes first."""

    posts: Tensor
    """(W,)"""
    starts: Tensor
    """(W,): the word at the window's first place; below 0 where the window begins with padding."""
    first: Tensor
    """(B,): each post's first window."""
    lengths: Tensor
    """(B,): words in each post."""
    size: int
    """S"""

    @classmethod
    def cut(cls, lengths: Tensor, size: int) -> "Windows":
        """Windows that end with the last word, S words before it, and so on; only a post of fewer than S words is padded."""
        counts = (lengths + size - 1) // size
        stops = counts.cumsum(0)
        # A tensor as the end, so that an exported graph holds for any batch.
        number = torch.arange(stops[-1], device=lengths.device)  # type: ignore[call-overload]
        posts = (number[:, None] >= stops).sum(dim=1)
        first = stops - counts
        back = number - first[posts]
        starts = lengths[posts] - (back + 1) * size
        return cls(posts, torch.where(back > 0, starts.clamp(min=0), starts), first, lengths, size)

    def to(self, device: torch.device) -> "Windows":
        """The same on a device."""
        return Windows(
            self.posts.to(device),
            self.starts.to(device),
            self.first.to(device),
            self.lengths.to(device),
            self.size,
        )

    def find(self, places: Tensor) -> tuple[Tensor, Tensor]:
        """The window and the place in it, (B, X) each, for words (B, X) or (1, X) of posts; below 0 is padding, beyond the end means nothing."""
        back = ((self.lengths[:, None] - 1 - places) // self.size).clamp(min=0)
        rows = self.first[:, None] + back
        return rows, (places - self.starts[rows]).clamp(0, self.size - 1)


def _at_words(fused: Fused, windows: Windows, places: Tensor) -> Fused:
    """What belongs to windows and places (W, S) for words (B, T); the weights of padding are left out, so those of words may sum to less than 1."""
    at = windows.find(places)
    columns = places - windows.starts[at[0]].unsqueeze(
        -1
    )  # (B, T, T): where the second word stands in the first one's window
    is_word = (
        (columns >= 0) & (columns < windows.size) & (places < windows.lengths[:, None]).unsqueeze(1)
    )
    word_weights = fused.word_weights[at].gather(2, columns.clamp(0, windows.size - 1)) * is_word
    return Fused(fused.vectors[at], fused.region_weights[at], word_weights, fused.gate[at])


def _initialise(network: SeedNetwork) -> None:
    """Draw weights as Keras does by default: uniform after Glorot, recurrent and transition matrices orthogonal, forget gates open."""
    for name, parameter in network.named_parameters():
        if name.startswith(("text.words", "text.characters.normalisation")):
            continue
        if name.endswith(("weight_hh_l0", "weight_hh_l0_reverse")) or name == "crf.transitions":
            nn.init.orthogonal_(parameter)
        elif name == "text.characters.embedding.weight":
            nn.init.uniform_(parameter, -0.05, 0.05)
        elif parameter.ndim > 1:
            nn.init.xavier_uniform_(parameter)
        else:
            nn.init.zeros_(parameter)
        if "bias_ih" in name:
            nn.init.ones_(parameter.data[len(parameter) // 4 : len(parameter) // 2])
