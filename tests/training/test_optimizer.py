from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
import torch
from torch import nn

from mner.recipe.sections import Recipe, TrainingSection, TransformerSection
from mner.tagging.model_folder import load_network, read_model
from mner.training.optimizer import make_optimizer, rate_share, schedule_rates
from mner.training.train import train
from tests.tiny_transformers import write_bert
from tests.training.changes import with_training

STEPS = 40
TRAINING = TrainingSection(warmup_steps=7, final_rate=0.1)


def optimizer() -> torch.optim.Optimizer:
    groups = [
        {"params": [nn.Parameter(torch.zeros(1))], "lr": rate, "initial_lr": rate}
        for rate in (0.01, 0.003)
    ]
    return torch.optim.SGD(groups)


def rates(training: TrainingSection, *, done: int = 0) -> list[list[float]]:
    """The rates of both groups at each step that is left."""
    sgd = optimizer()
    scheduler = schedule_rates(sgd, training, steps=STEPS, done=done)
    used = []
    for _ in range(done, STEPS):
        used.append([group["lr"] for group in sgd.param_groups])
        sgd.step()
        scheduler.step()
    return used


def test_rates_rise_linearly_and_decay_linearly() -> None:
    used = rates(TRAINING)
    rise = [(step + 1) / 7 for step in range(7)]
    decay = [0.1 + (1 - 0.1) * ((STEPS - step) / (STEPS - 7)) for step in range(7, STEPS)]
    assert used == [[0.01 * share, 0.003 * share] for share in (*rise, *decay)]
    assert used[6] == used[7] == [0.01, 0.003]


def test_without_a_warm_up_the_first_rate_is_the_highest() -> None:
    assert rates(replace(TRAINING, warmup_steps=0))[0] == [0.01, 0.003]
    assert rates(replace(TRAINING, warmup_steps=0, final_rate=1.0))[-1] == [0.01, 0.003]


@pytest.mark.parametrize("done", [1, 6, 7, 39])
def test_rates_after_some_steps_follow_from_their_number(done: int) -> None:
    assert rates(TRAINING, done=done) == rates(TRAINING)[done:]


def test_lower_layers_of_a_transformer_have_lower_rates_and_frozen_ones_none(
    recipe: Recipe, tmp_path: Path
) -> None:
    folder = write_bert(tmp_path / "bert")
    section = TransformerSection(model=str(folder), learning_rate=0.01, layer_decay=0.5, frozen=1)
    chosen = with_training(replace(recipe, transformer=section), epochs=1)
    network = load_network(read_model(train(chosen, tmp_path / "run").model))
    adamw = make_optimizer(network, TrainingSection(learning_rate=0.1), section)
    rates = {group["lr"]: group["params"] for group in adamw.param_groups}
    assert sorted(rates) == [0.005, 0.01, 0.1]
    assert network.transformer is not None
    lowest, highest = network.transformer.model.encoder.layer
    assert set(lowest.parameters()) == set(rates[0.005])
    assert set(highest.parameters()) == set(rates[0.01])
    assert network.get_parameter("head.weight") in set(rates[0.1])
    assert not set(network.transformer.model.embeddings.parameters()) & set(rates[0.1])


class Network(nn.Module):
    """A network without a transformer."""

    transformer = None

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 1)


@pytest.mark.parametrize(
    ("name", "kind"), [("adamw", torch.optim.AdamW), ("rmsprop", torch.optim.RMSprop)]
)
def test_the_optimizer_has_the_settings_of_the_recipe(
    name: Literal["adamw", "rmsprop"], kind: type[torch.optim.Optimizer]
) -> None:
    training = TrainingSection(optimizer=name, learning_rate=0.02, weight_decay=0.3)
    network = Network()
    optimizer = make_optimizer(network, training, TransformerSection())  # type: ignore[arg-type]
    assert type(optimizer) is kind
    (group,) = optimizer.param_groups
    assert group["params"] == list(network.parameters())
    assert (group["lr"], group["initial_lr"], group["weight_decay"]) == (0.02, 0.02, 0.3)
    if name == "rmsprop":
        assert group["alpha"] == 0.9
    else:
        assert group["fused"] is True


@pytest.mark.parametrize(
    ("step", "warmup", "steps", "share"),
    [
        (0, 0, 10, 1.0),
        (0, 4, 10, 0.25),
        (3, 4, 10, 1.0),
        (4, 4, 10, 1.0),
        (7, 4, 10, 0.75),
        (10, 4, 10, 0.5),
        (4, 4, 4, 0.5),
    ],
)
def test_the_share_of_the_highest_rate(step: int, warmup: int, steps: int, share: float) -> None:
    training = TrainingSection(warmup_steps=warmup, final_rate=0.5)
    assert rate_share(step, training, steps=steps) == pytest.approx(share)
