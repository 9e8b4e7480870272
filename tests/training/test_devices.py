from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from accelerate import Accelerator
from accelerate.utils import DistributedType

from mner.errors import ConfigError, InputError
from mner.recipe.sections import Recipe
from mner.tagging.export import export_model
from mner.tagging.load import load
from mner.training.devices import check_device, open_device
from mner.training.launched import Launched
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


def test_the_device_that_was_taken_is_said(
    recipe: Recipe, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="mner")
    short = with_training(recipe, epochs=1)
    train(short, tmp_path / "run", device="cpu")
    assert "training on cpu" in caplog.text
    caplog.clear()
    assert repr(load(tmp_path / "run")).endswith("runs in torch on cpu>")
    assert not caplog.text
    load(tmp_path / "run", device="auto")
    assert "the model runs in torch on cpu" in caplog.text


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_gpu_that_is_not_there_cannot_be_had(recipe: Recipe, tmp_path: Path) -> None:
    message = r"device cuda \(--device\): .*torch.*, or take device auto or cpu"
    with pytest.raises(InputError, match=message):
        train(recipe, tmp_path / "run", device="cuda")
    assert not (tmp_path / "run").exists()
    model = train(with_training(recipe, epochs=1), tmp_path / "run").model
    with pytest.raises(InputError, match=message):
        load(model, device="cuda")
    export_model(model)
    with pytest.raises(InputError, match=r"this ONNX Runtime runs on processors alone"):
        load(model, device="cuda")
    assert repr(load(model)).endswith("runs in ONNX Runtime on cpu>")


def test_half_precision_on_the_processor_needs_one_that_has_it(recipe: Recipe) -> None:
    with pytest.raises(ConfigError, match=r"needs a GPU, and the device is cpu"):
        check_device("fp16", "cpu")


def test_processes_that_cannot_be_joined_are_an_error(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mner.training.devices.launched", lambda: Launched(0, 2))
    with pytest.raises(
        ConfigError, match="started 2 processes, which cannot train together on cpu: launch one, or"
    ):
        train(recipe, tmp_path / "run")


def test_a_launcher_that_cuts_networks_is_refused(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Accelerator, "distributed_type", DistributedType.FSDP)
    with pytest.raises(
        ConfigError, match="asks for FSDP, but each process of a training holds the whole network"
    ):
        train(recipe, tmp_path / "run")


def test_a_launcher_s_accumulation_divides_no_loss(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACCELERATE_GRADIENT_ACCUMULATION_STEPS", "4")
    weight = torch.ones(1, requires_grad=True)
    open_device(recipe, tmp_path).backward(weight.sum())
    assert weight.grad is not None
    assert weight.grad.item() == 1.0


def test_the_precision_and_the_folder_of_trackers_are_those_of_the_run(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {}

    class Spy(Accelerator):  # type: ignore[misc]
        def __init__(self, **parts: Any) -> None:
            given.update(parts)
            super().__init__(**{**parts, "mixed_precision": "no"})

    monkeypatch.setattr("mner.training.devices.Accelerator", Spy)
    for precision in ("bf16", "no"):
        accelerator = open_device(with_training(recipe, precision=precision), tmp_path, "cpu")
        assert given["mixed_precision"] == precision
        assert given["cpu"] is True
        assert accelerator.project_dir == tmp_path
        (patience,) = given["kwargs_handlers"]
        assert patience.timeout == timedelta(days=1)
        assert accelerator.gradient_accumulation_steps == 1


def test_the_processor_that_is_asked_for_is_judged_though_there_is_a_gpu(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    check_device("fp16")
    with pytest.raises(ConfigError, match="needs a GPU, and the device is cpu: train in single"):
        check_device("fp16", "cpu")
