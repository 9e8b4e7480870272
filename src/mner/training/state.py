"""What training needs to go on after it was killed: one file, written whole or not at all, and no pickle."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from mner.errors import ConfigError, MnerError, ModelError
from mner.files.write import new_file
from mner.training.log import Epoch

__all__ = ["Progress", "load_state", "save_state"]

_TRAINED, _BEST, _OPTIMIZER = "trained.", "best.", "optimizer."


@dataclass(frozen=True)
class Progress:
    """How far training has come, at the end of an epoch.

    Random numbers need no state: those of an epoch are drawn from the seed and the epoch's number.
    """

    fingerprint: str
    """Of the recipe, the posts, their captions and their words' vectors; a run goes on only with the same."""
    epochs: int
    """Epochs that are done."""
    steps: int
    """Optimiser steps that are done."""
    best_f1: float
    """On dev, in [0, 1]; -1 before the first epoch."""
    best_epoch: int
    """Counted from 1."""
    history: tuple[Epoch, ...]
    """The epochs that are done."""


def save_state(
    path: Path,
    progress: Progress,
    trained: nn.Module,
    *,
    best: dict[str, Tensor],
    optimizer: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler | None = None,
) -> None:
    """Write everything to a temporary name, then rename it to `path`.

    Args:
        path: the file.
        progress: how far training has come.
        trained: all weights that the next epoch depends on.
        best: the weights of the best epoch.
        optimizer: its state is kept, its rates are not.
        scaler: of the loss, in half precision on a GPU.

    Raises:
        MnerError: the disk is full, or the folder cannot be written.
    """
    tensors = {_TRAINED + name: tensor for name, tensor in trained.state_dict().items()}
    tensors |= {_BEST + name: tensor for name, tensor in best.items()}
    for number, values in optimizer.state_dict()["state"].items():
        tensors |= {
            f"{_OPTIMIZER}{number}.{name}": value
            for name, value in values.items()
            if isinstance(value, Tensor)
        }
    metadata = {"progress": json.dumps(asdict(progress))}
    if scaler is not None:
        metadata["scaler"] = json.dumps(scaler.state_dict())
    try:
        with new_file(path) as part:
            save_file(
                {
                    name: tensor.detach().cpu().clone().contiguous()
                    for name, tensor in tensors.items()
                },
                part,
                metadata=metadata,
            )
    except (OSError, SafetensorError) as exc:
        raise MnerError(
            f"{path}: the state of the training cannot be written ({exc}): make room, and go on by --resume from the epoch before"
        ) from exc


def load_state(
    path: Path,
    trained: nn.Module,
    *,
    optimizer: torch.optim.Optimizer,
    fingerprint: str,
    scaler: torch.amp.GradScaler | None = None,
) -> tuple[Progress, dict[str, Tensor]]:
    """Bring weights, optimiser and scaler to where they were; returns how far that is, and the best weights so far.

    Raises:
        ConfigError: the fingerprint in the file is another one.
        ModelError: the file is damaged.
    """
    try:
        with safe_open(path, framework="pt") as file:
            progress = msgspec.json.decode(file.metadata()["progress"], type=Progress)
            if progress.fingerprint != fingerprint:
                raise ConfigError(
                    f"{path}: the run was started with another recipe or other data: resume with the same, or choose another --out"
                )
            if scaler is not None:
                scaler.load_state_dict(json.loads(file.metadata()["scaler"]))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        trained.load_state_dict(_part(tensors, _TRAINED))
        optimizer.load_state_dict(
            {
                "state": _optimizer_state(tensors),
                "param_groups": optimizer.state_dict()["param_groups"],
            }
        )
    except (
        OSError,
        SafetensorError,
        msgspec.DecodeError,
        KeyError,
        TypeError,
        ValueError,
        RuntimeError,
    ) as exc:
        raise ModelError(
            f"{path}: cannot go on from this state ({exc}): remove the run's folder and train anew"
        ) from exc
    return progress, _part(tensors, _BEST)


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }


def _optimizer_state(tensors: dict[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    state: dict[int, dict[str, Tensor]] = {}
    for key, tensor in _part(tensors, _OPTIMIZER).items():
        number, name = key.split(".", 1)
        state.setdefault(int(number), {})[name] = tensor
    return state
