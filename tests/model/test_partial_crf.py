from itertools import product

import numpy as np
import pytest
import torch
from torch import Tensor

from mner.model.crf import Crf
from tests.model.test_crf import TAGS, is_valid, make, path_score

LENGTHS = torch.tensor([4, 1, 2])


@pytest.fixture
def emissions() -> Tensor:
    torch.manual_seed(2)
    return torch.randn(3, 4, len(TAGS), dtype=torch.double)


@pytest.fixture
def allowed() -> Tensor:
    """Random sets of tags with O in each, so that there is always a valid sequence."""
    torch.manual_seed(3)
    chosen = torch.rand(3, 4, len(TAGS)) < 0.5
    chosen[..., 0] = True
    return chosen


def one_hot(tags: Tensor) -> Tensor:
    return torch.nn.functional.one_hot(tags, len(TAGS)).bool()


def total(crf: Crf, emissions: Tensor, allowed: Tensor, constrain_loss: bool) -> float:
    """Log of the sum over all compatible sequences of one post, one by one."""
    choices = [word.nonzero().flatten().tolist() for word in allowed]
    paths = list(product(*choices))
    if constrain_loss:
        paths = list(filter(is_valid, paths))
    return float(np.logaddexp.reduce([path_score(crf, emissions, path) for path in paths]))


@pytest.mark.parametrize("constrain_loss", [False, True])
def test_the_likelihood_is_that_of_enumeration(
    constrain_loss: bool, emissions: Tensor, allowed: Tensor
) -> None:
    crf = make(constrain_loss=constrain_loss).requires_grad_(requires_grad=False)
    likelihoods = crf.partial_log_likelihood(emissions, allowed, LENGTHS)
    everything = torch.ones(4, len(TAGS), dtype=torch.bool)
    for row, length in enumerate(LENGTHS.tolist()):
        compatible = total(crf, emissions[row], allowed[row, :length], constrain_loss)
        possible = total(crf, emissions[row], everything[:length], constrain_loss)
        assert likelihoods[row].item() == pytest.approx(compatible - possible, abs=1e-6)


@pytest.mark.parametrize("constrain_loss", [False, True])
def test_with_one_tag_a_word_it_is_the_ordinary_likelihood_with_the_same_gradients(
    constrain_loss: bool, emissions: Tensor
) -> None:
    crf = make(constrain_loss=constrain_loss)
    tags = torch.tensor([[1, 2, 0, 3], [3, 0, 0, 0], [0, 1, 0, 0]])
    parameters = list(crf.parameters())
    ordinary = crf.log_likelihood(emissions, tags, LENGTHS)
    partial = crf.partial_log_likelihood(emissions, one_hot(tags), LENGTHS)
    torch.testing.assert_close(partial, ordinary)
    torch.testing.assert_close(
        torch.autograd.grad(partial.sum(), parameters),
        torch.autograd.grad(ordinary.sum(), parameters),
    )


def test_with_every_tag_allowed_there_is_nothing_to_learn(emissions: Tensor) -> None:
    crf = make()
    every_tag = torch.ones(emissions.shape, dtype=torch.bool)
    likelihood = crf.partial_log_likelihood(emissions.requires_grad_(), every_tag, LENGTHS)
    torch.testing.assert_close(likelihood, torch.zeros_like(likelihood))
    (gradient,) = torch.autograd.grad(likelihood.sum(), emissions)
    torch.testing.assert_close(gradient, torch.zeros_like(gradient))


def test_padding_plays_no_part(emissions: Tensor, allowed: Tensor) -> None:
    crf = make()
    alone = crf.partial_log_likelihood(emissions[2:, :2], allowed[2:, :2], LENGTHS[2:])
    emissions[2, 2:] = float("nan")
    allowed[2, 2:] = False
    torch.testing.assert_close(crf.partial_log_likelihood(emissions, allowed, LENGTHS)[2:], alone)


def test_gradients_are_those_of_finite_differences(emissions: Tensor, allowed: Tensor) -> None:
    crf = make(constrain_loss=True)
    assert torch.autograd.gradcheck(
        lambda given: crf.partial_log_likelihood(given, allowed, LENGTHS),
        emissions.requires_grad_(),
    )
