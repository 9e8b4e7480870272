"""What a model folder keeps of the posts of its training, which evaluation alone reads."""

import json
from dataclasses import dataclass
from pathlib import Path

from mner.corpora.overlap import KnownTexts
from mner.errors import ModelError
from mner.files.load import read_json
from mner.spans.gold import Mention
from mner.tagging.about import DAMAGED
from mner.tagging.model_folder import Model, ModelFiles
from mner.tagging.texts_file import read_texts, save_texts

__all__ = ["KnownPosts", "read_known_posts", "save_known_posts"]


@dataclass(frozen=True)
class KnownPosts:
    """What is kept of the posts of a training."""

    mentions: frozenset[Mention]
    """The mentions of the training posts: words and label."""
    texts: KnownTexts | None = None
    """The texts of train and dev; None for models of versions that did not keep them."""


def read_known_posts(model: Model) -> KnownPosts:
    """Read what the folder of a model keeps of the posts of its training.

    Raises:
        ModelError: a file is missing, damaged, or of another model.
    """
    files = ModelFiles()
    mentions, texts = model.folder / files.mentions, model.folder / files.texts
    read = {mentions.name}
    if model.digests.lists(texts.name) or texts.exists():
        read.add(texts.name)
    model.digests.require(read)
    return KnownPosts(
        frozenset(read_json(mentions, list[Mention], advice=DAMAGED, error=ModelError)),
        read_texts(texts),
    )


def save_known_posts(folder: Path, known: KnownPosts) -> None:
    """Write what `read_known_posts` reads."""
    files = ModelFiles()
    mentions, texts = folder / files.mentions, folder / files.texts
    mentions.write_text(json.dumps(sorted(known.mentions), indent=1) + "\n", encoding="utf-8")
    if known.texts is not None:
        save_texts(texts, known.texts)
