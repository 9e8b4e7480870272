from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import mner
from mner.errors import DataWarning, InputError, ModelError
from mner.model.build import build_network
from mner.recipe.sections import Recipe
from mner.tagging.load import load
from mner.tagging.starter import starter_model
from mner.training.train import train


def test_without_a_path_it_is_the_starter_model_that_is_loaded() -> None:
    if (Path(mner.__file__).parent / "starter").is_dir():
        assert load().crf.start.tolist() == load(starter_model()).crf.start.tolist()
    else:
        with pytest.raises(
            ModelError,
            match="the starter model is not there: install mner again, or name a model of your own",
        ):
            load()


def test_a_backend_that_is_not_known() -> None:
    with pytest.raises(
        InputError, match="backend 'ONNX' is not known: expected one of auto, onnx, torch"
    ):
        load(starter_model(), backend="ONNX")  # type: ignore[arg-type]


def test_what_runs_a_model_is_said(exported_model: Path) -> None:
    for backend, runtime in (
        ("auto", "ONNX Runtime"),
        ("onnx", "ONNX Runtime"),
        ("torch", "torch"),
    ):
        loaded = load(exported_model, backend=backend, device="cpu").loaded  # type: ignore[arg-type]
        assert loaded is not None
        assert (loaded.folder, str(loaded)) == (exported_model, f"{runtime} on cpu")


@pytest.mark.parametrize("threads", ["2", 2.5, -1, True])
def test_threads_that_are_none(threads: object) -> None:
    with pytest.raises(
        InputError, match=f"threads: expected a whole number, 0 or more, got {threads!r}"
    ):
        load(starter_model(), threads=threads)  # type: ignore[arg-type]


def test_a_folder_that_is_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=str(tmp_path)):
        load(tmp_path)


def test_what_a_text_model_does_not_look_at_is_named(tmp_path: Path) -> None:
    with pytest.warns(
        DataWarning, match="the model looks at text only: pictures and features are not used"
    ) as warned:
        load(starter_model(), pictures=tmp_path, features=tmp_path / "store")
    assert warned[0].filename == __file__
    with pytest.warns(DataWarning, match="the model looks at text only: pictures is not used"):
        load(starter_model(), pictures=tmp_path)


def rebuild(recipe: Recipe, sizes: Any, **parts: Any) -> Any:
    return build_network(recipe, sizes, **parts)


def test_what_is_given_reaches_the_model(recipe: Recipe, tmp_path: Path) -> None:
    short = replace(recipe, training=replace(recipe.training, epochs=1))
    model = train(short, tmp_path / "run", build=rebuild).model
    assert load(model, build=rebuild).about.build == f"{__name__}.rebuild"
    message = (
        rf"^{model}: its network was built by '{__name__}\.rebuild', which is no part of mner: "
        r"give that function, `mner\.load\(path, build=\.\.\.\)`, or tag from a graph, which "
        r"`mner\.tagging\.export\.export_model\(path, build=\.\.\.\)` writes$"
    )
    with pytest.raises(ModelError, match=message):
        load(model)
    with pytest.raises(ModelError, match=r"has no emissions\.onnx: write it by `mner export"):
        load(model, build=rebuild, backend="onnx")
    with pytest.raises(InputError, match="device 'tpu'"):
        load(model, build=rebuild, device="tpu")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="trust_paths does not go with pictures"):
        load(model, build=rebuild, pictures=tmp_path, trust_paths=True)
