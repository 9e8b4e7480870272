"""The device of a training: one process on a GPU or a processor, and the precision it can have."""

import logging
import os
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState

from mner.errors import ConfigError
from mner.graphs.devices import Device, torch_device
from mner.recipe.advice import by_change
from mner.recipe.sections import Recipe
from mner.training.trackers import start_tracker, tracker_of

__all__ = ["check_device", "open_device"]

_LOG = logging.getLogger(__name__)
_WITHOUT_BFLOAT16 = ("DEFAULT", "AVX2")
"""What torch calls processors without a bfloat16 LSTM; other layers take twenty times as long."""


def check_device(precision: str, device: Device = "auto") -> None:
    """Make sure that training can run here.

    Raises:
        ConfigError: a launcher started several processes, or this machine cannot compute in the
            precision.
        InputError: `device` is not known, or it is `cuda` and there is none.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ConfigError(
            "training runs in one process: start it with `mner train`, not with a launcher that "
            "starts several"
        )
    torch_device(device)
    if device != "cpu" and torch.accelerator.is_available():
        return
    key = f'training.precision = "{precision}"'
    instead = f"train in single precision by {by_change('training.precision=no')}"
    found = "torch finds none" if device != "cpu" else "the device is cpu"
    if precision == "fp16":
        raise ConfigError(f"{key}: needs a GPU, and {found}: {instead}")
    if precision == "bf16" and torch.backends.cpu.get_cpu_capability() in _WITHOUT_BFLOAT16:
        raise ConfigError(
            f"{key}: needs a GPU or a processor with AVX-512, and torch finds neither: {instead}"
        )


def open_device(recipe: Recipe, out: Path, device: Device = "auto") -> Accelerator:
    """Take the device, and start the tracker of a recipe for the run in the folder `out`.

    `auto` takes what Accelerate finds; which device that is, is logged.
    """
    # Without this, a second training in one process could have no other precision or device.
    AcceleratorState._reset_state(reset_partial_state=True)
    precision, tracker = recipe.training.precision, tracker_of(recipe)
    accelerator = Accelerator(
        cpu=device == "cpu", mixed_precision=precision, log_with=tracker, project_dir=out
    )
    _LOG.info("training on %s", accelerator.device)
    if tracker is not None:
        start_tracker(accelerator, tracker, recipe, out)
    return accelerator
