"""The model that ships with the package, for tagging before anything was trained."""

from importlib.resources import files
from pathlib import Path

from mner.errors import ModelError
from mner.tagging.model_folder import ModelFiles

__all__ = ["starter_model"]


def starter_model() -> Path:
    """The folder of the starter model: text only, labels LOC, ORG, OTHER and PER; a picture that comes with a post is not looked at.

    Raises:
        ModelError: the package was installed without its data.
    """
    folder = Path(str(files("mner") / "starter"))
    if not (folder / ModelFiles().about).is_file():
        raise ModelError(
            f"{folder}: the starter model is not there: install mner anew, or name a model of your own with --model"
        )
    return folder
