from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from mner.model.additive_scores import additive_scores
from mner.model.attention import (
    AdditiveAttention,
    ConcatAttention,
    MeanAttention,
    MultiHeadAttention,
    ScaledDotAttention,
    masked_softmax,
)
from tests.model.attention_formulas import attended

Form = Callable[[int, int, int], nn.Module]

ONE_HEAD: list[Form] = [ConcatAttention, AdditiveAttention, ScaledDotAttention, MeanAttention]
FORMS: list[Form] = [*ONE_HEAD, partial(MultiHeadAttention, heads=5)]


def attend(form: Form, *, mask: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(0)
    attention = form(6, 4, 5).double()
    for parameter in attention.parameters():
        nn.init.normal_(parameter)
    queries = torch.randn(2, 3, 6, dtype=torch.double)
    keys = torch.randn(2, 7, 4, dtype=torch.double)
    if mask is None:
        mask = torch.ones(2, 7, dtype=torch.bool)
    context, weights = attention(queries, keys, mask)
    return context, weights, keys


def largest_difference_between_words(weights: Tensor) -> float:
    return (weights.max(dim=1).values - weights.min(dim=1).values).max().item()


def test_the_printed_attention_does_not_look_at_its_query() -> None:
    """docs/attention.md: the literal formula gives every word the same weights.

    Ours is that formula.
    """
    torch.manual_seed(0)
    query = nn.Linear(6, 5).double()
    key = nn.Linear(4, 5, bias=False).double()
    score = nn.Linear(10, 1).double()
    queries = torch.randn(2, 3, 6, dtype=torch.double)
    keys = torch.randn(2, 7, 4, dtype=torch.double)
    all_keys = key(keys)[:, None].expand(-1, 3, -1, -1)
    all_queries = query(queries)[:, :, None].expand(-1, -1, 7, -1)
    both = torch.cat([all_keys, all_queries], dim=-1)
    literal = torch.softmax(score(torch.tanh(both)).squeeze(-1), dim=-1)
    assert largest_difference_between_words(literal) < 1e-14

    ours = ConcatAttention(6, 4, 5).double()
    ours.key.weight.data = key.weight.data
    ours.score.weight.data = score.weight.data[:, :5]
    torch.testing.assert_close(ours(queries, keys, torch.ones(2, 7, dtype=torch.bool))[1], literal)


@pytest.mark.parametrize(
    "form", [AdditiveAttention, ScaledDotAttention, partial(MultiHeadAttention, heads=5)]
)
def test_the_other_forms_attend_per_word(form: Form) -> None:
    assert largest_difference_between_words(attend(form)[1]) > 0.1


@pytest.mark.parametrize("form", ONE_HEAD)
def test_what_is_attended_is_the_weighted_sum_of_keys(form: Form) -> None:
    context, weights, keys = attend(form)
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(2, 3, dtype=torch.double))
    torch.testing.assert_close(context, torch.einsum("btn,bnd->btd", weights, keys))


@pytest.mark.parametrize("form", FORMS)
def test_masked_keys_get_nothing_and_a_post_without_keys_gets_zeros(form: Form) -> None:
    mask = torch.ones(2, 7, dtype=torch.bool)
    mask[0, 4:] = False
    mask[1] = False
    context, weights, _ = attend(form, mask=mask)
    assert not weights[0, :, 4:].any()
    torch.testing.assert_close(weights[0].sum(dim=-1), torch.ones(3, dtype=torch.double))
    assert not weights[1].any()
    assert not context[1].any()


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_its_formula(form: Form) -> None:
    torch.manual_seed(3)
    attention = form(2, 3, 5).double()
    for parameter in attention.parameters():
        nn.init.normal_(parameter)
    queries = torch.randn(2, 4, 2, dtype=torch.double)
    keys = torch.randn(2, 6, 3, dtype=torch.double)
    mask = torch.arange(6) < torch.tensor([6, 3])[:, None]
    context, weights = attention(queries, keys, mask)
    for post, word in np.ndindex(2, 4):
        expected = attended(
            attention, queries[post, word].numpy(), keys[post].numpy(), mask[post].numpy()
        )
        ours = context[post, word], weights[post, word]
        for found, formula in zip(ours, expected, strict=True):
            np.testing.assert_allclose(found.detach().numpy(), formula, atol=1e-12)


