from pathlib import Path
from typing import Literal

import pytest
import torch

from mner.errors import ConfigError
from mner.recipe.sections import Recipe
from mner.training.devices import check_device
from mner.training.train import train
from tests.training.changes import with_training


@pytest.mark.parametrize(
    ("precision", "message"),
    [
        (
            "bf16",
            r'training\.precision = "bf16": needs a GPU or a processor with AVX-512, and torch '
            r"finds neither: .* --set training\.precision=no",
        ),
        (
            "fp16",
            r'training\.precision = "fp16": needs a GPU, and torch finds none: '
            r".* --set training\.precision=no",
        ),
    ],
)
def test_a_precision_that_the_machine_does_not_have_is_an_error(
    recipe: Recipe,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    precision: Literal["bf16", "fp16"],
    message: str,
) -> None:
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    with pytest.raises(ConfigError, match=message):
        train(with_training(recipe, precision=precision), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_launcher_of_several_processes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "1")
    check_device("no")
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ConfigError, match="runs in one process: start it with `mner train`"):
        check_device("no")
