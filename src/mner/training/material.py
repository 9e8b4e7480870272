"""Everything that a training reads: posts, word vectors, pictures or captions.

The training posts may be more than the memory holds, so they lie in a temporary file.
"""

import logging
import warnings
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from mner.corpora.corpus import read_corpora, read_split
from mner.corpora.labels import warn_of_unknown_labels
from mner.encoding.indexer import Indexer
from mner.encoding.pieces import Pieces
from mner.encoding.vector_cache import load_vectors
from mner.encoding.vectors import VectorTable
from mner.encoding.vocab import Vocabulary
from mner.errors import DataWarning, InputError
from mner.model.sizes import Sizes
from mner.pictures.encoders.description import EncoderDescription
from mner.pictures.extract import extract_features
from mner.pictures.features import open_features
from mner.posts.post_file import PostFile
from mner.recipe.sections import Recipe
from mner.spans.gold import fingerprint
from mner.tagging.regions import RegionSource, open_regions
from mner.types import Post

__all__ = ["Material", "read_material"]

_LOG = logging.getLogger(__name__)
_FEW_HITS = 0.05
"""The share of words with a vector below which the vectors do not belong to the posts."""
_BUILT_IN = frozenset({"efficientnet-lite0", "vgg16"})
"""Encoders whose stores have their name; those of others have the name of a file of weights."""


@dataclass(frozen=True)
class Material:
    """Everything that a training reads."""

    train: Sequence[Post]
    """They are read from the disk whenever they are asked for."""
    passes: Sequence[int]
    """The number of first epochs in which each training post is trained on; 0 for all epochs."""
    dev: Sequence[Post]
    """They are in memory."""
    pieces: Pieces | None
    """None without a pretrained transformer."""
    vectors: VectorTable
    vocabulary: Vocabulary
    """What the training posts alone hold."""
    indexer: Indexer
    regions: RegionSource | None
    """None for a text-only model."""
    picture_encoder: EncoderDescription | None
    """None for a model that sees no pixels."""

    @property
    def sizes(self) -> Sizes:
        """The sizes of the network that depend on the data."""
        tables = self.vocabulary.sizes
        return Sizes(
            words=tables.words,
            characters=tables.characters,
            shapes=tables.shapes,
            vector=self.vectors.dimension,
            region=self.regions.width if self.regions else 0,
        )


def read_material(recipe: Recipe, out: Path) -> Material:
    """Read what a recipe names, and collect the vocabulary of its training posts.

    Warns about dev posts that are the training posts, and about labels that only dev has.

    Args:
        recipe: what to train.
        out: the run's folder, which is there. The training posts are kept in a temporary file in
            it, and pictures are encoded in it where the recipe names no store.

    Raises:
        InputError: a file, the transformer or the pictures cannot be used.
        MnerError: the disk is full.
    """
    train, passes, dev = _read_posts(recipe, out)
    vectors = _vectors(recipe)
    vocabulary = Vocabulary.build(train, is_known=lambda word: bool(vectors.rows([word])[0] >= 0))
    warn_of_unknown_labels("data.dev", dev, known=vocabulary.labels)
    _warn_if_equal(train, dev)
    pieces = Pieces.pretrained(recipe.transformer.model) if recipe.transformer.model else None
    indexer = Indexer(
        vocabulary,
        vectors,
        pieces,
        longest_word=recipe.characters.longest_word,
        parts_hashtags=recipe.text.hashtag_words,
    )
    hit_rate = indexer.hit_rate(train) if len(vectors) else None
    _log_sizes(train, dev, indexer, hit_rate)
    _warn_of_foreign_vectors(recipe, hit_rate)
    features, encoder = None, None
    if recipe.picture.source == "pixels":
        features = _encode_pictures(recipe, chain(train, dev), out)
        encoder = _check_features(features, expected=recipe.picture.encoder)
    return Material(
        train=train,
        passes=passes,
        dev=dev,
        pieces=pieces,
        vectors=vectors,
        vocabulary=vocabulary,
        indexer=indexer,
        regions=open_regions(recipe, vectors, pictures=None, features=features),
        picture_encoder=encoder,
    )


