"""A recipe and the sizes of the data to a network: the only module where names become classes."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
import torch
from torch import nn

from mner.bio import Transitions
from mner.model.attention import (
    AdditiveAttention,
    ConcatAttention,
    MeanAttention,
    MultiHeadAttention,
    ScaledDotAttention,
)
from mner.model.characters import CharacterCnn
from mner.model.crf import Crf
from mner.model.fusion import CoAttention, Fusion, GatedFusion, TextOnly
from mner.model.fusion_network import FusionNetwork
from mner.model.network import Network
from mner.model.seed import SeedCharacters, SeedFusion, SeedText
from mner.model.seed_network import SeedNetwork
from mner.model.sizes import Sizes
from mner.model.text import TextEncoder, WordTable
from mner.model.transformer import Transformer
from mner.recipe.sections import FusionSection, Recipe
from mner.types import NO_ROW

__all__ = ["Build", "build_crf", "build_network", "build_text_encoder", "name_of"]

_ATTENTION: dict[str, Callable[[int, int, int], nn.Module]] = {
    "concat": ConcatAttention,
    "additive": AdditiveAttention,
    "scaled-dot": ScaledDotAttention,
    "mean": MeanAttention,
}
_ACTIVATION: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "tanh": nn.Tanh}


class Build(Protocol):
    """What makes the network of a training: `build_network`, or a function of a user."""

    def __call__(
        self,
        recipe: Recipe,
        sizes: Sizes,
        *,
        transitions: Transitions,
        transformer: Transformer | None,
    ) -> Network:
        """Return a network with fresh weights; see `build_network` for the arguments."""
        ...


def build_network(
    recipe: Recipe,
    sizes: Sizes,
    *,
    transitions: Transitions,
    transformer: Transformer | None = None,
) -> Network:
    """Put the parts together, with fresh weights from torch's global generator.

    Args:
        recipe: which parts, and how large.
        sizes: the sizes that the data decides.
        transitions: which of L tags may follow which.
        transformer: of the recipe's `transformer.model`, where it names one.
    """
    if recipe.network.kind == "seed":
        return _seed_network(recipe, sizes, transitions=transitions)
    text = build_text_encoder(recipe, sizes, transformer)
    fusion = _fusion(recipe.fusion, text.width, region_width=sizes.region)
    return FusionNetwork(text, fusion, build_crf(recipe, transitions))


def name_of(build: Build) -> str:
    """Return the module and the name of a function that builds networks."""
    name = getattr(build, "__qualname__", type(build).__qualname__)
    return f"{build.__module__}.{name}"


def build_text_encoder(
    recipe: Recipe, sizes: Sizes, transformer: Transformer | None = None
) -> TextEncoder:
    """Return the text encoder of a recipe, with fresh weights; arguments as in `build_network`."""
    if transformer is not None:
        transformer.freeze(recipe.transformer.frozen)
    text, characters = recipe.text, recipe.characters
    words, cnn, shapes = None, None, None
    if text.words:
        words = _word_table(recipe, sizes)
    if characters.filters:
        cnn = CharacterCnn(
            sizes.characters,
            dimension=characters.dimension,
            filters=characters.filters,
            widths=characters.widths,
            activation=_ACTIVATION[characters.activation](),
            dropout=characters.dropout,
        )
    if text.shapes:
        shapes = nn.Embedding(sizes.shapes, text.shapes, padding_idx=NO_ROW)
    return TextEncoder(words, cnn, shapes, transformer, hidden=text.hidden, dropout=text.dropout)


def build_crf(recipe: Recipe, transitions: Transitions) -> Crf:
    """Return the CRF of a recipe over L tags; `transitions` says which may follow which."""
    return _crf(transitions, constrain_loss=recipe.crf.constrain_loss)


def _word_table(recipe: Recipe, sizes: Sizes) -> WordTable:
    return WordTable(
        sizes.words,
        sizes.vector,
        trainable=recipe.text.train_vectors,
        word_dropout=recipe.text.word_dropout,
    )


def _fusion(fusion: FusionSection, width: int, *, region_width: int) -> Fusion:
    if not region_width:
        return TextOnly(width)
    visual = _attention(fusion, width)
    if fusion.kind == "gated":
        return GatedFusion(width, region_width, visual=visual, dropout=fusion.dropout)
    textual = _attention(fusion, width)
    return CoAttention(width, region_width, visual=visual, textual=textual, dropout=fusion.dropout)


def _attention(fusion: FusionSection, width: int) -> nn.Module:
    if fusion.attention == "multi-head":
        return MultiHeadAttention(width, width, fusion.size, heads=fusion.heads)
    return _ATTENTION[fusion.attention](width, width, fusion.size)


def _crf(transitions: Transitions, *, constrain_loss: bool) -> Crf:
    start, step, end = map(torch.from_numpy, transitions)
    return Crf(start, step, end, constrain_loss=constrain_loss)


def _seed_network(recipe: Recipe, sizes: Sizes, *, transitions: Transitions) -> SeedNetwork:
    """Build the public code's network, in the order in which a seed draws its weights."""
    section = recipe.characters
    characters = SeedCharacters(
        sizes.characters,
        dimension=section.dimension,
        filters=section.filters,
        widths=section.widths,
        longest=section.longest_word,
        dropout=section.dropout,
    )
    text = SeedText(_word_table(recipe, sizes), characters, hidden=recipe.text.hidden)
    crf = _crf(_with_padding(transitions), constrain_loss=recipe.crf.constrain_loss)
    fusion = SeedFusion(text.width, sizes.region, size=recipe.fusion.size)
    return SeedNetwork(text, fusion, crf)


def _with_padding(tags: Transitions) -> Transitions:
    """Put the class of padding before those of the tags.

    Padding may stand first. It may be followed by padding or by a tag that may stand first. It may
    not follow a tag, nor stand last.
    """
    start = np.insert(tags.start, 0, values=True)
    after_tags = np.insert(tags.step, 0, values=False, axis=1)
    end = np.insert(tags.end, 0, values=False)
    return Transitions(start, np.vstack([start, after_tags]), end)
