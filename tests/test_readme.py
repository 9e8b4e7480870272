"""The README's commands and code run as they stand, on a small sample corpus in an empty folder."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.tagged_picture import draw
from mner.cli import app
from mner.runs.demo import run_demo

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = [(kind, code) for kind, code in re.findall(r"```(\w+)\n(.*?)```", README, flags=re.DOTALL)]
COMMANDS = [
    line
    for kind, code in BLOCKS
    if kind == "sh"
    for line in code.replace("\\\n", "").splitlines()
    if line.startswith("mner ")
]
PROGRAMS = [code for kind, code in BLOCKS if kind == "python"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `make demo` has been run, on fewer posts."""
    place = tmp_path_factory.mktemp("readme")
    run_demo(place / "demo", sizes={"train": 48, "valid": 16, "test": 24})
    (table,) = (code for kind, code in BLOCKS if kind == "csv")
    (place / "posts.csv").write_text(table, encoding="utf-8")
    return place


def test_it_opens_with_one_command_and_its_output() -> None:
    (_, first), (_, expected) = BLOCKS[:2]
    install, command = first.splitlines()
    assert install == "pip install mner"
    result = CliRunner().invoke(app, shlex.split(command)[1:])
    assert (result.exit_code, result.stdout) == (0, expected)


def test_its_picture_is_what_the_starter_model_finds() -> None:
    assert "](docs/tagged.svg)" in README
    assert (ROOT / "docs" / "tagged.svg").read_text(encoding="utf-8") == draw()


def test_the_two_commands_of_the_source_are_those_of_the_makefile() -> None:
    assert [line.split("#")[0].strip() for line in BLOCKS[2][1].splitlines()] == [
        "make demo",
        "make test",
    ]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(f"\n{target}:" in makefile for target in ("demo", "test"))


def test_its_commands_run_in_their_order(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert len(COMMANDS) >= 8
    for command in COMMANDS:
        result = CliRunner().invoke(app, shlex.split(command)[1:])
        assert result.exit_code == 0, f"{command}\n{result.output}"


def test_its_programs_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    for program in PROGRAMS:
        exec(compile(program, "README.md", "exec"), {})
    assert capsys.readouterr().out


def test_every_file_it_links_to_is_there() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert links
    assert not [link for link in links if not (ROOT / link).exists()]
