import logging
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from click.testing import CliRunner

from mner.cli import app
from mner.errors import InputError, ModelError
from mner.evaluation.evaluate import evaluate
from mner.pictures.convert import convert_features
from mner.pictures.features import open_features
from mner.pictures.seed_features import SEED_ENCODER, SeedFeatures
from mner.pictures.store import FeatureStore
from mner.recipe.sections import NetworkSection, PictureSection, Recipe
from mner.tagging.model_folder import read_model
from mner.training.train import train
from mner.types import PictureState
from tests.pictures.seed_file import seed_map, write_seed_file
from tests.tiny import tiny_recipe

NAMES = ("12", "7.jpg", *(str(number) for number in range(30, 50)))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_seed_file(tmp_path / "features.h5", NAMES)


def test_a_store_holds_what_the_file_holds(
    source: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert convert_features(source, tmp_path / "store") == {
        PictureState.PRESENT: len(NAMES),
        PictureState.ABSENT: 0,
        PictureState.UNREADABLE: 0,
    }
    store, file = open_features(tmp_path / "store"), SeedFeatures(source)
    assert isinstance(store, FeatureStore)
    assert store.encoder == file.encoder == SEED_ENCODER
    for picture in file.ids():
        assert (
            store.regions(picture).vectors == file.regions(picture).vectors.astype(np.float16)
        ).all()
    assert store.regions("7").state is PictureState.PRESENT
    assert "already" not in caplog.text
    convert_features(source, tmp_path / "store")
    assert "store is there already" in caplog.text


def test_a_conversion_that_was_interrupted_is_resumed(source: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    convert_features(source, whole)
    with h5py.File(source, "a") as file:
        file["7.jpg"][0, 0, 0, 0] = np.nan
    with pytest.raises(InputError, match="picture '7': expected finite floats"):
        convert_features(source, tmp_path / "store")
    assert not (tmp_path / "store").exists()
    # The first batch is done, and not read again.
    with h5py.File(source, "a") as file:
        file["7.jpg"][...] = seed_map("7")
        file["12"][...] = 0
    convert_features(source, tmp_path / "store")
    assert (tmp_path / "store" / "features.npy").read_bytes() == (
        whole / "features.npy"
    ).read_bytes()


def test_a_store_of_another_encoder_is_not_touched(source: Path, tmp_path: Path) -> None:
    convert_features(source, tmp_path / "store")
    write_seed_file(source, ["12"])
    with pytest.raises(InputError, match="a feature store of something else"):
        convert_features(source, tmp_path / "store")


def seed_recipe(recipe: Recipe) -> Recipe:
    return replace(
        recipe,
        network=NetworkSection(kind="seed"),
        text=replace(recipe.text, shapes=0, dropout=0.0, word_dropout=0.0),
        characters=replace(recipe.characters, longest_word=8),
        fusion=replace(recipe.fusion, attention="concat", dropout=0.0),
    )


@pytest.mark.parametrize("attention", ["seed", "concat", "additive"])
def test_a_model_is_trained_on_the_file_and_scored_on_file_or_store(
    corpus: Path, tmp_path: Path, attention: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    # Pictures 20 to 23 are not in the file.
    source = write_seed_file(tmp_path / "features.h5", [f"{number}.jpg" for number in range(20)])
    plain = tiny_recipe(corpus)
    recipe = replace(
        plain,
        data=replace(plain.data, features=str(source)),
        picture=PictureSection(source="pixels"),
        training=replace(plain.training, epochs=1, learning_rate=0.001),
    )
    fusion = replace(recipe.fusion, attention=attention)  # type: ignore[arg-type]
    changed = seed_recipe(recipe) if attention == "seed" else replace(recipe, fusion=fusion)
    model = train(changed, tmp_path / "run").model
    assert "training posts by the state of picture or caption: 20 present, 4 absent" in caplog.text
    assert read_model(model).about.encoder == SEED_ENCODER
    convert_features(source, tmp_path / "store")
    by_file = evaluate(model, corpus / "dev.txt", features=source)
    assert by_file.pictures == {"present": 12, "absent": 0, "unreadable": 0}
    assert (
        evaluate(model, corpus / "dev.txt", features=tmp_path / "store").scores.f1
        == by_file.scores.f1
    )
    assert evaluate(model, corpus / "train.txt", features=source).pictures == {
        "present": 20,
        "absent": 4,
        "unreadable": 0,
    }


def test_a_model_of_the_file_is_not_given_other_pictures(corpus: Path, tmp_path: Path) -> None:
    pytest.importorskip("efficientnet_lite_pytorch", reason="needs the extra `pictures`")
    plain = tiny_recipe(corpus)
    source = write_seed_file(tmp_path / "features.h5", ["0"])
    recipe = replace(
        plain,
        data=replace(plain.data, features=str(source)),
        picture=PictureSection(source="pixels"),
        training=replace(plain.training, epochs=1),
    )
    model = train(recipe, tmp_path / "run").model
    with pytest.raises(
        ModelError,
        match=(
            r"encoded by .*efficientnet-lite0.* but the model was trained with .*vgg16 of the"
            r" public Keras code"
        ),
    ):
        evaluate(model, corpus / "dev.txt", pictures=corpus / "images")


def test_the_command_converts_and_reports_what_is_wrong(source: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["features", "convert", str(source), str(tmp_path / "store")])
    assert (done.exit_code, done.stdout) == (
        0,
        f"{tmp_path / 'store'}: 22 present, 0 absent, 0 unreadable\n",
    )
    source.write_text("nonsense")
    failed = CliRunner().invoke(app, ["features", "convert", str(source), str(tmp_path / "other")])
    assert failed.exit_code == 1
    assert "features.h5: expected a feature store, or an HDF5 file" in failed.stderr
    missing = CliRunner().invoke(
        app, ["features", "convert", str(tmp_path / "gone.h5"), str(tmp_path / "other")]
    )
    assert missing.exit_code == 1
    assert "gone.h5: expected a feature store, or an HDF5 file" in missing.stderr
