"""Programs that show how a training goes: TensorBoard, Weights & Biases, MLflow."""

from dataclasses import asdict
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from accelerate import Accelerator

from mner.errors import ConfigError, clipped
from mner.recipe.advice import by_change
from mner.recipe.sections import Recipe

__all__ = ["check_tracker", "start_tracker", "tracker_of"]

_TENSORBOARD = "tensorboard"
_IMPORTED = {_TENSORBOARD: "torch.utils.tensorboard"}
"""What is imported, where it is not the package itself."""
_PROJECT = "mner"
"""The project of W&B, and the experiment of MLflow."""


def check_tracker(recipe: Recipe) -> None:
    """Make sure that the tracker of a recipe is installed.

    Raises:
        ConfigError: it is not, or it cannot be imported.
    """
    name = tracker_of(recipe)
    if name is None:
        return
    key, without = f'training.tracker = "{name}"', by_change("training.tracker=none")
    if find_spec(name) is None:
        raise ConfigError(
            f"{key}: the package {name} is not installed: pip install {name}, or train without it "
            f"by {without}"
        )
    try:
        import_module(_IMPORTED.get(name, name))
    except Exception as exc:
        raise ConfigError(
            f"{key}: the package {name} is installed and cannot be imported "
            f"({type(exc).__name__}: {clipped(exc)}): install it again, or train without it by "
            f"{without}"
        ) from exc


def tracker_of(recipe: Recipe) -> str | None:
    """Return what Accelerate is to log with; None for nothing."""
    name = recipe.training.tracker
    if name == "auto":
        return _TENSORBOARD if find_spec(_TENSORBOARD) else None
    return None if name == "none" else name


def start_tracker(accelerator: Accelerator, recipe: Recipe, out: Path) -> None:
    """Begin to log the run in a folder, if the recipe names a tracker.

    TensorBoard writes into it alone. W&B and MLflow get the recipe too, and the name of the folder;
    where they keep it is theirs to say, by their environment variables.
    """
    name = tracker_of(recipe)
    if name is None:
        return
    if name == _TENSORBOARD:
        accelerator.init_trackers(_TENSORBOARD)
        return
    settings: dict[str, dict[str, Any]] = {
        "wandb": {"name": out.name, "dir": str(out)},
        "mlflow": {"run_name": out.name},
    }
    accelerator.init_trackers(_PROJECT, config=_flat(recipe), init_kwargs={name: settings[name]})


def _flat(recipe: Recipe) -> dict[str, str | int | float | bool]:
    """Return the values of a recipe by `section.key`."""
    values: dict[str, str | int | float | bool] = {}
    for section, keys in asdict(recipe).items():
        for key, value in keys.items():
            is_plain = isinstance(value, str | int | float | bool)
            values[f"{section}.{key}"] = value if is_plain else str(value)
    return values
