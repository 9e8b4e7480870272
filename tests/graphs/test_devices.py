import re
from typing import Any, Literal

import pytest

from mner.errors import InputError
from mner.graphs.devices import runtime_device, take_device, torch_device

CUDA = ["CUDAExecutionProvider", "CPUExecutionProvider"]
CPU = ["CPUExecutionProvider"]


@pytest.mark.parametrize(
    ("asked", "has_cuda", "taken"),
    [
        ("auto", True, "cuda"),
        ("auto", False, "cpu"),
        ("cpu", True, "cpu"),
        ("cpu", False, "cpu"),
        ("cuda", True, "cuda"),
    ],
)
def test_a_gpu_is_taken_where_there_is_one_and_it_was_not_refused(
    asked: Literal["auto", "cpu", "cuda"], has_cuda: bool, taken: str
) -> None:
    assert take_device(asked, has_cuda=has_cuda, advice="") == taken
    assert torch_device(asked, has_cuda=has_cuda) == taken
    assert runtime_device(asked, CUDA if has_cuda else CPU) == taken


def test_a_gpu_that_is_not_there_is_an_error_that_says_what_to_install() -> None:
    with pytest.raises(
        InputError, match=r"device cuda \(--device\): this ONNX Runtime .*install onnxruntime-gpu`"
    ):
        runtime_device("cuda", CPU)
    with pytest.raises(
        InputError,
        match=r"device cuda \(--device\): .*torch.*: install .*, or take device auto or cpu",
    ):
        torch_device("cuda", has_cuda=False)


@pytest.mark.parametrize("name", ["gpu", None, 0])
def test_another_device_is_refused(name: Any) -> None:
    with pytest.raises(
        InputError,
        match=re.escape(f"device {name!r} is not known: expected one of auto, cpu, cuda"),
    ):
        take_device(name, has_cuda=True, advice="")
