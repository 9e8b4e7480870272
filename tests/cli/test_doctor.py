"""`mner doctor`, and the page on the command line."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from mner import __version__
from mner.cli import app
from mner.runs.doctor import EXTRAS, diagnose

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")


def test_the_starter_model_loads() -> None:
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 0, result.output
    assert f"mner {__version__}\n" in result.stdout
    assert re.search(r"model: .*starter: loads, finds LOC, ORG, OTHER, PER\n", result.stdout)


def test_a_model_that_does_not_load_is_said(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["doctor", "--json", "--model", str(tmp_path)])
    assert result.exit_code == 1
    said = json.loads(result.stdout)
    assert said["model"]["path"] == str(tmp_path)
    assert said["model"]["error"].startswith("cannot be loaded: ")
    assert said["versions"]["mner"] == __version__
    assert "CPUExecutionProvider" in said["providers"]


def test_a_missing_extra_is_named_with_what_it_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    line = "heic: pictures in HEIC, as phones write them: missing pillow_heif: "
    assert f"{line}pip install 'mner[heic]'\n" in diagnose().render()


def test_the_cache_is_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    shown = diagnose().render()
    assert f"cache: {tmp_path / 'cache'} (not made yet)\n" in shown
    assert "OMP_NUM_THREADS is 3\n" in shown


def test_every_extra_is_looked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(EXTRAS) == set(project["optional-dependencies"]) - {"dev"}


CODES = {
    0: ["data", "check", "{corpus}/dev.txt"],
    1: ["data", "check", "{corpus}/none.txt"],
    2: ["score", "--colour", "{corpus}/dev.txt", "{corpus}/dev.txt"],
}


@pytest.mark.parametrize("code", CODES)
def test_exit_codes_are_those_of_the_page(corpus: Path, code: int) -> None:
    command = [word.replace("{corpus}", str(corpus)) for word in CODES[code]]
    assert CliRunner().invoke(app, command).exit_code == code
    assert f"\n| {code} | " in PAGE


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_what_the_page_says(shell: str) -> None:
    assert f"_MNER_COMPLETE={shell}_source mner" in PAGE
    from click.shell_completion import get_completion_class

    completion = get_completion_class(shell)
    assert completion is not None
    complete = completion(app, {}, "mner", "_MNER_COMPLETE")
    assert "mner" in complete.source()
    assert "doctor" in [item.value for item in complete.get_completions([], "do")]


@pytest.mark.parametrize("command", re.findall(r"^mner doctor.*$", PAGE, re.MULTILINE))
def test_the_commands_of_the_page_run(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command.split()], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert __version__ in done.stdout
