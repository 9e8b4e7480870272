"""The folder of a run, read without any data: its model, and its log of epochs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path

from safetensors import SafetensorError, safe_open

from mner.errors import InputError, ModelError, clipped
from mner.files.regular import require_regular
from mner.recipe.read import to_toml
from mner.spans.scores import ScoreRecord
from mner.tagging.model_folder import Model, ModelFiles, read_model
from mner.training.environment import render_hardware
from mner.training.log import LOG_NAME, Epoch, read_log

__all__ = ["Run", "read_runs"]

_MODEL = "model"


@dataclass(frozen=True)
class Run:
    """A finished run of `mner train`."""

    name: str
    """Name of the folder, or its path if several folders of a report have the same name."""
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
    def dev(self) -> ScoreRecord:
        """The scores of that epoch on dev."""
        return self.epochs[self.best_epoch - 1].dev

    @property
    def recipe_and_data(self) -> tuple[str, str]:
        """What runs share that differ only in their seeds."""
        recipe = self.model.recipe
        without_seed = replace(recipe, training=replace(recipe.training, seed=0))
        return to_toml(without_seed), self.model.about.train_fingerprint

    @property
    def seconds(self) -> float:
        """The time of all epochs, with the scoring of dev."""
        return float(sum(epoch.train_seconds + epoch.dev_seconds for epoch in self.epochs))

    @property
    def versions(self) -> dict[str, str]:
        """The versions of `mner` and, if they were recorded, of the packages used in training."""
        about = self.model.about
        versions = about.environment.versions if about.environment else {}
        return {"mner": about.mner, **versions}

    @property
    def hardware(self) -> str:
        """The machine that trained the run, in words."""
        environment = self.model.about.environment
        return render_hardware(environment.hardware) if environment else "not recorded"


def read_runs(folders: Sequence[Path]) -> list[Run]:
    """Read the folders of finished runs.

    Raises:
        InputError: a folder is not that of a run, its run is not finished, its log is damaged, or
            a folder is given twice.
        ModelError: the model in a folder is damaged.
    """
    paths = [folder.resolve() for folder in folders]
    for position, folder in enumerate(folders):
        if paths[position] in paths[:position]:
            raise InputError(f"{folder}: the run is given twice: give each run once")
    names = [path.name for path in paths]
    if len(set(names)) < len(names):
        names = [str(folder) for folder in folders]
    return [_read_run(folder, name) for folder, name in zip(folders, names, strict=True)]


def _read_run(folder: Path, name: str) -> Run:
    log = folder / LOG_NAME
    _check_files(folder, log)
    model = read_model(folder / _MODEL)
    weights = model.folder / ModelFiles().weights
    run = Run(name, folder, model, read_log(log), _count_parameters(weights))
    if not 1 <= run.best_epoch <= len(run.epochs):
        raise InputError(
            f"{log}: {len(run.epochs)} epochs, but the model is from epoch {run.best_epoch}: "
            "the log belongs to another run; copy the run again"
        )
    return run


def _check_files(folder: Path, log: Path) -> None:
    """Raise an error that says what to do if the folder is not that of a finished run."""
    if not log.is_file():
        runs = sorted(folder.glob(f"*/{LOG_NAME}"))
        if runs:
            raise InputError(
                f"{folder}: not a run's folder, but one that holds runs: name them, "
                f"such as {runs[0].parent}"
            )
        raise InputError(
            f"{folder}: not a run's folder: expected {LOG_NAME} in it, beside the folder {_MODEL} "
            "(`mner train` writes both)"
        )
    if not (folder / _MODEL).is_dir():
        raise InputError(
            f"{folder}: the run has no model yet: let its training finish, and resume it by "
            f"`mner train ... --out {folder} --resume` if it was stopped"
        )


def _count_parameters(path: Path) -> int:
    """Return how many numbers a file of weights holds; only its header is read."""
    try:
        with safe_open(require_regular(path), framework="numpy") as weights:
            names = weights.keys()  # a file is not iterable itself
            return sum(prod(weights.get_slice(name).get_shape()) for name in names)
    except (OSError, SafetensorError) as exc:
        raise ModelError(
            f"{path}: the weights cannot be read ({clipped(exc)}): train the model again or "
            "copy it again"
        ) from exc
