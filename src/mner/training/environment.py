"""What figures depend on beside the recipe: machine, versions, revision of the source, memory taken."""

import os
import platform
import resource
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mner

__all__ = ["environment", "peak_memory", "render_environment", "render_hardware"]

_VERSIONS = ("mner", "torch", "numpy")
_VERSIONS_OF_EXTRAS = ("transformers", "tokenizers")


def environment() -> dict[str, Any]:
    """Hardware, versions and git state, for JSON; `git` is None where this source is not in a repository."""
    used = [*_VERSIONS, *(name for name in _VERSIONS_OF_EXTRAS if name in sys.modules)]
    return {
        "hardware": _hardware(),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in used}},
        "git": _git_state(),
    }


def render_environment(facts: Mapping[str, Any]) -> str:
    """One line of what `environment` gives."""
    parts = [render_hardware(facts["hardware"])]
    parts += [
        f"{name.capitalize() if name == 'python' else name} {number}"
        for name, number in facts["versions"].items()
    ]
    return ", ".join(parts)


def render_hardware(facts: Mapping[str, Any]) -> str:
    """A line of what `mner.training.environment` tells of a machine."""
    return f"{facts['cores']} cores of {facts['processor']}, {facts['accelerator'] or 'no GPU'}"


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


def _hardware() -> dict[str, Any]:
    import torch

    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "accelerator": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
    }


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def _git_state() -> dict[str, Any] | None:
    """The commit of the repository that holds this source, and whether files of the source are changed."""
    source = Path(mner.__file__)
    # An environment inside somebody's repository is not part of it, so the file itself has to be tracked.
    if _git(source.parent, "ls-files", "--error-unmatch", source.name) is None:
        return None
    changed = _git(source.parent, "status", "--porcelain", "--untracked-files=no", "--", ".")
    return {"commit": _git(source.parent, "rev-parse", "HEAD"), "dirty": bool(changed)}


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints, or None where it fails or is not installed."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
