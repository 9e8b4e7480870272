"""What a step does to the weights, calculated again in numpy from the gradients alone."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from numpy.typing import NDArray

from mner.bio import allowed_transitions
from mner.model.build import build_network
from mner.model.network import Network, emit, to_tensors
from mner.recipe.sections import Recipe
from mner.training.batches import Share, TrainingPosts
from mner.training.devices import open_device
from mner.training.learner import Learner
from mner.training.material import Material, read_material
from mner.types import Batch
from tests.training.changes import with_training

STEPS = 6
WARMUP = 2
Array = NDArray[np.float64]
Weights = dict[str, Array]
"""The arrays of a network by their names."""


@pytest.fixture
def plain(recipe: Recipe) -> Recipe:
    """A recipe without dropout, clipping, decay and average."""
    text = replace(recipe.text, dropout=0.0, word_dropout=0.0)
    characters = replace(recipe.characters, dropout=0.0)
    return with_training(
        replace(recipe, text=text, characters=characters),
        learning_rate=0.01,
        weight_decay=0.0,
        clip_norm=0.0,
        warmup_steps=WARMUP,
        final_rate=0.1,
    )


@pytest.fixture
def material(plain: Recipe, tmp_path: Path) -> Material:
    return read_material(plain, tmp_path)


@pytest.fixture
def batches(material: Material) -> list[Batch]:
    shares = list(TrainingPosts(material, batch_size=4, seed=0).shares(1))[:STEPS]
    return [batch for share in shares for batch in share.parts]


def whole(batch: Batch) -> Share:
    return Share((batch,), len(batch.lengths))


@pytest.fixture
def learn(
    material: Material, batches: list[Batch], tmp_path: Path
) -> Callable[[Recipe], tuple[Learner, list[Weights]]]:
    """Take all steps by a recipe; the learner, and the scored weights before and after each."""

    def run(recipe: Recipe) -> tuple[Learner, list[Weights]]:
        learner = Learner(
            fresh(recipe, material), recipe, accelerator=device(tmp_path), steps=STEPS
        )
        states = [weights_of(learner.scored)]
        for batch in batches:
            learner.step(whole(batch))
            states.append(weights_of(learner.scored))
        return learner, states

    return run


def device(folder: Path) -> Accelerator:
    return open_device(Recipe(), folder)


def fresh(recipe: Recipe, material: Material) -> Network:
    torch.manual_seed(0)
    transitions = allowed_transitions(material.vocabulary.tags)
    return build_network(recipe, material.sizes, transitions=transitions, transformer=None)


def weights_of(network: Network) -> Weights:
    return {
        name: parameter.detach().numpy().astype(np.float64, copy=True)
        for name, parameter in network.named_parameters()
    }


def gradients(network: Network, weights: Weights, batch: Batch) -> Weights:
    """The gradients of a batch's loss at these weights."""
    for name, parameter in network.named_parameters():
        parameter.data = torch.from_numpy(weights[name]).float()
        parameter.grad = None
    assert batch.tags is not None
    network.train()
    loss = network.loss(to_tensors(batch), torch.from_numpy(batch.tags))
    loss.backward()  # type: ignore[no-untyped-call]
    return {
        name: parameter.grad.numpy().astype(np.float64)
        for name, parameter in network.named_parameters()
        if parameter.grad is not None
    }


def rates(highest: float) -> Iterator[float]:
    """The learning rate of each step: a rise to the highest, then a fall to a tenth of it."""
    for step in range(STEPS):
        if step < WARMUP:
            yield highest * (step + 1) / WARMUP
        else:
            yield highest * (0.1 + 0.9 * (STEPS - step) / (STEPS - WARMUP))


def replayed(recipe: Recipe, network: Network, batches: list[Batch]) -> tuple[list[Weights], float]:
    """The weights before and after each step of AdamW or RMSprop, and the largest norm."""
    training = recipe.training
    weights = weights_of(network)
    states, norms = [weights], []
    first = {name: np.zeros_like(value) for name, value in weights.items()}
    second = {name: np.zeros_like(value) for name, value in weights.items()}
    for number, (batch, rate) in enumerate(
        zip(batches, rates(training.learning_rate), strict=True), start=1
    ):
        given = gradients(network, weights, batch)
        norm = float(np.sqrt(sum((value**2).sum() for value in given.values())))
        norms.append(norm)
        scale = min(1.0, training.clip_norm / norm) if training.clip_norm else 1.0
        changed = dict(weights)
        for name, gradient in given.items():
            clipped, before = gradient * scale, weights[name]
            if training.optimizer == "rmsprop":
                clipped = clipped + training.weight_decay * before
                second[name] = 0.9 * second[name] + 0.1 * clipped**2
                changed[name] = before - rate * clipped / (np.sqrt(second[name]) + 1e-8)
                continue
            first[name] = 0.9 * first[name] + 0.1 * clipped
            second[name] = 0.999 * second[name] + 0.001 * clipped**2
            direction = (first[name] / (1 - 0.9**number)) / (
                np.sqrt(second[name] / (1 - 0.999**number)) + 1e-8
            )
            changed[name] = before * (1 - rate * training.weight_decay) - rate * direction
        weights = changed
        states.append(weights)
    return states, max(norms)


