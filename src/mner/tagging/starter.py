"""The model that comes with the package, for tagging before anything was trained."""

from importlib.resources import files
from pathlib import Path

from mner.errors import ModelError
from mner.tagging.model_folder import ModelFiles

__all__ = ["is_starter", "starter_model"]


def starter_model() -> Path:
    """Return the folder of the starter model.

    It looks at text only and finds entities of the types LOC, ORG, OTHER and PER.

    Raises:
        ModelError: the package was installed without its data.
    """
    folder = _folder()
    if not (folder / ModelFiles().about).is_file():
        raise ModelError(
            f"{folder}: the starter model is not there: install mner again, or name a model of "
            "your own with --model"
        )
    return folder


def is_starter(model: Path) -> bool:
    """Return whether a model folder is the one that comes with the package."""
    return model.resolve() == _folder().resolve()


def _folder() -> Path:
    return Path(str(files("mner") / "starter"))
