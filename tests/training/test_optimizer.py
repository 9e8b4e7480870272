from dataclasses import replace

import pytest
import torch
from torch import nn

from mner.recipe.sections import TrainingSection
from mner.training.optimizer import schedule_rates

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
