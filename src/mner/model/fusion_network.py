"""The network that is put together from parts: text encoder, fusion, linear head and CRF.

The steps of the adaptive co-attention network (Zhang et al. 2018), and where they are:

1. regions as wide as words: `fusion.CoAttention`
2. characters: `text.CharacterCnn`
3. words in their context: `text.TextEncoder`
4. word-guided visual attention: `fusion.CoAttention`, by a form of `attention`
5. image-guided textual attention: the same
6. gated multimodal fusion: `fusion.CoAttention`
7. filtration gate: `fusion.CoAttention`, and the head of `FusionNetwork`
8. conditional random field: `crf.Crf`
"""

from torch import Tensor, nn

from mner.model.crf import Crf
from mner.model.fusion import Fusion
from mner.model.mask import word_mask
from mner.model.network import Network, Output, Tensors
from mner.model.text import TextEncoder
from mner.model.transformer import Transformer

__all__ = ["FusionNetwork"]


class FusionNetwork(Network):
    """Encodes the words, lets them look at the regions, scores the tags (Zhang et al. 2018).

    Args:
        text: words to hidden vectors.
        fusion: hidden vectors and regions to the vectors that are scored.
        crf: over L tags; with the fusion it decides the size of the head.
    """

    def __init__(self, text: TextEncoder, fusion: Fusion, crf: Crf) -> None:
        super().__init__()
        self.text = text
        self.fusion = fusion
        self.head = nn.Linear(fusion.width, len(crf.start))
        self.crf = crf

    def forward(self, inputs: Tensors) -> Output:
        """Score every tag at every word."""
        hidden = self.text(
            inputs.words,
            inputs.vectors,
            inputs.characters,
            inputs.shapes,
            inputs.lengths,
            inputs.pieces,
            inputs.piece_mask,
            inputs.first_pieces,
        )  # (B, T, D)
        mask = word_mask(inputs.lengths, inputs.words.shape[1], device=hidden.device)  # (B, T)
        fused = self.fusion(hidden, mask, inputs.regions, inputs.region_mask)
        return Output(self.head(fused.vectors), fused)  # (B, T, L)

    def loss(self, inputs: Tensors, tags: Tensor, *, allowed: Tensor | None = None) -> Tensor:
        """Return the mean negative log likelihood of a post's tags."""
        emissions = self(inputs).emissions
        if allowed is None:
            return -self.crf.log_likelihood(emissions, tags, inputs.lengths).mean()
        return -self.crf.partial_log_likelihood(emissions, allowed, inputs.lengths).mean()

    def transition_scores(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return the scores of the CRF."""
        return self.crf.start, self.crf.transitions, self.crf.end

    @property
    def transformer(self) -> Transformer | None:
        """The pretrained part of the text encoder, if it has one."""
        return self.text.transformer

    @property
    def vector_width(self) -> int:
        """K, the width of a word vector; 1 for a network that reads no word vectors."""
        return 1 if self.text.words is None else self.text.words.width

    @property
    def region_width(self) -> int:
        """V, the width of a region; 0 for a text-only network."""
        return self.fusion.region_width
