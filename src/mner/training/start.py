"""Training as a function of the package; torch is imported when it is called."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mner.errors import ConfigError, MissingExtraError, quoted
from mner.graphs.devices import Device
from mner.recipe.read import read_recipe
from mner.recipe.sections import Recipe
from mner.training.trained import Trained

if TYPE_CHECKING:
    from mner.model.build import Build

__all__ = ["train"]


def train(
    recipe: Recipe | str | Path,
    out: str | Path,
    *,
    changes: Sequence[str] = (),
    resume: bool = False,
    device: Device = "auto",
    build: "Build | None" = None,
) -> Trained:
    """Train a tagger, as `mner train` does.

    Args:
        recipe: the name of a recipe of `mner`, the path of a TOML file, or a recipe that was read.
        out: the run's folder: `model/`, `log.jsonl`, and the state from which a run is resumed.
        changes: values of the recipe that are changed, such as `training.epochs=8`.
        resume: continue the run that is in `out`; see `mner.training.train.train`.
        device: `auto` takes a GPU where torch finds one, and logs which device was taken.
        build: makes the network in place of `mner.model.build.build_network`; see
            docs/extending.md.

    Raises:
        ConfigError: the recipe cannot be used, or `out` holds a run and `resume` is not given.
        InputError: a file or the device cannot be used.
        MissingExtraError: torch is not installed.
        MnerError: training diverged.
    """
    if isinstance(recipe, Recipe):
        if changes:
            raise ConfigError(
                f"changes {quoted(list(changes))} go with the name or the file of a recipe: "
                "change a recipe that was read by dataclasses.replace"
            )
    else:
        recipe = read_recipe(recipe, changes=changes)
    try:
        from mner.training.train import train as run
    except ModuleNotFoundError as exc:
        if (exc.name or "").partition(".")[0] == "mner":
            raise
        raise MissingExtraError("Training", "train") from exc
    return run(recipe, Path(out), resume=resume, device=device, build=build)
