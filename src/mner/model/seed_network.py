"""The network of the public Keras code, with the interface that every network has.

The public code pads every post in front to 35 words and cuts longer ones at the front. Here nothing
is cut: a longer post is read in windows of 35 words, the last of which ends with the post and is
what the public code sees. Each word's emissions come from the last window that holds it. Padding
has a class of its own, and there are no masks.

Shapes: B posts, T words, W windows, S positions in a window, L tags; class 0 of L + 1 is padding,
class n + 1 is tag n.
"""

import torch
from torch import Tensor, nn

from mner.model.crf import Crf
from mner.model.fusion import Fused
from mner.model.network import Network, Output, Tensors
from mner.model.seed import SeedFusion, SeedText
from mner.model.seed_windows import Windows

__all__ = ["SeedNetwork"]

_WORDS = 35


class SeedNetwork(Network):
    """Reads posts in windows that are padded in front.

    The CRF runs over padding and words. In decoding, padding is class 0 and words are not: a post's
    sequence starts where its padding ends. So the start scores that decoding gets are those of the
    step from class 0.

    Args:
        text: words to hidden vectors.
        fusion: hidden vectors and regions to the vectors that are scored.
        crf: over L + 1 classes.
        length: S, the words in a window.
    """

    def __init__(
        self, text: SeedText, fusion: SeedFusion, crf: Crf, *, length: int = _WORDS
    ) -> None:
        super().__init__()
        classes = len(crf.start)
        self.text = text
        self.fusion = fusion
        self.head = nn.Linear(fusion.width, classes)
        self.crf = crf
        self.energy = nn.Linear(classes, classes)  # the dense layer in the CRF of keras-contrib
        self.length = length
        _draw_as_keras(self)

    def forward(self, inputs: Tensors) -> Output:
        """Score every tag at every word."""
        windows = Windows.cut(inputs.lengths, self.length).to(inputs.words.device)
        scores, fused = self.read(inputs, windows)
        words = torch.arange(inputs.words.shape[1], device=inputs.words.device)[None]  # (1, T)
        rows, columns = windows.find(words)  # (B, T) each

        # Decoding starts every post after padding. Posts without padding start by the CRF's own
        # start scores, so the difference is added to their first word.
        start = (self.crf.start - self.crf.transitions[0])[1:]  # (L,)
        is_unpadded = (words == 0) & (windows.lengths[:, None] >= self.length)  # (B, T)
        emissions = scores[rows, columns, 1:] + is_unpadded.unsqueeze(-1) * start  # (B, T, L)
        return Output(emissions, _at_words(fused, windows, words))

    def loss(self, inputs: Tensors, tags: Tensor, *, allowed: Tensor | None = None) -> Tensor:
        """Return the mean over posts of the negative log likelihood a position.

        Positions include the padding in front of short posts.
        """
        # The words at the positions of each post, (B, X): below 0 in the padding
        windows = Windows.cut(inputs.lengths, self.length).to(tags.device)
        lengths = windows.lengths.clamp(min=self.length)  # (B,)
        positions = torch.arange(int(lengths.max()), device=tags.device)
        words = positions - (lengths - windows.lengths)[:, None]
        is_padding = words < 0

        # The scores of all classes there
        rows, columns = windows.find(words)
        scores, _ = self.read(inputs, windows)
        scores = scores[rows, columns]  # (B, X, L + 1)

        # The classes there, or those that gold leaves open
        posts = torch.arange(len(lengths), device=tags.device)[:, None]
        at = (posts, words.clamp(0, tags.shape[1] - 1))
        if allowed is None:
            classes = (tags[at] + 1).masked_fill(is_padding, 0)  # (B, X)
            likelihood = self.crf.log_likelihood(scores, classes, lengths)
        else:
            is_padding = is_padding.unsqueeze(-1)
            open_classes = torch.cat([is_padding, allowed[at] & ~is_padding], dim=-1)
            likelihood = self.crf.partial_log_likelihood(scores, open_classes, lengths)
        return -(likelihood / lengths).mean()

    def read(self, inputs: Tensors, windows: Windows) -> tuple[Tensor, Fused]:
        """Score all classes at all positions of windows.

        Returns:
            The scores (W, S, L + 1), and where the network looked, for the same positions.
        """
        offsets = torch.arange(self.length, device=windows.starts.device)
        words = windows.starts[:, None] + offsets  # (W, S)
        mask = words >= 0
        at = (windows.posts[:, None], words.clamp(min=0))
        characters = inputs.characters[at].masked_fill(~mask.unsqueeze(-1), 0)  # (W, S, C)
        hidden = self.text(inputs.words[at], inputs.vectors[at], characters, mask)  # (W, S, D)
        regions, region_mask = inputs.regions[windows.posts], inputs.region_mask[windows.posts]
        fused: Fused = self.fusion(hidden, regions, region_mask)
        return self.energy(self.head(fused.vectors)), fused

    def transition_scores(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return the scores of the CRF without the class of padding, after which posts start."""
        return self.crf.transitions[0, 1:], self.crf.transitions[1:, 1:], self.crf.end[1:]

    @property
    def transformer(self) -> None:
        """The public code has no transformer."""
        return None

    @property
    def vector_width(self) -> int:
        """K, the width of a word vector."""
        return self.text.words.width

    @property
    def region_width(self) -> int:
        """V, the width of a region."""
        return self.fusion.region_width


def _at_words(fused: Fused, windows: Windows, words: Tensor) -> Fused:
    """Return what belongs to windows and positions (W, S) for words (B, T).

    The weights of padding are left out, so those of words may sum to less than 1.
    """
    at = windows.find(words)

    # Where the second word is in the first word's window
    columns = words - windows.starts[at[0]].unsqueeze(-1)  # (B, T, T)
    is_in_window = (columns >= 0) & (columns < windows.size)
    is_word = is_in_window & (words < windows.lengths[:, None]).unsqueeze(1)
    weights = fused.word_weights[at]  # (B, T, S)
    word_weights = weights.gather(2, columns.clamp(0, windows.size - 1)) * is_word
    return Fused(fused.vectors[at], fused.region_weights[at], word_weights, fused.gate[at])


def _draw_as_keras(network: SeedNetwork) -> None:
    """Draw weights as Keras does by default.

    They are uniform after Glorot, recurrent and transition matrices are orthogonal, and forget
    gates are open.
    """
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
            quarter = len(parameter) // 4
            nn.init.ones_(parameter.data[quarter : 2 * quarter])  # of the forget gate
