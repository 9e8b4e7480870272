from pathlib import Path

import pytest

from mner.tagging.export import export_model
from mner.training.train import train
from tests.tiny import tiny_pixel_recipe


@pytest.fixture(scope="module")
def pixel_model(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("efficientnet_lite_pytorch", reason="needs the extra `pictures`")
    folder = train(tiny_pixel_recipe(corpus), tmp_path_factory.mktemp("stages") / "run").model
    export_model(folder)
    return folder
