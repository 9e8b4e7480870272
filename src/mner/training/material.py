"""What a training reads: posts, vectors, the vocabulary of the training posts, and what the posts' pictures or captions give."""

import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mner.corpora.corpus import read_corpora, read_split, warn_of_unknown_labels
from mner.encoding.indexer import Indexer
from mner.encoding.pieces import Pieces
from mner.encoding.vector_cache import load_vectors
from mner.encoding.vectors import VectorTable
from mner.encoding.vocab import Vocabulary
from mner.errors import DataWarning, InputError
from mner.model.build import Sizes
from mner.pictures.encoders.description import EncoderDescription
from mner.pictures.extract import extract_features
from mner.pictures.seed_features import open_features
from mner.recipe.sections import Recipe
from mner.spans.gold import fingerprint
from mner.tagging.regions import RegionSource, open_regions
from mner.types import Post

__all__ = ["Material", "read_material"]

_LOG = logging.getLogger(__name__)
_ALONE = frozenset({"efficientnet-lite0", "vgg16"})
"""Encoders whose stores have their name; those of others are named after files of weights."""


@dataclass(frozen=True)
class Material:
    """Everything that training reads, in memory."""

    train: list[Post]
    passes: list[int]
    """For each training post, in how many of the first epochs it is trained on; 0 for all."""
    dev: list[Post]
    pieces: Pieces | None
    vectors: VectorTable
    vocabulary: Vocabulary
    indexer: Indexer
    regions: RegionSource | None
    picture_encoder: EncoderDescription | None

    @property
    def sizes(self) -> Sizes:
        """What the network's size depends on."""
        tables = self.vocabulary.sizes
        return Sizes(
            words=tables.words,
            characters=tables.characters,
            shapes=tables.shapes,
            vector=self.vectors.dimension,
            region=self.regions.width if self.regions else 0,
        )


def read_material(recipe: Recipe, out: Path) -> Material:
    """Read what a recipe names, and learn the vocabulary of its training posts.

    Args:
        recipe: what to train.
        out: the run's folder, in which pictures are encoded where the recipe names no store.

    Raises:
        InputError: a file, the transformer or the pictures cannot be used.

    Warns of dev posts that are the training posts, or have labels that those have not.
    """
    captions = Path(recipe.data.captions) if recipe.picture.source == "captions" else None
    corpora = read_corpora(recipe.data, "train", captions=captions)
    train_posts = [post for _, posts in corpora for post in posts]
    dev_posts = read_split(recipe.data, "dev", captions=captions)
    if not any(post.entities for post in dev_posts):
        raise InputError(
            f"data.dev: {len(dev_posts)} posts without an entity: expected some, since the score on dev chooses the epoch"
        )
    vectors = (
        load_vectors(Path(recipe.text.vectors))
        if recipe.text.vectors
        else _no_vectors(recipe.text.dimension)
    )
    vocabulary = Vocabulary.build(
        train_posts, is_known=lambda word: bool(vectors.rows([word])[0] >= 0)
    )
    warn_of_unknown_labels("data.dev", dev_posts, known=vocabulary.labels)
    if fingerprint(dev_posts) == fingerprint(train_posts):
        warnings.warn(
            "data.dev: holds the training posts: what was learned by heart would choose the epoch; name other posts",
            DataWarning,
            stacklevel=2,
        )
    pieces = Pieces.pretrained(recipe.transformer.model) if recipe.transformer.model else None
    indexer = Indexer(vocabulary, vectors, pieces, longest_word=recipe.characters.longest_word)
    _LOG.info(
        "%d training posts, %d dev posts; %.1f%% and %.1f%% of their words have a pretrained vector",
        *(
            len(train_posts),
            len(dev_posts),
            100 * indexer.hit_rate(train_posts),
            100 * indexer.hit_rate(dev_posts),
        ),
    )
    features = (
        _features(recipe, [*train_posts, *dev_posts], out)
        if recipe.picture.source == "pixels"
        else None
    )
    return Material(
        train=train_posts,
        passes=[corpus.epochs for corpus, posts in corpora for _ in posts],
        dev=dev_posts,
        pieces=pieces,
        vectors=vectors,
        vocabulary=vocabulary,
        indexer=indexer,
        regions=open_regions(recipe, vectors, pictures=None, features=features),
        picture_encoder=open_features(features).encoder if features else None,
    )


def _no_vectors(dimension: int) -> VectorTable:
    return VectorTable.from_words([], np.zeros((0, dimension), dtype=np.float32))


def _features(recipe: Recipe, posts: Sequence[Post], out: Path) -> Path:
    """The store of the pictures of train and dev, made where it is not there, or the feature file of the public Keras code."""
    store = Path(recipe.data.features) if recipe.data.features else out / "features"
    if not store.exists():
        if not recipe.data.pictures:
            raise InputError(
                f"{store}: no such feature store: make it with `mner features extract`, or name the folder of pictures in data.pictures"
            )
        extract_features(
            posts, pictures=Path(recipe.data.pictures), out=store, encoder=recipe.picture
        )
    made_by = open_features(store).encoder["name"]
    if made_by in _ALONE and made_by != recipe.picture.encoder:
        raise InputError(
            f"{store}: encoded by {made_by}, but picture.encoder is {recipe.picture.encoder}: set it to {made_by}, or name another store"
        )
    return store
