"""Multimodal named entity recognition in social media posts.

tagger = mner.load("runs/acn-seed0")
for post in tagger.tag(mner.read_posts("posts.jsonl")):
    print(post.id, post.entities)
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mner import errors
    from mner.errors import MnerError
    from mner.posts.read import read_posts
    from mner.recipe.read import read_recipe
    from mner.recipe.sections import Recipe
    from mner.spans.score import score
    from mner.tagging.frame import to_frame
    from mner.tagging.load import load
    from mner.tagging.results import FoundEntity, TaggedPost, TaggedText, TextEntity
    from mner.tagging.tagger import Tagger
    from mner.training.start import train
    from mner.training.trained import Trained
    from mner.types import Entity, Post

__all__ = [
    "Entity",
    "FoundEntity",
    "MnerError",
    "Post",
    "Recipe",
    "TaggedPost",
    "TaggedText",
    "Tagger",
    "TextEntity",
    "Trained",
    "__version__",
    "errors",
    "load",
    "read_posts",
    "read_recipe",
    "score",
    "to_frame",
    "train",
]

__version__ = "0.1.0"

# Nothing is sent to the makers of packages that `mner` uses. They read these variables when they
# are imported, so this is the first thing that happens; whoever has set one keeps the value.
for _variable in ("ORT_DISABLE_TELEMETRY", "HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK"):
    os.environ.setdefault(_variable, "1")

# Names are imported when they are first used, so that `import mner` and `mner --help` stay quick.
_HOMES = {
    "Entity": "mner.types",
    "FoundEntity": "mner.tagging.results",
    "MnerError": "mner.errors",
    "Post": "mner.types",
    "Recipe": "mner.recipe.sections",
    "TaggedPost": "mner.tagging.results",
    "TaggedText": "mner.tagging.results",
    "Tagger": "mner.tagging.tagger",
    "TextEntity": "mner.tagging.results",
    "Trained": "mner.training.trained",
    "load": "mner.tagging.load",
    "read_posts": "mner.posts.read",
    "read_recipe": "mner.recipe.read",
    "score": "mner.spans.score",
    "to_frame": "mner.tagging.frame",
    "train": "mner.training.start",
}


def __getattr__(name: str) -> object:
    if name == "errors":
        return import_module("mner.errors")
    if name not in _HOMES:
        raise AttributeError(f"module 'mner' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
