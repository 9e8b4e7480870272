"""The identity of a training: a digest of everything that its weights depend on."""

import hashlib
import json
from dataclasses import asdict
from typing import Any

from mner.encoding.caption_regions import caption_words
from mner.recipe.sections import Recipe
from mner.spans.gold import fingerprint
from mner.training.material import Material
from mner.types import Post

__all__ = ["identity"]


def identity(recipe: Recipe, material: Material, *, build: str | None = None) -> str:
    """Return a digest of the recipe and its data, in hexadecimal.

    It covers the recipe without its tracker, the posts with their pictures and captions, the
    encoder of pictures, and the vectors of all words. `build` is the name of a
    function of a user that built the network.
    """
    posts = [*material.train, *material.dev]
    values = asdict(recipe)
    del values["training"]["tracker"]  # it only shows what happens
    del values["training"]["accumulation"]  # it only saves memory
    parts: list[Any] = [
        values,
        fingerprint(material.train),
        fingerprint(material.dev),
        material.picture_encoder,
        [(_pictures_of(post), post.caption, post.annotated) for post in posts],
    ]
    # No entity crosses a line of a raw text, so texts decide about the scores on dev. They are
    # left out where there are none, so that runs of earlier versions can be resumed.
    if any(post.text is not None for post in material.dev):
        parts.append([(post.text, post.offsets) for post in material.dev])
    if build is not None:
        parts.append(build)
    digest = hashlib.sha256(json.dumps(parts).encode())
    words: set[str] = set()
    for post in posts:
        words.update(post.tokens, caption_words(post.caption))
    rows = material.vectors.rows(sorted(words))
    digest.update(material.vectors.vectors(rows).tobytes())
    return digest.hexdigest()


def _pictures_of(post: Post) -> str | tuple[str, ...] | None:
    """Return what is digested: one picture as it always was, so that runs can be resumed."""
    return post.pictures if post.more_pictures else post.picture
