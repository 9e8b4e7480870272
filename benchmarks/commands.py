"""What the commands of the benchmarks share: options, data, environments of other packages."""

import json
import os
import subprocess
import sys
import venv
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

__all__ = ["Usage", "environment_python", "new_parser", "run_watched", "twitter2015"]

_WATCHER = """
import json, resource, subprocess, sys, time
started = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=sys.stderr)
seconds = time.perf_counter() - started
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss]))
"""
"""The peak of a child begins with that of its parent, so a small process stands between."""


class Usage(NamedTuple):
    """What a command took from its start to its end."""

    seconds: float
    processor: float
    """Seconds of all processors."""
    peak: int
    """Kilobytes of memory."""


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


def run_watched(command: Sequence[str], *, is_quiet: bool = False) -> Usage:
    """Run a command, whose output goes to standard error or, if it is to be quiet, nowhere."""
    done = subprocess.run(
        [sys.executable, "-c", _WATCHER, *command],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if is_quiet else None,
        text=True,
    )
    return Usage(*json.loads(done.stdout))
