"""Several processes train as one does; those that are left end when one is killed."""

import logging
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from mner.cli import app
from mner.errors import MnerError
from mner.recipe.read import to_toml
from mner.recipe.sections import Recipe
from mner.training.launched import Launched, launched
from mner.training.train import train
from mner.training.trained import Trained
from tests.tiny import imgid_text
from tests.training.changes import with_data, with_training
from tests.training.weights import read_weights


@pytest.fixture
def sober(caption_recipe: Recipe, tmp_path: Path) -> Recipe:
    """A recipe without dropout; the last batch of an epoch has one post of 21."""
    (tmp_path / "train.txt").write_text(imgid_text(21))
    recipe = with_data(caption_recipe, train=str(tmp_path / "train.txt"))
    text = replace(recipe.text, dropout=0.0, word_dropout=0.0)
    characters = replace(recipe.characters, dropout=0.0)
    fusion = replace(recipe.fusion, dropout=0.0)
    recipe = replace(recipe, text=text, characters=characters, fusion=fusion)
    return with_training(recipe, epochs=4, batch_size=4, tracker="none")


class Launch:
    """Two processes on this machine: the test's own is the main one, the other a command."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        patch.setenv("MASTER_ADDR", "127.0.0.1")
        patch.setenv("MASTER_PORT", str(port))
        patch.setenv("WORLD_SIZE", "2")
        patch.setenv("RANK", "0")
        patch.setenv("LOCAL_RANK", "0")
        self.other: subprocess.Popen[str] | None = None

    def start(self, recipe: Path, out: Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "mner", "train", str(recipe), "--out", str(out)]
        self.other = subprocess.Popen(
            [*command, "--resume"],
            env=os.environ | {"RANK": "1", "LOCAL_RANK": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return self.other


@pytest.fixture
def launch(monkeypatch: pytest.MonkeyPatch) -> Launch:
    return Launch(monkeypatch)


class KillAfter(logging.Handler):
    """Kills a process once an epoch is said to be done."""

    def __init__(self, epoch: int, process: subprocess.Popen[str]) -> None:
        super().__init__()
        self._start, self._process = f"epoch {epoch}:", process

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith(self._start):
            self._process.send_signal(signal.SIGKILL)
            self._process.communicate()


def test_two_processes_train_as_one_does_also_after_one_was_killed(
    sober: Recipe, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    alone = train(sober, tmp_path / "one")
    launch: Launch = request.getfixturevalue("launch")
    shared = with_training(sober, accumulation=2)
    (tmp_path / "recipe.toml").write_text(to_toml(shared))

    # The other process dies after two epochs: the main one ends, and its state is kept.
    other = launch.start(tmp_path / "recipe.toml", tmp_path / "two")
    killer = KillAfter(2, other)
    log = logging.getLogger("mner.training.train")
    log.addHandler(killer)
    log.setLevel(logging.INFO)
    with pytest.raises(MnerError, match=r"another process of the training has ended .*--resume"):
        train(shared, tmp_path / "two", resume=True)
    log.removeHandler(killer)
    assert other.returncode == -signal.SIGKILL
    assert len((tmp_path / "two" / "log.jsonl").read_text().splitlines()) == 2

    # Both are started again, and go on from there.
    other = launch.start(tmp_path / "recipe.toml", tmp_path / "two")
    together = train(shared, tmp_path / "two", resume=True)
    assert other.communicate() == ("", "")
    assert other.returncode == 0
    are_alike(alone, together)
    weights, others = read_weights(tmp_path / "one"), read_weights(tmp_path / "two")
    for name, tensor in weights.items():
        np.testing.assert_allclose(others[name], tensor, atol=1e-4, err_msg=name)


def are_alike(first: Trained, second: Trained, *, rel: float = 1e-4) -> None:
    losses = [epoch.loss for epoch in first.history]
    assert losses[-1] < losses[0] / 2
    assert [epoch.loss for epoch in second.history] == pytest.approx(losses, rel=rel)
    assert [epoch.dev for epoch in second.history] == [epoch.dev for epoch in first.history]
    assert second.best_epoch == first.best_epoch


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, Launched(0, 1)),
        ({"RANK": "3", "WORLD_SIZE": "4"}, Launched(3, 4)),
        ({"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "2"}, Launched(1, 2)),
        ({"RANK": "0", "WORLD_SIZE": "1"}, Launched(0, 1)),
        ({"RANK": "3"}, Launched(0, 1)),
        ({"RANK": "first", "WORLD_SIZE": "many"}, Launched(0, 1)),
    ],
)
def test_which_process_this_is_stands_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: Launched
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert launched() == expected
    assert launched().is_main is (expected.number == 0)


def test_errors_of_other_processes_have_their_number(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "1")
    result = CliRunner().invoke(app, ["train", str(tmp_path / "nowhere.toml")])
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: process 1: {tmp_path}/nowhere.toml: ")
    assert logging.getLogger("mner").level != logging.ERROR


def test_runs_of_several_seeds_are_not_shared_by_processes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    result = CliRunner().invoke(app, ["train", "text-only", "--seeds", "2"])
    assert result.exit_code == 2
    assert "--seeds starts a process for each run: give it --jobs, not a launcher" in result.output
