"""The identity of a training: a digest of everything that its weights depend on."""

import hashlib
import json
from dataclasses import asdict

from mner.encoding.caption_regions import caption_words
from mner.recipe.sections import Recipe
from mner.spans.gold import fingerprint
from mner.training.material import Material

__all__ = ["identity"]


def identity(recipe: Recipe, material: Material) -> str:
    """Return a digest of the recipe and its data, in hexadecimal.

    It covers the recipe, the posts with their pictures and captions, the encoder of pictures, and
    the vectors of all words.
    """
    posts = [*material.train, *material.dev]
    parts = [
        asdict(recipe),
        fingerprint(material.train),
        fingerprint(material.dev),
        material.picture_encoder,
        [(post.picture, post.caption, post.annotated) for post in posts],
    ]
    digest = hashlib.sha256(json.dumps(parts).encode())
    words: set[str] = set()
    for post in posts:
        words.update(post.tokens, caption_words(post.caption))
    rows = material.vectors.rows(sorted(words))
    digest.update(material.vectors.vectors(rows).tobytes())
    return digest.hexdigest()
