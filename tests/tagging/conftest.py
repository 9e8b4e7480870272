from pathlib import Path

import pytest

from mner.tagging.export import export_model
from mner.training.train import train
from tests.tiny import tiny_pixel_recipe, tiny_recipe


@pytest.fixture(scope="package")
def exported_model(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text-only model with its graph, which starts without torch."""
    folder = train(tiny_recipe(corpus), tmp_path_factory.mktemp("tag") / "run").model
    export_model(folder)
    return folder


@pytest.fixture(scope="package")
def pixel_model(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tiny_pixel_recipe(corpus), tmp_path_factory.mktemp("pixel") / "run").model
