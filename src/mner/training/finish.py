"""From trained weights to a model: the tagger of the weights, and what is fitted to dev."""

from functools import partial
from pathlib import Path

import torch

import mner
from mner.corpora.overlap import KnownTexts, text_digests
from mner.model.network import Network, emit
from mner.recipe.sections import Recipe
from mner.spans.entities import EntityDecoder
from mner.spans.gold import fingerprint, mentions
from mner.tagging.about import About
from mner.tagging.decoder_file import crf_parameters
from mner.tagging.digests import FileDigests
from mner.tagging.known_posts import KnownPosts
from mner.tagging.model_folder import Model, ModelFiles
from mner.tagging.tagger import Tagger
from mner.training.calibration import balance, temperature_of
from mner.training.environment import environment
from mner.training.log import Epoch
from mner.training.material import Material

__all__ = ["fit_model", "known_posts", "make_tagger"]


def make_tagger(
    network: Network, material: Material, *, recipe: Recipe, device: torch.device
) -> Tagger:
    """Make a tagger of a network's weights as they are, without a temperature."""
    return Tagger(
        material.indexer,
        partial(emit, network, device=device),
        EntityDecoder(material.vocabulary.tags, crf_parameters(network, material.vocabulary.tags)),
        regions=material.regions,
        per_word=recipe.attends_per_word,
    )


def fit_model(
    recipe: Recipe,
    material: Material,
    tagger: Tagger,
    *,
    best: Epoch,
    folder: Path,
    build: str | None = None,
) -> Model:
    """Fit the balance of O and the temperature to dev, and describe the model.

    Args:
        recipe: what was trained; it says whether O is balanced.
        material: what it was trained on.
        tagger: with the weights of the best epoch.
        best: that epoch.
        folder: where the model will be saved.
        build: the name of the function that built the network; None for a network of `mner`.
    """
    if recipe.training.balance:
        tagger = balance(tagger, material.dev)
    return Model(
        folder=folder,
        recipe=recipe,
        vocabulary=material.vocabulary,
        vectors=material.vectors,
        pieces=material.pieces,
        about=_about(recipe, material, best, build),
        crf=tagger.crf,
        temperature=temperature_of(tagger, material.dev),
        digests=FileDigests(folder / ModelFiles().about),
    )


def known_posts(material: Material) -> KnownPosts:
    """Return what a model folder keeps of the posts of a training."""
    texts = KnownTexts(text_digests(material.train), text_digests(material.dev))
    return KnownPosts(mentions(material.train), texts)


def _about(recipe: Recipe, material: Material, best: Epoch, build: str | None) -> About:
    return About(
        mner=mner.__version__,
        labels=material.vocabulary.labels,
        sizes=material.sizes,
        encoder=material.picture_encoder,
        seed=recipe.training.seed,
        train_posts=len(material.train),
        train_fingerprint=fingerprint(material.train),
        dev_fingerprint=fingerprint(material.dev),
        best_epoch=best.epoch,
        dev_f1=best.dev.f1,
        dev_scoring=best.dev.scoring,
        environment=environment(),
        build=build,
    )
