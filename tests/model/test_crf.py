from itertools import pairwise, product

import numpy as np
import pytest
import torch
from torch import Tensor

from mner.bio import Transitions, allowed_transitions, tag_names
from mner.model.crf import Crf

TAGS = tag_names(["LOC", "PER"])


NO_PERSON_LAST = Transitions(*allowed_transitions(TAGS)[:2], np.arange(len(TAGS)) < 3)
"""Those of IOB2, and that no tag of a person may be the last: IOB2 itself forbids no end."""


def make(*, constrain_loss: bool = False) -> Crf:
    torch.manual_seed(1)
    allowed = NO_PERSON_LAST
    crf = Crf(*map(torch.from_numpy, allowed), constrain_loss=constrain_loss).double()
    for parameter in crf.parameters():
        torch.nn.init.normal_(parameter)
    return crf


def path_score(crf: Crf, emissions: Tensor, path: tuple[int, ...]) -> float:
    emitted = sum(emissions[position, tag] for position, tag in enumerate(path))
    moved = sum(crf.transitions[step] for step in pairwise(path))
    return float(crf.start[path[0]] + crf.end[path[-1]] + emitted + moved)


def is_valid(path: tuple[int, ...]) -> bool:
    start, step, end = NO_PERSON_LAST
    return bool(start[path[0]] and end[path[-1]]) and all(step[move] for move in pairwise(path))


@pytest.mark.parametrize("constrain_loss", [False, True])
def test_the_likelihood_is_that_of_enumeration(constrain_loss: bool) -> None:
    crf = make(constrain_loss=constrain_loss)
    lengths = torch.tensor([4, 1, 2])
    emissions = torch.randn(3, 4, len(TAGS), dtype=torch.double)
    tags = torch.tensor([[3, 4, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0]])
    likelihoods = crf.log_likelihood(emissions, tags, lengths)
    crf.requires_grad_(requires_grad=False)
    for row, length in enumerate(lengths.tolist()):
        paths = list(product(range(len(TAGS)), repeat=length))
        if constrain_loss:
            paths = list(filter(is_valid, paths))
        scores = np.array([path_score(crf, emissions[row], path) for path in paths])
        gold = path_score(crf, emissions[row], tuple(tags[row, :length].tolist()))
        expected = gold - np.logaddexp.reduce(scores)
        assert likelihoods[row].item() == pytest.approx(expected, abs=1e-6)


def test_padding_plays_no_part_even_when_it_is_not_a_number() -> None:
    crf = make()
    emissions = torch.randn(2, 5, len(TAGS))
    tags = torch.zeros(2, 5, dtype=torch.long)
    lengths = torch.tensor([5, 3])
    alone = crf.log_likelihood(emissions[1:, :3], tags[1:, :3], lengths[1:])
    emissions[1, 3:] = float("nan")
    tags[1, 3:] = 4
    torch.testing.assert_close(crf.log_likelihood(emissions, tags, lengths)[1:], alone)


def test_gradients_are_those_of_finite_differences() -> None:
    crf = make(constrain_loss=True)
    emissions = torch.randn(2, 3, len(TAGS), dtype=torch.double, requires_grad=True)
    tags = torch.tensor([[1, 2, 0], [3, 0, 0]])
    assert torch.autograd.gradcheck(
        lambda given: crf.log_likelihood(given, tags, torch.tensor([3, 1])), emissions
    )


def test_forbidden_sequences_have_no_probability_when_the_loss_is_constrained() -> None:
    tags = torch.tensor([[0, 2]])  # I-LOC after O
    emissions = torch.zeros(1, 2, len(TAGS))
    lengths = torch.tensor([2])
    constrained, free = make(constrain_loss=True), make(constrain_loss=False)
    assert constrained.log_likelihood(emissions, tags, lengths).item() < -5_000
    assert free.log_likelihood(emissions, tags, lengths).item() > -50


def test_fresh_scores_are_small_and_of_both_signs() -> None:
    torch.manual_seed(0)
    size = 40
    anything = torch.ones(size, dtype=torch.bool)
    crf = Crf(anything, anything.expand(size, size), anything, constrain_loss=False)
    for scores in (crf.start, crf.transitions, crf.end):
        values = scores.detach()
        assert -0.1 <= float(values.min()) < -0.05
        assert 0.05 < float(values.max()) <= 0.1
