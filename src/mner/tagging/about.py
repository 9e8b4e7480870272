"""The description of a model: what it was trained on, by which version, and on which machine."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import mner
from mner.errors import ModelError
from mner.files.load import Content, read_json
from mner.model.sizes import Sizes
from mner.pictures.encoders.description import EncoderDescription

__all__ = ["DAMAGED", "REPAIR", "About", "Environment", "Git", "Hardware", "read_about"]

_FORMAT = 1

REPAIR = "train it again or copy it again"
DAMAGED = f"the model folder is damaged; {REPAIR}"
"""What errors about a model folder and about its files advise."""


@dataclass(frozen=True)
class Hardware:
    """The machine on which a model was trained or evaluated."""

    processor: str
    cores: int | None
    """None where the system does not say."""
    memory: int
    """Bytes."""
    accelerator: str | None
    """The name of the GPU; None where torch found none."""


@dataclass(frozen=True)
class Git:
    """The state of the repository that holds the source of `mner`."""

    commit: str
    dirty: bool
    """Whether files of the source had changes that were not committed."""


@dataclass(frozen=True)
class Environment:
    """What numbers depend on beside the recipe: the machine and the versions of the software."""

    hardware: Hardware
    versions: Mapping[str, str]
    """By the name of the package; `python` is among them."""
    git: Git | None
    """None where the source is not in a repository."""


@dataclass(frozen=True, kw_only=True)
class About:
    """The description of a model, which its folder keeps in `mner.json`."""

    format: int = _FORMAT
    """The format of the model folder."""
    mner: str
    """The version of `mner` that trained the model."""
    labels: tuple[str, ...] = ()
    """The types of entities that it finds."""
    sizes: Sizes
    """The sizes of the network that the data decides."""
    encoder: EncoderDescription | None = None
    """The description of the encoder of pictures; None for a model that sees no pixels."""
    seed: int
    train_posts: int
    """The number of training posts."""
    train_fingerprint: str
    """The fingerprint of the training posts and their entities."""
    dev_fingerprint: str
    """The fingerprint of the dev posts and their entities."""
    best_epoch: int
    """The epoch that dev chose, counted from 1."""
    dev_f1: float | None = None
    """F1 of that epoch on dev."""
    dev_scoring: str | None = None
    """The scoring mode of that F1, `lenient` or `strict`."""
    environment: Environment | None = None
    """Where the model was trained; None for models of versions that did not record it."""
    build: str | None = None
    """The function that built the network, by its module and name; None for a network of `mner`.
    It is never imported by this name."""

    @property
    def fingerprints(self) -> dict[str, str]:
        """The fingerprints of the `train` and `dev` posts."""
        return {"train": self.train_fingerprint, "dev": self.dev_fingerprint}

    def as_dict(self) -> dict[str, Any]:
        """Return the description for JSON, without what was not recorded."""
        values = asdict(self)
        for name in ("dev_f1", "dev_scoring", "environment", "build"):
            if values[name] is None:
                del values[name]
        return values


def read_about(path: Path | Content) -> About:
    """Read the description of a model, from its file or from what was read of it.

    Raises:
        ModelError: the file is missing or damaged, or the model folder is of another format.
    """
    actual = read_json(path, _Format, advice=DAMAGED, error=ModelError).format
    if actual != _FORMAT:
        name = path.path if isinstance(path, Content) else path
        raise ModelError(
            f"{name}: model format {actual}, but mner {mner.__version__} reads format {_FORMAT}: "
            "train it again, or use the mner it was made with"
        )
    return read_json(path, About, advice=DAMAGED, error=ModelError)


@dataclass(frozen=True)
class _Format:
    """The one key of the description that every format has."""

    format: int
