"""The device of a training: that of each of its processes, and the precision it can have."""

import logging
from datetime import timedelta
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import (
    DistributedType,
    GradientAccumulationPlugin,
    InitProcessGroupKwargs,
)

from mner.errors import ConfigError
from mner.graphs.devices import Device, torch_device
from mner.recipe.advice import by_change
from mner.recipe.sections import Recipe
from mner.training.launched import launched
from mner.training.trackers import tracker_of

__all__ = ["check_device", "open_device"]

_LOG = logging.getLogger(__name__)
_PATIENCE = timedelta(days=1)
"""How long a process waits for another, such as for the main process while it encodes pictures. A
process that dies is noticed at once, by its connections."""

_PIECEMEAL = frozenset(
    {DistributedType.FSDP, DistributedType.DEEPSPEED, DistributedType.MEGATRON_LM}
)
"""Ways of training that cut a network into pieces."""

_WITHOUT_BFLOAT16 = ("DEFAULT", "AVX2")
"""What torch calls processors without a bfloat16 LSTM; other layers take twenty times as long."""


def check_device(precision: str, device: Device = "auto") -> None:
    """Make sure that training can run here.

    Raises:
        ConfigError: this machine cannot compute in the precision.
        InputError: `device` is not known, or it is `cuda` and there is none.
    """
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
    """Take the device of this process, and join those that a launcher started beside it.

    `auto` takes what Accelerate finds; which device that is, is logged.

    Args:
        recipe: names the precision, and the tracker of the run.
        out: the run's folder, for trackers.
        device: what was asked for.

    Raises:
        ConfigError: the launcher was told to cut the network itself into pieces, or the processes
            that it started cannot be joined on this device.
    """
    # Without this, a second training in one process could have no other precision or device.
    AcceleratorState._reset_state(reset_partial_state=True)
    accelerator = Accelerator(
        # Accelerate joins processes on processors only if it is told that there is no GPU.
        cpu=device == "cpu" or not torch.accelerator.is_available(),
        mixed_precision=recipe.training.precision,
        # Given here, because a launcher's variable would divide the loss a second time.
        gradient_accumulation_plugin=GradientAccumulationPlugin(num_steps=1),
        log_with=tracker_of(recipe),
        project_dir=out,
        kwargs_handlers=[InitProcessGroupKwargs(timeout=_PATIENCE)],
    )
    if accelerator.distributed_type in _PIECEMEAL:
        raise ConfigError(
            f"the launcher asks for {accelerator.distributed_type.value}, but each process of a "
            "training holds the whole network: launch it without, such as by "
            "`accelerate launch --multi_gpu -m mner train`"
        )
    if accelerator.num_processes != launched().count:
        raise ConfigError(
            f"a launcher started {launched().count} processes, which cannot train together on "
            f"{accelerator.device}: launch one, or add --device cpu"
        )
    if accelerator.num_processes > 1:
        _LOG.info("training on %s, in %d processes", accelerator.device, accelerator.num_processes)
    else:
        _LOG.info("training on %s", accelerator.device)
    return accelerator
