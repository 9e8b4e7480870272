"""The optimizer of a training, and its learning rates from step to step."""

from functools import partial
from typing import Any

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

from mner.model.network import Network
from mner.recipe.sections import TrainingSection, TransformerSection

__all__ = ["make_optimizer", "rate_share", "schedule_rates"]

_RMSPROP_AVERAGE = 0.9
"""The default of Keras, which the public codes use; torch's own is 0.99."""


def make_optimizer(
    network: Network, training: TrainingSection, transformer: TransformerSection
) -> torch.optim.Optimizer:
    """Make the optimizer that a recipe names, with a group of parameters for each highest rate."""
    groups = _groups(network, training.learning_rate, transformer)
    if training.optimizer == "rmsprop":
        decay = training.weight_decay
        return torch.optim.RMSprop(groups, weight_decay=decay, alpha=_RMSPROP_AVERAGE)
    return torch.optim.AdamW(groups, weight_decay=training.weight_decay, fused=True)


def schedule_rates(
    optimizer: torch.optim.Optimizer, training: TrainingSection, *, steps: int, done: int = 0
) -> LambdaLR:
    """Let the learning rates rise linearly during the warm-up, and then decay linearly.

    Args:
        optimizer: as `make_optimizer` makes it.
        training: names the length of the warm-up, and the share of the rates that is left at the
            end.
        steps: the steps of the whole training.
        done: the steps that are already done.
    """
    share = partial(rate_share, training=training, steps=steps)
    return LambdaLR(optimizer, share, last_epoch=done - 1)


def rate_share(step: int, training: TrainingSection, *, steps: int) -> float:
    """Return the share of the highest learning rate at a step, in a training of `steps` steps."""
    if step < training.warmup_steps:
        return (step + 1) / training.warmup_steps
    remaining = (steps - step) / max(1, steps - training.warmup_steps)
    return training.final_rate + (1 - training.final_rate) * remaining


def _groups(network: Network, rate: float, transformer: TransformerSection) -> list[dict[str, Any]]:
    """Group the parameters by their highest learning rate.

    In a pretrained transformer, lower layers have lower rates, and frozen ones are in no group.
    """
    others = dict.fromkeys(network.parameters())
    by_rate: dict[float, list[nn.Parameter]] = {}
    if network.transformer is not None:
        for parameter, distance in network.transformer.distances():
            del others[parameter]
            if parameter.requires_grad:
                lowered = transformer.learning_rate * transformer.layer_decay**distance
                by_rate.setdefault(lowered, []).append(parameter)
    groups = [(rate, list(others)), *by_rate.items()]
    return [
        {"params": parameters, "lr": highest, "initial_lr": highest}
        for highest, parameters in groups
    ]
