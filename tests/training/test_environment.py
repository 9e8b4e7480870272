import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import mner
from mner.training.environment import environment, peak_memory, render_hardware


def test_the_machine_and_its_versions_are_named() -> None:
    facts = environment()
    assert facts.hardware.processor
    assert (facts.hardware.cores or 0) >= 1
    assert facts.hardware.memory > 1e8
    assert facts.versions["mner"] == mner.__version__
    assert facts.versions["numpy"] == np.__version__
    assert render_hardware(facts.hardware).startswith(f"{facts.hardware.cores} cores of ")


def test_the_commit_is_that_of_the_source_or_absent() -> None:
    source = Path(mner.__file__).parent
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=source, capture_output=True, text=True, check=False
    )
    git = environment().git
    if head.returncode:
        assert git is None
    else:
        assert git is not None
        assert git.commit == head.stdout.strip()
        assert isinstance(git.dirty, bool)


def test_peak_memory_is_in_bytes_and_no_more_than_the_system_counts() -> None:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (
        1 if sys.platform == "darwin" else 1024
    )
    assert 50_000_000 < peak_memory() <= 1.05 * most  # the system counts in batches of pages


def test_the_module_does_without_what_only_unix_has() -> None:
    program = (
        "import sys; sys.modules['resource'] = None; import mner.training.environment as module; "
        "print(module.environment().hardware.cores)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 1


def test_peak_memory_is_counted_by_unix_where_there_is_no_proc(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    by_proc = peak_memory()
    monkeypatch.setattr("mner.training.environment._STATUS", tmp_path / "none")
    assert peak_memory() >= 0.9 * by_proc
