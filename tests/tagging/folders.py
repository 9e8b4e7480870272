"""Model folders that tests change."""

import json
from pathlib import Path
from typing import Literal

from mner.tagging.known_posts import read_known_posts
from mner.tagging.load import load
from mner.tagging.model_folder import read_model

__all__ = ["forget_digests", "read_all"]


def forget_digests(model: Path) -> None:
    """Make a folder look like one of an earlier version, so that its files are read unchecked."""
    values = json.loads((model / "mner.json").read_text())
    values.pop("files", None)
    (model / "mner.json").write_text(json.dumps(values))


def read_all(folder: Path, *, backend: Literal["auto", "torch"] = "auto") -> None:
    """Read a model folder as tagging does, and what only evaluation reads of it."""
    load(folder, backend=backend)
    read_known_posts(read_model(folder))
