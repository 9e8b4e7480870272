"""Which device computes: what was asked for, what is there, and what to install if it is not."""

from collections.abc import Sequence
from typing import Literal, TypeAlias, get_args

from mner.errors import InputError, quoted
from mner.graphs.session import CUDA_PROVIDER, import_runtime

__all__ = ["Device", "Taken", "check_device_name", "runtime_device", "take_device", "torch_device"]

Device: TypeAlias = Literal["auto", "cpu", "cuda"]
"""What can be asked for; `auto` takes a GPU where one can be used, and the processor elsewhere."""
Taken: TypeAlias = Literal["cpu", "cuda"]
"""What can be taken."""


def check_device_name(device: object) -> None:
    """Refuse what is no name of a device.

    Raises:
        InputError: it is another value.
    """
    if device not in get_args(Device):
        names = ", ".join(get_args(Device))
        raise InputError(f"device {quoted(device)} is not known: expected one of {names}")


def take_device(asked: Device, *, has_cuda: bool, advice: str) -> Taken:
    """Return the device to compute on.

    Args:
        asked: what the user asked for.
        has_cuda: whether a GPU can be used here.
        advice: what is missing where it cannot, and what to do.

    Raises:
        InputError: `asked` is not known, or it is `cuda` and there is none.
    """
    check_device_name(asked)
    if asked == "cuda" and not has_cuda:
        raise InputError(f"device cuda (--device): {advice}, or take device auto or cpu")
    return "cuda" if has_cuda and asked != "cpu" else "cpu"


def runtime_device(asked: Device, providers: Sequence[str] | None = None) -> Taken:
    """Return the device on which ONNX Runtime is to run.

    Args:
        asked: what the user asked for.
        providers: what this build of ONNX Runtime can run on; None to ask it.

    Raises:
        InputError: as for `take_device`.
    """
    if providers is None:
        providers = import_runtime().get_available_providers()
    advice = (
        "this ONNX Runtime runs on processors alone: on a machine with an NVIDIA GPU, "
        "`pip uninstall onnxruntime` and then `pip install onnxruntime-gpu`"
    )
    return take_device(asked, has_cuda=CUDA_PROVIDER in providers, advice=advice)


def torch_device(asked: Device, *, has_cuda: bool | None = None) -> Taken:
    """Return the device on which torch is to run.

    Args:
        asked: what the user asked for.
        has_cuda: whether torch finds a GPU; None to ask it.

    Raises:
        InputError: as for `take_device`.
        ImportError: torch is not installed.
    """
    import torch

    if has_cuda is None:
        has_cuda = torch.cuda.is_available()
    if torch.version.cuda is None:
        missing = f"this torch ({torch.__version__}) runs on processors alone: install the build "
        missing += "for CUDA that https://pytorch.org/get-started/locally names for your machine"
    else:
        missing = f"torch {torch.__version__} finds no NVIDIA GPU: install its driver, and see "
        missing += "whether `nvidia-smi` lists the GPU and CUDA_VISIBLE_DEVICES does not hide it"
    return take_device(asked, has_cuda=has_cuda, advice=missing)
