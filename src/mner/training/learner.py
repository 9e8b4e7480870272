"""A network in training, and what a step changes in it."""

import math
from pathlib import Path
from typing import cast

import torch
from accelerate import Accelerator
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from mner.errors import MnerError
from mner.model.network import Network, to_tensors
from mner.recipe.sections import Recipe
from mner.training.batches import Share
from mner.training.optimizer import make_optimizer, schedule_rates
from mner.training.processes import Processes
from mner.training.state import Progress, load_state, save_state
from mner.types import Batch

__all__ = ["Learner"]


class Learner:
    """A network in training: its weights, their running average, and the optimizer.

    Args:
        network: with fresh weights.
        recipe: how to train it.
        accelerator: the device.
        steps: the steps of the whole training.

    Attributes:
        accelerator: the device, and the log for TensorBoard.
        processes: those that train the network together.
    """

    def __init__(
        self, network: Network, recipe: Recipe, *, accelerator: Accelerator, steps: int
    ) -> None:
        self.accelerator = accelerator
        self.processes = Processes(accelerator)
        self._training = recipe.training
        self._all_steps = steps
        optimizer = make_optimizer(network, recipe.training, recipe.transformer)
        self._network: Network
        # As for evaluation, since `Processes` adds up the gradients: a network in Accelerate's
        # wrapper for several processes would not add those of `Network.loss`.
        self._network = accelerator.prepare_model(network, evaluation_mode=True)
        self._optimizer = accelerator.prepare_optimizer(optimizer)
        self._rates = schedule_rates(self._optimizer, recipe.training, steps=steps)
        self._average: AveragedModel | None = None
        if share := recipe.training.averaging:
            average = get_ema_multi_avg_fn(share)  # type: ignore[no-untyped-call]
            self._average = AveragedModel(network, multi_avg_fn=average)

    @property
    def steps(self) -> int:
        """The number of steps that are done."""
        return self._rates.last_epoch

    @property
    def scored(self) -> Network:
        """The network that is scored and kept: the average of the weights where there is one."""
        if self._average is None:
            return self._network
        return cast("Network", self._average.module)

    def step(self, share: Share) -> float:
        """Change the weights by the gradient of a batch's loss, and return the loss.

        Args:
            share: what this process computes of the batch. The loss is that of the whole batch,
                the mean over its posts.

        Raises:
            MnerError: the loss is not a finite number.
        """
        self._network.train()
        self._optimizer.zero_grad(set_to_none=True)
        value = 0.0
        for part in share.parts:
            loss = self._loss(part) * (len(part.lengths) / share.posts)
            value += float(loss.detach())
            self.accelerator.backward(loss)
        value = self.processes.add_gradients(self._network, value)
        if not math.isfinite(value):
            raise MnerError(
                f"training diverged: the loss is {value} at step {self.steps + 1}; "
                f"lower training.learning_rate (now {self._training.learning_rate})"
            )
        if self._training.clip_norm:
            parameters = self._network.parameters()
            self.accelerator.clip_grad_norm_(parameters, self._training.clip_norm)
        self._optimizer.step()
        self._rates.step()
        if self._average is not None:
            self._average.update_parameters(self._network)
        return value

    def save(self, path: Path, progress: Progress) -> None:
        """Write the state from which `resume` continues; see `save_state`."""
        save_state(
            path,
            progress,
            self._trained(),
            optimizer=self._optimizer,
            scaler=self.accelerator.scaler,
        )

    def resume(self, path: Path, *, fingerprint: str) -> Progress:
        """Go back to the state that `save` wrote; see `load_state`."""
        progress = load_state(
            path,
            self._trained(),
            optimizer=self._optimizer,
            fingerprint=fingerprint,
            scaler=self.accelerator.scaler,
        )
        self._rates = schedule_rates(
            self._optimizer, self._training, steps=self._all_steps, done=progress.steps
        )
        return progress

    def _loss(self, batch: Batch) -> torch.Tensor:
        assert batch.tags is not None
        device = self.accelerator.device
        tags = torch.from_numpy(batch.tags).to(device)  # (B, T)
        allowed = None
        if batch.allowed is not None:
            allowed = torch.from_numpy(batch.allowed).to(device)  # (B, T, L)
        return self._network.loss(to_tensors(batch, device), tags, allowed=allowed)

    def _trained(self) -> nn.ModuleDict:
        """Return all weights that the next epoch depends on."""
        parts: dict[str, nn.Module] = {"network": self._network}
        if self._average is not None:
            parts["average"] = self._average
        return nn.ModuleDict(parts)
