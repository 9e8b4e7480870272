"""Model folders that tests change."""

import json
from pathlib import Path

__all__ = ["forget_digests"]


def forget_digests(model: Path) -> None:
    """Make a folder look like one of an earlier version, so that its files are read unchecked."""
    values = json.loads((model / "mner.json").read_text())
    values.pop("files", None)
    (model / "mner.json").write_text(json.dumps(values))
