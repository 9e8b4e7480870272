"""What a run's folder tells without any data: its model, and what was logged epoch by epoch."""

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from mner.errors import InputError, ModelError
from mner.tagging.model_folder import Model, ModelFiles, read_model
from mner.training.environment import render_hardware
from mner.training.log import LOG_NAME, Epoch, read_log

__all__ = ["Run", "read_runs"]

_MODEL = "model"
_LARGEST_HEADER = 1 << 24


@dataclass(frozen=True)
class Run:
    """A finished run of `mner train`."""

    name: str
    """The folder's name, or its path where several folders of a report have the same name."""
    folder: Path
    model: Model
    epochs: tuple[Epoch, ...]
    parameters: int
    """Numbers in the network, without the table of pretrained word vectors."""

    @property
    def best_epoch(self) -> int:
        """The epoch that dev chose, counted from 1."""
        return self.model.about.best_epoch

    @property
    def dev(self) -> Mapping[str, Any]:
        """The scores on dev of that epoch."""
        return self.epochs[self.best_epoch - 1].dev

    @property
    def seconds(self) -> float:
        """What all epochs took, scoring on dev included."""
        return float(sum(epoch.train_seconds + epoch.dev_seconds for epoch in self.epochs))

    @property
    def versions(self) -> dict[str, str]:
        """Of `mner` and, where the model tells, of what it was trained with."""
        about = self.model.about
        versions = about.environment.versions if about.environment else {}
        return {"mner": about.mner, **versions}

    @property
    def hardware(self) -> str:
        """What the run was trained on, in words."""
        environment = self.model.about.environment
        return render_hardware(environment.hardware) if environment else "not recorded"


def read_runs(folders: Sequence[Path]) -> list[Run]:
    """Read the folders of finished runs.

    Raises:
        InputError: a folder is not that of a run, its run is not finished, its log is damaged, or a folder is given twice.
        ModelError: the model in it is damaged.
    """
    places = [folder.resolve() for folder in folders]
    if len(set(places)) < len(places):
        twice = next(
            folder for place, folder in enumerate(folders) if places[place] in places[:place]
        )
        raise InputError(f"{twice}: the run is given twice: give each once")
    short = [place.name for place in places]
    names = short if len(set(short)) == len(short) else [str(folder) for folder in folders]
    return [_read_run(folder, name) for folder, name in zip(folders, names, strict=True)]


def _read_run(folder: Path, name: str) -> Run:
    log = folder / LOG_NAME
    if not log.is_file():
        if runs := sorted(folder.glob(f"*/{LOG_NAME}")):
            raise InputError(
                f"{folder}: not a run's folder, but one that holds runs: name them, such as {runs[0].parent}"
            )
        raise InputError(
            f"{folder}: not a run's folder: expected {LOG_NAME} in it, beside the folder {_MODEL} (`mner train` writes both)"
        )
    if not (folder / _MODEL).is_dir():
        raise InputError(
            f"{folder}: the run has no model yet: let its training finish, with `mner train ... --out {folder} --resume` where it was stopped"
        )
    model = read_model(folder / _MODEL)
    run = Run(
        name, folder, model, read_log(log), _count_parameters(model.folder / ModelFiles().weights)
    )
    if not 1 <= run.best_epoch <= len(run.epochs):
        raise InputError(
            f"{log}: {len(run.epochs)} epochs, but the model is from epoch {run.best_epoch}: the log is of another run"
        )
    return run


def _count_parameters(weights: Path) -> int:
    """From the head of a safetensors file, which needs no torch: its length in 8 bytes, then names and shapes as JSON."""
    try:
        with weights.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            head = json.loads(file.read(min(length, _LARGEST_HEADER)))
        return sum(prod(entry["shape"]) for name, entry in head.items() if name != "__metadata__")
    except (OSError, struct.error, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise ModelError(
            f"{weights}: the weights cannot be read ({exc}): train the model again or copy it anew"
        ) from exc
