"""The machine and the software that a training runs on, and the memory that it takes."""

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import mner
from mner.tagging.about import Environment, Git, Hardware

__all__ = ["environment", "peak_memory", "render_hardware"]

_PACKAGES = ("mner", "torch", "numpy")
_PACKAGES_OF_EXTRAS = ("transformers", "tokenizers")
"""Their versions are recorded where a program has imported them."""

_STATUS, _PROCESSORS = Path("/proc/self/status"), Path("/proc/cpuinfo")


def environment() -> Environment:
    """Find out the hardware, the versions and the state of the repository."""
    versions = {"python": platform.python_version()}
    for name in (*_PACKAGES, *_PACKAGES_OF_EXTRAS):
        if name in _PACKAGES or name in sys.modules:
            versions[name] = version(name)
    return Environment(_hardware(), versions, _git_state())


def render_hardware(hardware: Hardware) -> str:
    """Describe a machine in one line."""
    gpu = hardware.accelerator or "no GPU"
    return f"{hardware.cores} cores of {hardware.processor}, {gpu}"


def peak_memory() -> int:
    """Return the most memory that this process has held so far, in bytes.

    It is the peak of the resident set, which Linux, macOS and other Unix systems count. Windows
    counts the peak of the working set instead.
    """
    if sys.platform == "win32":
        import psutil  # Accelerate depends on it

        return int(psutil.Process().memory_info().peak_wset)
    # On Linux, `ru_maxrss` would begin with the peak of the process that started this one.
    if peak := _value(_STATUS, "VmHWM"):
        return int(peak.removesuffix("kB")) * 1024
    import resource  # not on Windows

    peak_of_unix = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak_of_unix if sys.platform == "darwin" else peak_of_unix * 1024


def _hardware() -> Hardware:
    import torch

    return Hardware(
        processor=_value(_PROCESSORS, "model name") or platform.processor() or platform.machine(),
        cores=os.cpu_count(),
        memory=_memory(),
        accelerator=torch.cuda.get_device_name() if torch.cuda.is_available() else None,
    )


def _memory() -> int:
    """Return the memory of the machine, in bytes."""
    if sys.platform == "win32":
        import psutil  # Accelerate depends on it

        return int(psutil.virtual_memory().total)
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _value(path: Path, name: str) -> str:
    """Return the first value of a name in a file of `name: value` lines; empty if there is none."""
    if not path.is_file():
        return ""
    for line in path.read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""


def _git_state() -> Git | None:
    """Ask git for the commit of this source and for changes to it; None outside a repository."""
    source = Path(mner.__file__)
    # A virtual environment inside somebody's repository is not part of it, so this very file
    # has to be tracked.
    if _git(source.parent, "ls-files", "--error-unmatch", source.name) is None:
        return None
    commit = _git(source.parent, "rev-parse", "HEAD")
    if commit is None:
        return None
    changed = _git(source.parent, "status", "--porcelain", "--untracked-files=no", "--", ".")
    return Git(commit, dirty=bool(changed))


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what git prints, or None if it fails or is not installed."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
