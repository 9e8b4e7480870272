"""The identity of a training: a digest of everything that its weights depend on."""

import hashlib
import json
from dataclasses import asdict
from itertools import chain
from typing import Any

from mner.encoding.caption_regions import caption_words
from mner.recipe.sections import Recipe
from mner.spans.gold import fingerprint
from mner.training.material import Material
from mner.types import Post

__all__ = ["identity"]

_CHUNK = 4096
"""The words of which the vectors are in memory at once."""


def identity(recipe: Recipe, material: Material, *, build: str | None = None) -> str:
    """Return a digest of the recipe and its data, in hexadecimal.

    It covers the recipe without its tracker, the posts with their pictures and captions, the
    encoder of pictures, and the vectors of all words. `build` is the name of a
    function of a user that built the network.
    """
    values = asdict(recipe)
    del values["training"]["tracker"]  # it only shows what happens
    del values["training"]["accumulation"]  # it only saves memory
    if not recipe.picture.dropout:
        del values["picture"]["dropout"]  # runs of earlier versions can be resumed
    before = [
        values,
        fingerprint(material.train),
        fingerprint(material.dev),
        material.picture_encoder,
    ]
    after: list[Any] = []
    # No entity crosses a line of a raw text, so texts decide about the scores on dev. They are
    # left out where there are none, so that runs of earlier versions can be resumed.
    if any(post.text is not None for post in material.dev):
        after.append([(post.text, post.offsets) for post in material.dev])
    if build is not None:
        after.append(build)
    digest = hashlib.sha256()
    # A list in JSON, of which one item is a list of all posts; they are never in memory together
    digest.update(json.dumps(before)[:-1].encode() + b", [")
    words: set[str] = set()
    for number, post in enumerate(chain(material.train, material.dev)):
        described = json.dumps((_pictures_of(post), post.caption, post.annotated))
        digest.update((f", {described}" if number else described).encode())
        words.update(post.tokens, caption_words(post.caption))
    digest.update(b"]")
    for value in after:
        digest.update(b", " + json.dumps(value).encode())
    digest.update(b"]")
    rows = material.vectors.rows(sorted(words))
    for start in range(0, len(rows), _CHUNK):
        digest.update(material.vectors.vectors(rows[start : start + _CHUNK]).tobytes())
    return digest.hexdigest()


def _pictures_of(post: Post) -> str | tuple[str, ...] | None:
    """Return what is digested: one picture as it always was, so that runs can be resumed."""
    return post.pictures if post.more_pictures else post.picture
