"""The state from which a killed training is resumed: one file, written whole or not at all."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from mner.errors import ConfigError, MnerError, ModelError, clipped
from mner.files.regular import require_regular
from mner.files.write import new_file
from mner.training.log import Epoch

__all__ = ["STATE_NAME", "Planned", "Progress", "load_state", "read_planned", "save_state"]

STATE_NAME = "state.safetensors"
"""The name of the state in the folder of a run."""

_TRAINED, _BEST, _OPTIMIZER = "trained.", "best.", "optimizer."
"""How the names of tensors in the file begin: weights, weights of the best epoch, optimizer."""


@dataclass(frozen=True)
class Planned:
    """What of a recipe may change when its run is resumed, since no weight depends on it yet."""

    epochs: int
    patience: int


@dataclass(frozen=True)
class Progress:
    """How far a training has come at the end of an epoch.

    Random numbers need no state: those of an epoch are drawn from the seed and its number.
    """

    fingerprint: str
    """The training's identity; a run is resumed only with the same."""
    steps: int = 0
    """The optimizer steps that are done."""
    history: tuple[Epoch, ...] = ()
    """The epochs that are done."""
    planned: Planned | None = None
    """None in the states of earlier versions."""
    best_weights: Mapping[str, Tensor] = field(default_factory=dict, compare=False, repr=False)
    """A copy of the weights after the best epoch; empty before the first."""

    @property
    def epochs(self) -> int:
        """The number of epochs that are done."""
        return len(self.history)

    @property
    def best(self) -> Epoch:
        """The first epoch with the highest F1 on dev; there has to be one."""
        return max(self.history, key=lambda epoch: epoch.dev.f1)

    def is_stale(self, patience: int) -> bool:
        """Return whether the last epochs, as many as `patience`, brought no better F1 on dev."""
        return bool(self.history) and self.epochs - self.best.epoch >= patience

    def after(self, epoch: Epoch, *, steps: int, weights: Mapping[str, Tensor]) -> "Progress":
        """Return the progress after one more epoch.

        Args:
            epoch: what the epoch gave.
            steps: the optimizer steps that are done.
            weights: those that were scored; they are copied where the epoch is the best so far.
        """
        longer = replace(self, steps=steps, history=(*self.history, epoch))
        if longer.best is not epoch:
            return longer
        copy = {name: tensor.detach().cpu().clone() for name, tensor in weights.items()}
        return replace(longer, best_weights=copy)


def save_state(
    path: Path,
    progress: Progress,
    trained: nn.Module,
    *,
    optimizer: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler | None = None,
) -> None:
    """Write everything that the next epoch depends on.

    Args:
        path: the file; it is replaced once the new one is complete.
        progress: how far the training has come.
        trained: all weights that the next epoch depends on.
        optimizer: its state is kept, its rates are not: they follow from the number of steps.
        scaler: of the loss, in half precision on a GPU.

    Raises:
        MnerError: the disk is full, or the folder cannot be written.
    """
    tensors = {
        **_prefixed(_TRAINED, trained.state_dict()),
        **_prefixed(_BEST, progress.best_weights),
    }
    for number, values in optimizer.state_dict()["state"].items():
        tensors |= _prefixed(f"{_OPTIMIZER}{number}.", values)
    metadata = {"progress": _to_json(progress)}
    if scaler is not None:
        metadata["scaler"] = json.dumps(scaler.state_dict())
    try:
        with new_file(path) as temporary:
            save_file(tensors, temporary, metadata=metadata)
    except (OSError, SafetensorError) as exc:
        raise MnerError(
            f"{path}: the state of the training cannot be written ({clipped(exc)}): make room, "
            "and resume with --resume from the epoch before"
        ) from exc


def read_planned(path: Path) -> Planned | None:
    """Return what the run of a state was planned for; None in a state of an earlier version.

    Raises:
        ModelError: the file is damaged.
    """
    try:
        with safe_open(require_regular(path), framework="pt") as file:
            return msgspec.json.decode(file.metadata()["progress"], type=_Saved).planned
    except _DAMAGE as exc:
        raise _damaged(path, exc) from exc


def load_state(
    path: Path,
    trained: nn.Module,
    *,
    optimizer: torch.optim.Optimizer,
    fingerprint: str,
    scaler: torch.amp.GradScaler | None = None,
) -> Progress:
    """Bring weights, optimizer and scaler back to where they were, and return how far that is.

    Args:
        path: a file that `save_state` wrote.
        trained: as it was given to `save_state`; its weights are replaced.
        optimizer: its state is replaced, its rates stay.
        fingerprint: what the state has to be of.
        scaler: of the loss, in half precision on a GPU.

    Raises:
        ConfigError: the state is of another fingerprint.
        ModelError: the file is damaged.
    """
    try:
        with safe_open(require_regular(path), framework="pt") as file:
            metadata = file.metadata()
            saved = msgspec.json.decode(metadata["progress"], type=_Saved)
            if saved.fingerprint != fingerprint:
                raise ConfigError(
                    f"{path}: the run was started with another recipe or other data, or by another "
                    "version of mner: resume with the same, or choose another --out"
                )
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if scaler is not None:
            scaler.load_state_dict(json.loads(metadata["scaler"]))
        trained.load_state_dict(_named(tensors, _TRAINED))
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": _optimizer_state(tensors), "param_groups": groups})
    except _DAMAGE as exc:
        raise _damaged(path, exc) from exc
    return Progress(
        saved.fingerprint,
        saved.steps,
        saved.history,
        planned=saved.planned,
        best_weights=_named(tensors, _BEST),
    )


_DAMAGE = (
    OSError,
    SafetensorError,
    msgspec.DecodeError,
    KeyError,
    TypeError,
    ValueError,
    RuntimeError,  # RecursionError is one
)
"""What reading a damaged state raises."""


def _damaged(path: Path, exc: Exception) -> ModelError:
    return ModelError(
        f"{path}: cannot resume from this state ({clipped(exc)}): "
        "remove the run's folder and train again"
    )


@dataclass(frozen=True)
class _Saved:
    """The progress in the file, without what follows from it, which older versions wrote too."""

    fingerprint: str
    steps: int
    history: tuple[Epoch, ...]
    planned: Planned | None = None


def _prefixed(prefix: str, values: Mapping[str, Any]) -> dict[str, Tensor]:
    """Copy the tensors among the values to the processor, under names that begin with a prefix."""
    return {
        prefix + name: value.detach().cpu().clone().contiguous()
        for name, value in values.items()
        if isinstance(value, Tensor)
    }


def _to_json(progress: Progress) -> str:
    saved = _Saved(progress.fingerprint, progress.steps, progress.history, progress.planned)
    return json.dumps(asdict(saved))


def _named(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the tensors whose names begin with a prefix, without it."""
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }


def _optimizer_state(tensors: Mapping[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    state: dict[int, dict[str, Tensor]] = {}
    for key, tensor in _named(tensors, _OPTIMIZER).items():
        number, name = key.split(".", 1)
        state.setdefault(int(number), {})[name] = tensor
    return state
