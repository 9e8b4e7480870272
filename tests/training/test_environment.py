import platform
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import mner
from mner.tagging.about import Git, Hardware
from mner.training.environment import _value, environment, peak_memory, render_hardware


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
    unit = 1 if sys.platform == "darwin" else 1024
    usage = resource.getrusage(resource.RUSAGE_SELF)
    with monkeypatch.context() as patch:
        patch.setattr(resource, "getrusage", lambda _: usage)
        assert peak_memory() == usage.ru_maxrss * unit
    assert peak_memory() >= 0.9 * by_proc


def test_peak_memory_is_the_high_water_mark_that_linux_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    status = tmp_path / "status"
    status.write_text("VmPeak:\t  900 kB\nVmHWM:\t  123 kB\nVmRSS:\t  100 kB\n")
    monkeypatch.setattr("mner.training.environment._STATUS", status)
    assert peak_memory() == 123 * 1024


def git(folder: Path, *arguments: str) -> str:
    named = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.org"]
    command = ["git", *named, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a package in a repository, as if it were that of `mner`; not yet tracked."""
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (tmp_path / "README").write_text("")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "README")
    git(tmp_path, "commit", "--quiet", "--message", "one")
    monkeypatch.setattr(mner, "__file__", str(folder / "__init__.py"))
    return folder


def test_a_source_that_is_not_tracked_has_no_commit(package: Path) -> None:
    assert environment().git is None


def test_changes_of_the_tracked_source_are_told(package: Path) -> None:
    git(package, "add", "__init__.py")
    git(package, "commit", "--quiet", "--message", "two")
    head = git(package, "rev-parse", "HEAD")
    assert environment().git == Git(head, dirty=False)
    (package / "new.py").write_text("")
    (package.parent / "README").write_text("of another folder")
    assert environment().git == Git(head, dirty=False)
    (package / "__init__.py").write_text("changed = True")
    assert environment().git == Git(head, dirty=True)


def test_a_machine_is_one_line() -> None:
    machine = Hardware(processor="P 1", cores=4, memory=1, accelerator=None)
    assert render_hardware(machine) == "4 cores of P 1, no GPU"
    machine = Hardware(processor="P 1", cores=4, memory=1, accelerator="G 2")
    assert render_hardware(machine) == "4 cores of P 1, G 2"


@pytest.mark.skipif(sys.platform != "linux", reason="the machine is described in /proc")
def test_the_machine_is_the_one_that_the_system_describes() -> None:
    hardware = environment().hardware
    described = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    if "model name" in described:
        assert f": {hardware.processor}\n" in described
    total = Path("/proc/meminfo").read_text(encoding="utf-8").split()[1]
    assert hardware.memory == pytest.approx(1024 * int(total), rel=0.02)


def test_an_accelerator_is_named_where_torch_finds_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.get_device_name", lambda: "G 2")
    assert environment().hardware.accelerator == "G 2"
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert environment().hardware.accelerator is None


def test_versions_of_extras_are_named_where_they_were_imported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "tokenizers", raising=False)
    monkeypatch.setitem(sys.modules, "transformers", mner)
    versions = environment().versions
    assert list(versions) == ["python", "mner", "torch", "numpy", "transformers"]
    assert versions["python"] == platform.python_version()


def test_without_git_there_is_no_commit(monkeypatch: pytest.MonkeyPatch, package: Path) -> None:
    git(package, "add", "__init__.py")
    git(package, "commit", "--quiet", "--message", "two")
    monkeypatch.setenv("PATH", str(package))
    assert environment().git is None


def test_a_value_is_the_first_of_its_name(tmp_path: Path) -> None:
    file = tmp_path / "facts"
    file.write_text("other : 1\nname\t:  a : b \nname: c\n")
    assert _value(file, "name") == "a : b"
    assert _value(file, "none") == _value(tmp_path / "gone", "name") == ""
