"""Networks that a user builds; docs/extending.md has more of them."""

import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import mner
from mner.errors import ConfigError, MissingExtraError, ModelError
from mner.model.build import build_network, name_of
from mner.recipe.read import to_toml
from mner.recipe.sections import Recipe
from mner.tagging.export import export_model
from mner.tagging.load import load
from mner.tagging.model_folder import read_model
from mner.training.train import train
from tests.training.changes import with_training
from tests.training.weights import have_same_weights


def rebuild(recipe: Recipe, sizes: Any, **parts: Any) -> Any:
    return build_network(recipe, sizes, **parts)


def test_a_network_of_a_user_is_trained_resumed_and_loaded(recipe: Recipe, tmp_path: Path) -> None:
    short, long = with_training(recipe, epochs=1), with_training(recipe, epochs=2)
    train(short, tmp_path / "own", build=rebuild)
    with pytest.raises(ConfigError, match="the run was started with another recipe"):
        train(long, tmp_path / "own", resume=True)
    model = train(long, tmp_path / "own", resume=True, build=rebuild).model
    for recipe_of_mner in (short, long):
        train(recipe_of_mner, tmp_path / "ours", resume=True)
    assert have_same_weights(tmp_path / "own", tmp_path / "ours")
    assert load(model, build=rebuild).about.build == "tests.training.test_build.rebuild"
    assert load(tmp_path / "ours").about.build is None
    with pytest.raises(
        ModelError,
        match=r"its network was built by 'tests\.training\.test_build\.rebuild', which is no part "
        r"of mner: give that function, `mner\.load\(path, build=\.\.\.\)`, or tag from a graph",
    ):
        load(model)
    with pytest.raises(ModelError, match="its network was built by"):
        export_model(model)
    export_model(model, build=rebuild)
    assert load(model)("saw Rome").entities == load(tmp_path / "ours")("saw Rome").entities


def test_a_function_has_a_name_whatever_it_is() -> None:
    class Builder:
        def __call__(self, recipe: Recipe, sizes: Any, **parts: Any) -> Any:
            return build_network(recipe, sizes, **parts)

    assert name_of(rebuild) == "tests.training.test_build.rebuild"
    assert name_of(Builder()).endswith("<locals>.Builder")
    assert name_of(partial(rebuild)) == "functools.partial"


def test_training_is_a_function_of_the_package(recipe: Recipe, tmp_path: Path) -> None:
    trained = mner.train(with_training(recipe, epochs=1), str(tmp_path / "run"))
    assert isinstance(trained, mner.Trained)
    message = (
        r"^changes \['training.epochs=2'\] go with the name or the file of a recipe: change a "
        r"recipe that was read by dataclasses\.replace$"
    )
    with pytest.raises(ConfigError, match=message):
        mner.train(recipe, tmp_path / "other", changes=["training.epochs=2"])
    with pytest.raises(ConfigError, match="no-such-recipe"):
        mner.train("no-such-recipe", tmp_path / "other")


def test_a_file_of_a_recipe_is_trained_with_changes(recipe: Recipe, tmp_path: Path) -> None:
    file = tmp_path / "recipe.toml"
    file.write_text(to_toml(with_training(recipe, epochs=5)))
    changes = ["training.epochs=1", "training.seed=3"]
    trained = mner.train(file, tmp_path / "run", changes=changes)
    assert [epoch.epoch for epoch in trained.history] == [1]
    assert read_model(trained.model).about.seed == 3
    resumed = mner.train(str(file), tmp_path / "run", changes=["training.seed=3"], resume=True)
    assert [epoch.epoch for epoch in resumed.history] == [1, 2, 3, 4, 5]


def test_torch_that_is_not_installed_is_told_from_a_part_of_mner_that_is_missing(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "mner.training.train")
    monkeypatch.setitem(sys.modules, "mner.training.learner", None)
    with pytest.raises(ModuleNotFoundError, match=r"import of mner\.training\.learner halted"):
        mner.train(recipe, tmp_path / "run")
    monkeypatch.setitem(sys.modules, "torch", None)
    message = r"^Training needs packages that are not installed: pip install 'mner\[train\]'$"
    with pytest.raises(MissingExtraError, match=message):
        mner.train(recipe, tmp_path / "run")
    assert not (tmp_path / "run").exists()
