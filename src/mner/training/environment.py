"""What figures depend on beside the recipe: machine, versions, revision of the source, memory taken."""

import os
import platform
import resource
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import mner
from mner.tagging.about import Environment, Git, Hardware

__all__ = ["environment", "peak_memory", "render_environment", "render_hardware"]

_VERSIONS = ("mner", "torch", "numpy")
_VERSIONS_OF_EXTRAS = ("transformers", "tokenizers")


def environment() -> Environment:
    """Find out the hardware, the versions and the state of the repository."""
    used = [*_VERSIONS, *(name for name in _VERSIONS_OF_EXTRAS if name in sys.modules)]
    versions = {"python": platform.python_version(), **{name: version(name) for name in used}}
    return Environment(_hardware(), versions, _git_state())


def render_environment(environment: Environment) -> str:
    """Describe the machine and the versions in one line."""
    parts = [render_hardware(environment.hardware)]
    for name, number in environment.versions.items():
        title = "Python" if name == "python" else name
        parts.append(f"{title} {number}")
    return ", ".join(parts)


def render_hardware(hardware: Hardware) -> str:
    """Describe a machine in one line."""
    gpu = hardware.accelerator or "no GPU"
    return f"{hardware.cores} cores of {hardware.processor}, {gpu}"


def peak_memory() -> int:
    """The most memory of the machine that this process has held so far, in bytes."""
    status = Path("/proc/self/status")
    if status.is_file():  # ru_maxrss would begin with that of the process that started this one
        line = next(
            line
            for line in status.read_text(encoding="utf-8").splitlines()
            if line.startswith("VmHWM:")
        )
        return int(line.split()[1]) * 1024
    taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return taken if sys.platform == "darwin" else taken * 1024


def _hardware() -> Hardware:
    import torch

    return Hardware(
        processor=_processor(),
        cores=os.cpu_count(),
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        accelerator=torch.cuda.get_device_name() if torch.cuda.is_available() else None,
    )


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def _git_state() -> Git | None:
    """Ask git for the commit of this source and for changes to it; None outside a repository."""
    source = Path(mner.__file__)
    # An environment inside somebody's repository is not part of it, so the file itself has to be tracked.
    if _git(source.parent, "ls-files", "--error-unmatch", source.name) is None:
        return None
    commit = _git(source.parent, "rev-parse", "HEAD")
    if commit is None:
        return None
    changed = _git(source.parent, "status", "--porcelain", "--untracked-files=no", "--", ".")
    return Git(commit, dirty=bool(changed))


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints, or None where it fails or is not installed."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
