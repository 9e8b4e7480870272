"""Models of other encoders of pictures: they are evaluated, tag raw pictures, and are exported."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mner.errors import InputError, ModelError
from mner.evaluation.evaluate import evaluate
from mner.pictures.encoders.exported import OnnxPictureEncoder
from mner.recipe.sections import PictureSection
from mner.tagging.export import export_model
from mner.tagging.load import load
from mner.tagging.model_folder import ModelFiles
from mner.training.train import train
from mner.types import Post
from tests.pictures.encoders.test_onnx_vision import SCALING, write_graph
from tests.tiny import tiny_pixel_recipe


def chosen(kind: str, folder: Path) -> PictureSection:
    """The section of a recipe, with tiny weights in a folder."""
    if kind == "onnx":
        graph = write_graph(folder / "tiny.onnx", shape=(1, 3, 8, 8))
        return PictureSection(
            "pixels",
            encoder="onnx",
            weights=str(graph),
            mean=SCALING.mean,
            deviation=SCALING.deviation,
            output="rows",
        )
    transformers = pytest.importorskip("transformers", reason="needs the extra `transformers`")
    settings = transformers.Dinov2Config(
        hidden_size=24, num_hidden_layers=1, num_attention_heads=2, image_size=28, patch_size=14
    )
    transformers.Dinov2Model(settings).save_pretrained(folder / "tiny")
    return PictureSection(
        "pixels",
        encoder="transformers",
        weights=str(folder / "tiny"),
        mean=SCALING.mean,
        deviation=SCALING.deviation,
        size=42,
    )


@pytest.mark.parametrize("kind", ["onnx", "transformers"])
def test_from_training_to_the_exported_model(kind: str, corpus: Path, tmp_path: Path) -> None:
    recipe = tiny_pixel_recipe(corpus)
    recipe = replace(
        recipe, picture=chosen(kind, tmp_path), training=replace(recipe.training, epochs=1)
    )
    model = train(recipe, tmp_path / "run").model
    assert evaluate(model, corpus / "dev.txt", pictures=corpus / "images").pictures["present"] > 0

    Image.fromarray(np.random.default_rng(7).integers(0, 256, (60, 90, 3), dtype=np.uint8)).save(
        tmp_path / "new.png"
    )
    post = Post("1", ("saw", "Rome"), picture=str(tmp_path / "new.png"))
    (expected,) = load(model).explain([post])
    export_model(model)
    # The graphs are all that is needed from here on.
    Path(recipe.picture.weights).rename(tmp_path / "moved")
    (found,) = load(model).explain([post])
    assert (
        found.attention.regions.shape
        == expected.attention.regions.shape
        == (2, {"onnx": 4, "transformers": 9}[kind])
    )
    assert np.abs(found.attention.regions - expected.attention.regions).max() < 1e-5
    assert OnnxPictureEncoder(model / ModelFiles().pictures).describe()["name"] == kind
    with pytest.raises(InputError, match="tiny"):
        load(model, backend="torch")


def test_an_encoder_that_has_changed_is_refused(corpus: Path, tmp_path: Path) -> None:
    recipe = tiny_pixel_recipe(corpus)
    recipe = replace(
        recipe, picture=chosen("onnx", tmp_path), training=replace(recipe.training, epochs=1)
    )
    model = train(recipe, tmp_path / "run").model
    write_graph(tmp_path / "tiny.onnx", shape=("B", 3, 8, 8))
    with pytest.raises(
        ModelError,
        match=r"onnx: pictures encoded by .* but the model was trained with .*: "
        "use the same encoder and weights",
    ):
        load(model)