def _read_posts(recipe: Recipe, out: Path) -> tuple[PostFile, Sequence[int], list[Post]]:
    """Read the training posts, their passes (see `Material`), and the dev posts."""
    captions = Path(recipe.data.captions) if recipe.picture.source == "captions" else None
    passes = array("q")

    def training_posts() -> Iterator[Post]:
        for corpus, posts in read_corpora(recipe.data, "train", captions=captions):
            for post in posts:
                passes.append(corpus.epochs)
                yield post

    train = PostFile(training_posts(), out)
    dev = list(read_split(recipe.data, "dev", captions=captions))
    if not any(post.entities for post in dev):
        raise InputError(
            f"data.dev: {len(dev)} posts without an entity: expected some, since the score on "
            "dev chooses the epoch"
        )
    return train, passes, dev


def _vectors(recipe: Recipe) -> VectorTable:
    """Load the pretrained word vectors that a recipe uses, or make a table of none."""
    if recipe.text.vectors and recipe.uses("text.vectors"):
        return load_vectors(Path(recipe.text.vectors), allow_pickle=recipe.text.allow_pickle)
    return VectorTable.from_words([], np.zeros((0, recipe.text.dimension), dtype=np.float32))


def _warn_if_equal(train: Sequence[Post], dev: Sequence[Post]) -> None:
    if len(dev) == len(train) and fingerprint(dev) == fingerprint(train):
        warnings.warn(
            "data.dev: holds the training posts: what was learned by heart would choose the "
            "epoch; name other posts",
            DataWarning,
            stacklevel=3,
        )


def _log_sizes(
    train: Sequence[Post], dev: Sequence[Post], indexer: Indexer, hit_rate: float | None
) -> None:
    if hit_rate is None:
        _LOG.info("%d training posts, %d dev posts", len(train), len(dev))
        return
    _LOG.info(
        "%d training posts, %d dev posts; %.1f%% and %.1f%% of their words have a pretrained "
        "vector",
        len(train),
        len(dev),
        100 * hit_rate,
        100 * indexer.hit_rate(dev),
    )


def _warn_of_foreign_vectors(recipe: Recipe, hit_rate: float | None) -> None:
    """Warn of vectors that nearly no word of the training posts has; None where there are none."""
    if hit_rate is not None and hit_rate < _FEW_HITS:
        warnings.warn(
            f"text.vectors: only {hit_rate:.1%} of the words of the training posts are in "
            f"{recipe.text.vectors}: expected most of them; name vectors of the language of the "
            "posts, or remove text.vectors",
            DataWarning,
            stacklevel=3,
        )


def _encode_pictures(recipe: Recipe, posts: Iterable[Post], out: Path) -> Path:
    """Return the recipe's store of encoded pictures, or make one of the posts' pictures.

    In place of a store it may be the feature file of the public Keras code.
    """
    store = Path(recipe.data.features) if recipe.data.features else out / "features"
    if store.exists():
        return store
    if not recipe.data.pictures:
        raise InputError(
            f"{store}: no such feature store: make it with `mner features extract`, or name the "
            "folder of pictures in data.pictures"
        )
    pictures = Path(recipe.data.pictures)
    extract_features(posts, pictures=pictures, out=store, encoder=recipe.picture)
    return store


def _check_features(store: Path, *, expected: str) -> EncoderDescription:
    """Return the description of the encoder that made a store, which has to be the recipe's."""
    encoder = open_features(store).encoder
    name = encoder["name"]
    if name in _BUILT_IN and name != expected:
        raise InputError(
            f"{store}: encoded by {name}, but picture.encoder is {expected}: set it to {name}, "
            "or name another store"
        )
    return encoder
