"""What the commands of the benchmarks share: options, data, environments of other packages."""

import os
import subprocess
import venv
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from pathlib import Path

__all__ = ["environment_python", "new_parser", "twitter2015"]


def new_parser(about: str | None) -> ArgumentParser:
    """Return a parser of options whose help is the docstring of a benchmark as it stands."""
    return ArgumentParser(description=about, formatter_class=RawDescriptionHelpFormatter)


def twitter2015() -> Path:
    """Return the folder of Twitter-2015."""
    return Path(os.environ["MNER_DATA"]) / "twitter2015"


def environment_python(folder: Path, packages: Sequence[str]) -> Path:
    """Return the Python of an environment with some packages, which is made if it is not there."""
    python = folder / "bin" / "python"
    if not (folder / "complete").is_file():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *packages], check=True)
        (folder / "complete").touch()
    return python
