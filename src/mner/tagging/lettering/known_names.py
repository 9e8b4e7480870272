"""The names that a model has seen in its training, which it needs no context to recognise."""

from functools import lru_cache
from pathlib import Path

from mner.errors import ModelError
from mner.files.load import read_json
from mner.spans.gold import Mention
from mner.tagging.about import DAMAGED
from mner.tagging.lettering.words import comparable
from mner.tagging.model_folder import ModelFiles
from mner.tagging.tagger import Tagger

__all__ = ["known_names"]


def known_names(tagger: Tagger) -> frozenset[tuple[str, str]]:
    """Return the names in the posts that a tagger was trained on, each with its label.

    The names are as `comparable` writes them. A network in training has none, nor has a model
    folder without them.

    Raises:
        ModelError: the file of the names is damaged.
    """
    if tagger.loaded is None:
        return frozenset()
    path = tagger.loaded.folder / ModelFiles().mentions
    if not path.exists():
        return frozenset()
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read(path: Path, _modified: int) -> frozenset[tuple[str, str]]:
    mentions = read_json(path, list[Mention], advice=DAMAGED, error=ModelError)
    return frozenset((comparable(words), label) for words, label in mentions)
