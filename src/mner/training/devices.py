"""The device of a training: one process on a GPU or a processor, and the precision it can have."""

import os
from importlib.util import find_spec
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState

from mner.errors import ConfigError

__all__ = ["check_device", "open_device"]

_WITHOUT_BFLOAT16 = ("DEFAULT", "AVX2")
"""What torch calls processors without a bfloat16 LSTM; other layers take twenty times as long."""


def check_device(precision: str) -> None:
    """Make sure that training can run here.

    Raises:
        ConfigError: a launcher started several processes, or this machine cannot compute in the
            precision.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ConfigError(
            "training runs in one process: start it with `mner train`, not with a launcher that "
            "starts several"
        )
    if torch.accelerator.is_available():
        return
    key = f'training.precision = "{precision}"'
    instead = "train in single precision by --set training.precision=no"
    if precision == "fp16":
        raise ConfigError(f"{key}: needs a GPU, and torch finds none: {instead}")
    if precision == "bf16" and torch.backends.cpu.get_cpu_capability() in _WITHOUT_BFLOAT16:
        raise ConfigError(
            f"{key}: needs a GPU or a processor with AVX-512, and torch finds neither: {instead}"
        )


def open_device(precision: str, out: Path) -> Accelerator:
    """Take the device that Accelerate finds, with a log in `out` if TensorBoard is installed."""
    # Without this, a second training in one process could not have another precision.
    AcceleratorState._reset_state()
    tracker = "tensorboard" if find_spec("tensorboard") else None
    accelerator = Accelerator(mixed_precision=precision, log_with=tracker, project_dir=out)
    accelerator.init_trackers("tensorboard")
    return accelerator