def distance(first: Weights, second: Weights) -> float:
    """The root of the mean squared difference of two networks' weights."""
    squares = [(first[name] - second[name]).ravel() ** 2 for name in first]
    return float(np.sqrt(np.concatenate(squares).mean()))


# Without decay, RMSprop and AdamW forget the scale of gradients, and so whether they are clipped.
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "weight decay": {"weight_decay": 2.0},
    "RMSprop": {"optimizer": "rmsprop"},
    "RMSprop with weight decay": {"optimizer": "rmsprop", "weight_decay": 0.3},
    "clipping": {"optimizer": "rmsprop", "weight_decay": 0.3, "clip_norm": 0.5},
    "less clipping": {"optimizer": "rmsprop", "weight_decay": 0.3, "clip_norm": 1.0},
}


@pytest.mark.parametrize("kind", KINDS)
def test_steps_are_those_of_the_formulas(
    kind: str,
    plain: Recipe,
    material: Material,
    batches: list[Batch],
    learn: Callable[[Recipe], tuple[Learner, list[Weights]]],
) -> None:
    recipe = with_training(plain, **KINDS[kind])
    learner, states = learn(recipe)
    expected, norm = replayed(recipe, fresh(recipe, material), batches)
    assert learner.steps == STEPS
    assert norm > 1.0, "nothing to clip"
    moved = distance(expected[0], expected[-1])
    for ours, theirs in zip(states, expected, strict=True):
        assert distance(ours, theirs) < 0.01 * moved


def test_each_kind_of_step_ends_elsewhere(
    plain: Recipe, material: Material, batches: list[Batch]
) -> None:
    """So that the test above can tell them from one another."""
    ends = [
        replayed(recipe, fresh(recipe, material), batches)[0]
        for recipe in (with_training(plain, **changes) for changes in KINDS.values())
    ]
    for number, states in enumerate(ends):
        moved = distance(states[0], states[-1])
        for others in ends[:number]:
            assert distance(states[-1], others[-1]) > 0.03 * moved


def test_the_average_keeps_its_share_of_the_weights_before(
    plain: Recipe, learn: Callable[[Recipe], tuple[Learner, list[Weights]]]
) -> None:
    _, weights = learn(plain)
    _, averages = learn(with_training(plain, averaging=0.7))
    average = weights[1]  # the first step begins it
    for after, found in zip(weights[2:], averages[2:], strict=True):
        average = {name: 0.7 * average[name] + 0.3 * after[name] for name in average}
        assert distance(found, average) < 1e-6
    assert distance(averages[-1], weights[-1]) > 1e-4


def test_dropout_is_on_in_a_step_and_off_in_scoring(
    plain: Recipe, material: Material, batches: list[Batch], tmp_path: Path
) -> None:
    recipe = with_training(plain, learning_rate=1e-12)
    for share, is_random in ((0.5, True), (0.0, False)):
        dropping = replace(recipe, text=replace(recipe.text, dropout=share))
        network = fresh(dropping, material)
        learner = Learner(network, dropping, accelerator=device(tmp_path), steps=STEPS)
        losses = []
        for _ in range(2):
            scores = [emit(learner.scored, batches[0]).emissions for _ in range(2)]
            np.testing.assert_array_equal(scores[0], scores[1])
            learner.scored.eval()
            losses.append(learner.step(whole(batches[0])))
        assert (abs(losses[0] - losses[1]) > 1e-3) is is_random


def test_tags_that_gold_leaves_open_are_not_learned(
    plain: Recipe, material: Material, batches: list[Batch], tmp_path: Path
) -> None:
    (batch, *_) = batches
    assert batch.tags is not None
    allowed = np.ones((*batch.tags.shape, len(material.vocabulary.tags)), dtype=bool)
    learner = Learner(fresh(plain, material), plain, accelerator=device(tmp_path), steps=STEPS)
    before = weights_of(learner.scored)
    assert learner.step(whole(replace(batch, allowed=allowed))) == pytest.approx(0.0, abs=1e-5)
    allowed[...] = np.arange(allowed.shape[-1]) == batch.tags[..., None]
    strict = Learner(fresh(plain, material), plain, accelerator=device(tmp_path), steps=STEPS)
    assert distance(weights_of(strict.scored), before) == 0.0
    assert strict.step(whole(replace(batch, allowed=allowed))) == pytest.approx(
        Learner(fresh(plain, material), plain, accelerator=device(tmp_path), steps=STEPS).step(
            whole(replace(batch, allowed=None))
        ),
        rel=1e-5,
    )
