"""What a training shows and refuses, beside the weights that it makes."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from mner.errors import ConfigError, MnerError
from mner.recipe.sections import Recipe
from mner.training.batches import Share
from mner.training.train import _bar, _check_folder, train
from tests.training.changes import with_data, with_training


def test_the_seconds_of_training_and_of_dev_are_told_apart(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter([0.0, 1.23456, 9.87654, 20.0, 25.5, 26.0])
    clock = SimpleNamespace(perf_counter=lambda: next(moments))
    monkeypatch.setattr("mner.training.train.time", clock)
    history = train(with_training(recipe, epochs=2), tmp_path / "run").history
    assert [(epoch.train_seconds, epoch.dev_seconds) for epoch in history] == [
        (1.23, 8.64),
        (5.5, 0.5),
    ]


def test_a_terminal_shows_how_many_batches_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    shares, processes = iter([Share((), 1)] * 5), SimpleNamespace(is_main=True)
    assert len(list(_bar(shares, 3, total=5, processes=processes))) == 5  # type: ignore[arg-type]
    assert "epoch 3:   0%" in terminal.getvalue()
    assert "0/5 [" in terminal.getvalue()
    assert "batch/s" in terminal.getvalue()
    assert not terminal.getvalue().endswith("\n"), "the bar goes when the epoch ends"
    other = SimpleNamespace(is_main=False)
    assert _bar(shares, 3, total=5, processes=other) is shares  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["train", "dev"])
def test_the_log_does_not_replace_what_is_read(recipe: Recipe, tmp_path: Path, name: str) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text('{"tokens": ["a"], "entities": []}\n')
    message = rf"log\.jsonl: is data\.{name}, or a file of it, and would be replaced"
    with pytest.raises(MnerError, match=message):
        train(with_data(recipe, **{name: str(log)}), tmp_path)


@pytest.mark.parametrize("name", ["train", "dev"])
def test_a_recipe_names_its_files(recipe: Recipe, tmp_path: Path, name: str) -> None:
    message = rf"^data\.{name}: the recipe names no file; give one by --set data\.{name}=FILE"
    with pytest.raises(ConfigError, match=message):
        train(with_data(recipe, **{name: ""}), tmp_path / "run")


def test_a_folder_that_holds_something_is_not_written_into(recipe: Recipe, tmp_path: Path) -> None:
    for name in ("tensorboard", "wandb", "features"):
        (tmp_path / name).mkdir()
    _check_folder(tmp_path, resume=False)
    (tmp_path / "notes").touch()
    _check_folder(tmp_path, resume=True)
    message = (
        f"^{tmp_path} is not empty: resume its run by --resume, or choose another folder by --out$"
    )
    with pytest.raises(ConfigError, match=message):
        _check_folder(tmp_path, resume=False)
