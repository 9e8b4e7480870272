"""The fusions are their formulas, written again in numpy, word by word (steps 1 and 4 to 7)."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from mner.model.attention import (
    AdditiveAttention,
    ConcatAttention,
    MeanAttention,
    MultiHeadAttention,
    ScaledDotAttention,
)
from mner.model.fusion import CoAttention, Fused, GatedFusion, TextOnly
from mner.types import Bools
from tests.model.attention_formulas import Array, attended, linear, sigmoid

Form = Callable[[int, int, int], nn.Module]

WIDTH, REGION = 4, 3
FORMS: list[Form] = [
    AdditiveAttention,
    ConcatAttention,
    ScaledDotAttention,
    MeanAttention,
    partial(MultiHeadAttention, heads=3),
]


class Inputs(NamedTuple):
    """Two posts with pictures and one without, of which two are padded."""

    hidden: Tensor
    mask: Tensor
    regions: Tensor
    region_mask: Tensor


def inputs() -> Inputs:
    torch.manual_seed(0)
    return Inputs(
        torch.randn(3, 4, WIDTH, dtype=torch.double),
        torch.arange(4) < torch.tensor([4, 2, 3])[:, None],
        torch.randn(3, 5, REGION, dtype=torch.double),
        torch.arange(5) < torch.tensor([5, 3, 0])[:, None],
    )


def prepared(module: nn.Module) -> nn.Module:
    """The module with weights large enough to be told from one another."""
    for parameter in module.double().parameters():
        nn.init.normal_(parameter)
    return module.eval()


def co_attention(form: Form, *, dropout: float = 0.0) -> CoAttention:
    torch.manual_seed(1)
    fusion = prepared(
        CoAttention(
            WIDTH,
            REGION,
            visual=form(WIDTH, WIDTH, 6),
            textual=form(WIDTH, WIDTH, 6),
            dropout=dropout,
        )
    )
    assert isinstance(fusion, CoAttention)
    return fusion


def gated_fusion(form: Form, *, dropout: float = 0.0) -> GatedFusion:
    torch.manual_seed(1)
    visual = form(WIDTH, WIDTH, 6)
    fusion = prepared(GatedFusion(WIDTH, REGION, visual=visual, dropout=dropout))
    assert isinstance(fusion, GatedFusion)
    return fusion


def numpy_of(given: Inputs, post: int) -> tuple[Array, Bools, Array, Bools]:
    hidden, mask, regions, region_mask = given
    return (
        hidden[post].numpy(),
        mask[post].numpy(),
        regions[post].numpy(),
        region_mask[post].numpy(),
    )


def assert_close(ours: Tensor, formula: Array) -> None:
    np.testing.assert_allclose(ours.detach().numpy(), formula, atol=1e-12)


@pytest.mark.parametrize("form", FORMS)
def test_co_attention_is_its_equations(form: Form) -> None:
    fusion, given = co_attention(form), inputs()
    fused = fusion(*given)
    assert fusion.width == 2 * WIDTH
    for post in range(3):
        hidden, mask, regions, region_mask = numpy_of(given, post)
        values = np.tanh(linear(fusion.project, regions))
        for word, of_word in enumerate(hidden):
            seen, region_weights = attended(fusion.visual, of_word, values, region_mask)
            read, word_weights = attended(fusion.textual, seen, hidden, mask)
            visual = np.tanh(linear(fusion.visual_part, seen))
            textual = np.tanh(linear(fusion.textual_part, read))
            gate = sigmoid(linear(fusion.fusion_gate, np.concatenate([visual, textual])))
            if not region_mask.any():
                gate = np.zeros(WIDTH)
            both = gate * visual + (1 - gate) * textual
            share = sigmoid(linear(fusion.filtration_gate, np.concatenate([of_word, both])))
            filtered = share * np.tanh(linear(fusion.filtered, both))
            assert_close(fused.vectors[post, word], np.concatenate([of_word, filtered]))
            assert_close(fused.region_weights[post, word], region_weights)
            assert_close(fused.word_weights[post, word], word_weights)
            assert_close(fused.gate[post, word], gate.mean())


@pytest.mark.parametrize("form", FORMS)
def test_gated_fusion_is_its_equation(form: Form) -> None:
    fusion, given = gated_fusion(form), inputs()
    fused = fusion(*given)
    assert fusion.width == WIDTH
    assert fused.word_weights.shape == (3, 4, 0)
    for post in range(3):
        hidden, _, regions, region_mask = numpy_of(given, post)
        values = np.tanh(linear(fusion.project, regions))
        for word, of_word in enumerate(hidden):
            seen, region_weights = attended(fusion.visual, of_word, values, region_mask)
            gate = sigmoid(linear(fusion.gate, np.concatenate([of_word, seen])))
            if not region_mask.any():
                gate = np.zeros(WIDTH)
            assert_close(fused.vectors[post, word], of_word + gate * seen)
            assert_close(fused.region_weights[post, word], region_weights)
            assert_close(fused.gate[post, word], gate.mean())


def test_text_only_is_the_hidden_words() -> None:
    given = inputs()
    fused = TextOnly(WIDTH)(*given)
    assert fused.vectors is given.hidden
    assert fused.region_weights.shape == fused.word_weights.shape == (3, 4, 0)
    assert fused.gate.tolist() == [[0.0] * 4] * 3


def dropped(fusion: nn.Module) -> tuple[Fused, Inputs]:
    given = inputs()
    fused = fusion.train()(*given)
    assert isinstance(fused, Fused)
    return fused, given


def test_dropout_of_all_leaves_the_words_alone() -> None:
    fused, given = dropped(co_attention(AdditiveAttention, dropout=1.0))
    torch.testing.assert_close(fused.vectors[..., :WIDTH], given.hidden)
    assert not fused.vectors[..., WIDTH:].any()
    # Several heads have a bias, so what a word sees is not zero where all regions are dropped.
    fused, given = dropped(gated_fusion(partial(MultiHeadAttention, heads=3), dropout=1.0))
    torch.testing.assert_close(fused.vectors, given.hidden)


@pytest.mark.parametrize("make", [co_attention, gated_fusion])
def test_dropout_falls_on_the_regions(make: Callable[..., nn.Module]) -> None:
    """Regions that are all dropped are equal, so that no word prefers one of them."""
    fused, _ = dropped(make(AdditiveAttention, dropout=1.0))
    torch.testing.assert_close(fused.region_weights[0], torch.full((4, 5), 0.2).double())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("make", [co_attention, gated_fusion])
def test_regions_are_a_set(make: Callable[..., nn.Module], form: Form) -> None:
    """Their order does not matter, nor that each comes twice, as a picture may be given twice."""
    fusion, given = make(form), inputs()
    expected = fusion(*given).vectors
    for order in ([3, 0, 4, 1, 2], [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]):
        changed = given._replace(
            regions=given.regions[:, order], region_mask=given.region_mask[:, order]
        )
        torch.testing.assert_close(fusion(*changed).vectors, expected)
