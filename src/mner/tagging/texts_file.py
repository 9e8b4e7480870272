"""The texts that a model was trained on, as digests: what tells later that a post is not new."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from mner.corpora.overlap import DIGEST_SIZE, KnownTexts
from mner.errors import ModelError
from mner.files.load import read_json
from mner.tagging.about import DAMAGED

__all__ = ["read_texts", "save_texts"]


@dataclass(frozen=True)
class _File:
    """The keys of the file: digests side by side in their order, as Base64."""

    train: bytes
    dev: bytes


def read_texts(path: Path) -> KnownTexts | None:
    """Read the texts; None for models of versions that did not keep them.

    Raises:
        ModelError: the file is damaged.
    """
    if not path.exists():
        return None
    file = read_json(path, _File, advice=DAMAGED, error=ModelError)
    for name, digests in (("train", file.train), ("dev", file.dev)):
        if len(digests) % DIGEST_SIZE:
            raise ModelError(
                f"{path}: {name}: expected digests of {DIGEST_SIZE} bytes, got "
                f"{len(digests)} bytes: {DAMAGED}"
            )
    return KnownTexts(file.train, file.dev)


def save_texts(path: Path, texts: KnownTexts) -> None:
    """Write what `read_texts` reads."""
    path.write_bytes(msgspec.json.encode(_File(texts.train, texts.dev)) + b"\n")
