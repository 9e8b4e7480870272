from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import pytest

from mner.errors import ConfigError
from mner.recipe.sections import Recipe
from mner.training.trackers import check_tracker, start_tracker, tracker_of
from mner.training.train import train
from tests.training.changes import with_training
from tests.training.weights import have_same_weights


def test_nothing_is_shown_where_nothing_is_asked_for(recipe: Recipe, tmp_path: Path) -> None:
    train(with_training(recipe, epochs=1, tracker="none"), tmp_path / "run")
    assert not list((tmp_path / "run").rglob("events.out.tfevents.*"))


def test_a_tracker_changes_no_weight_and_may_change_when_a_run_is_resumed(
    recipe: Recipe, tmp_path: Path
) -> None:
    for name, trackers in (("a", ("none", "tensorboard")), ("b", ("none", "none"))):
        for epochs, tracker in enumerate(trackers, start=1):
            changed = with_training(recipe, epochs=epochs, tracker=tracker)
            train(changed, tmp_path / name, resume=True)
    assert have_same_weights(tmp_path / "a", tmp_path / "b")
    assert list((tmp_path / "a").rglob("events.out.tfevents.*"))


def test_tensorboard_is_taken_where_it_is_installed(recipe: Recipe) -> None:
    installed = "tensorboard" if find_spec("tensorboard") else None
    assert tracker_of(recipe) == installed
    assert tracker_of(with_training(recipe, tracker="none")) is None
    check_tracker(recipe)


def test_a_tracker_that_is_broken_is_an_error(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wandb.py").write_text("raise RuntimeError('no\\nsuch library')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(
        ConfigError,
        match=r'training\.tracker = "wandb": the package wandb is installed and cannot be imported '
        r"\(RuntimeError: no.*such library\): install it again, or train without it by --set "
        r"training\.tracker=none \(from Python, changes=\[.training\.tracker=none.\]\)",
    ):
        train(with_training(recipe, tracker="wandb"), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["wandb", "mlflow"])
def test_a_tracker_that_is_not_installed_is_an_error_before_anything_is_written(
    recipe: Recipe, tmp_path: Path, name: Literal["wandb", "mlflow"]
) -> None:
    if find_spec(name):
        pytest.skip(f"{name} is installed")
    with pytest.raises(
        ConfigError,
        match=rf'training\.tracker = "{name}": the package {name} is not installed: '
        rf"pip install {name}, or train without it by --set training\.tracker=none",
    ):
        train(with_training(recipe, tracker=name), tmp_path / "run")
    assert not (tmp_path / "run").exists()


class Accelerator:
    """Notes which trackers are begun."""

    def __init__(self) -> None:
        self.begun: list[tuple[tuple[object, ...], dict[str, Any]]] = []

    def init_trackers(self, *names: object, **settings: Any) -> None:
        self.begun.append((names, settings))


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("wandb", {"name": "run", "dir": "some/run"}),
        ("mlflow", {"run_name": "run"}),
    ],
)
def test_trackers_get_the_recipe_and_the_name_of_the_run(
    recipe: Recipe, name: Literal["wandb", "mlflow"], settings: dict[str, str]
) -> None:
    accelerator = Accelerator()
    start_tracker(accelerator, with_training(recipe, tracker=name), Path("some/run"))
    ((names, given),) = accelerator.begun
    assert names == ("mner",)
    assert given["init_kwargs"] == {name: settings}
    config = given["config"]
    assert config["training.learning_rate"] == recipe.training.learning_rate
    assert config["data.train"] == recipe.data.train
    assert {type(value) for value in config.values()} <= {str, int, float, bool}


def test_tensorboard_gets_a_folder_and_no_recipe(recipe: Recipe) -> None:
    accelerator = Accelerator()
    start_tracker(accelerator, with_training(recipe, tracker="tensorboard"), Path("some/run"))
    assert accelerator.begun == [(("tensorboard",), {})]
    start_tracker(accelerator, with_training(recipe, tracker="none"), Path("some/run"))
    assert len(accelerator.begun) == 1


def test_without_tensorboard_nothing_is_shown(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mner.training.trackers.find_spec", lambda name: None)
    assert tracker_of(recipe) is None
    assert tracker_of(with_training(recipe, tracker="wandb")) == "wandb"