def test_several_heads_and_their_mean_weights_are_torch_s() -> None:
    torch.manual_seed(0)
    ours = MultiHeadAttention(6, 6, 6, heads=3)
    theirs = nn.MultiheadAttention(6, 3, batch_first=True)
    layers = (ours.query, ours.key, ours.value, ours.joined)
    weights_of_theirs = (*theirs.in_proj_weight.data.chunk(3), theirs.out_proj.weight.data)
    for layer, weight in zip(layers, weights_of_theirs, strict=True):
        layer.weight.data = weight
        if layer.bias is not None:
            layer.bias.data.zero_()
    queries, keys = torch.randn(2, 4, 6), torch.randn(2, 5, 6)
    mask = torch.arange(5) < torch.tensor([5, 2])[:, None]
    expected, weights = theirs(queries, keys, keys, key_padding_mask=~mask)
    torch.testing.assert_close(ours(queries, keys, mask), (expected, weights))


def test_the_mean_is_over_what_may_be_looked_at() -> None:
    mask = torch.arange(7) < torch.tensor([7, 3])[:, None]
    context, _, keys = attend(MeanAttention, mask=mask)
    means = torch.stack([keys[0].mean(dim=0), keys[1, :3].mean(dim=0)])
    torch.testing.assert_close(context, means[:, None].expand(-1, 3, -1))


def test_masked_softmax_survives_large_scores() -> None:
    scores, mask = torch.tensor([[[1e4, -1e4, 3e4]]]), torch.tensor([[True, True, False]])
    weights = masked_softmax(scores, mask)
    assert weights.tolist() == [[[1.0, 0.0, 0.0]]]


@pytest.mark.parametrize("lowest", [-1e4, -1e6, -1e30])
def test_masked_softmax_never_looks_at_a_masked_key_however_low_the_others_score(
    lowest: float,
) -> None:
    scores = torch.tensor([[[lowest, lowest, 0.0]]])
    weights = masked_softmax(scores, torch.tensor([[True, True, False]]))
    assert weights.tolist() == [[[0.5, 0.5, 0.0]]]


@pytest.mark.parametrize(
    ("words", "regions", "size"),
    [(4, 7, 5), (4, 7, 19), (600, 500, 3)],
    ids=["one block", "blocks of a graph that are not equal", "long posts in several blocks"],
)
def test_the_additive_form_and_its_gradients_are_the_formula_s_however_they_are_computed(
    words: int, regions: int, size: int
) -> None:
    torch.manual_seed(0)
    attention = AdditiveAttention(6, 4, size).double()
    queries = torch.randn(3, words, 6, dtype=torch.double, requires_grad=True)
    keys = torch.randn(3, regions, 4, dtype=torch.double, requires_grad=True)
    mask = torch.arange(regions) < torch.tensor([regions, 2, 1])[:, None]

    def by_formula() -> Tensor:
        both = torch.tanh(attention.query(queries).unsqueeze(2) + attention.key(keys).unsqueeze(1))
        return masked_softmax(attention.score(both).squeeze(-1), mask)

    leaves = [queries, keys, *attention.parameters()]
    upstream = torch.randn(3, words, regions, dtype=torch.double)
    weights = attention(queries, keys, mask)[1]
    torch.testing.assert_close(weights, by_formula())
    gradients = torch.autograd.grad(weights, leaves, upstream)
    expected = torch.autograd.grad(by_formula(), leaves, upstream)
    torch.testing.assert_close(gradients, expected)
    by_operators = additive_scores(
        attention.query(queries), attention.key(keys), attention.score.weight[0]
    )
    torch.testing.assert_close(masked_softmax(by_operators, mask), weights)
