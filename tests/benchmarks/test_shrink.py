from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.shrink import shrink
from mner.encoding.indexer import Indexer
from mner.errors import ModelError
from mner.model.network import emit
from mner.recipe.sections import Recipe
from mner.tagging.known_posts import read_known_posts
from mner.tagging.load import load
from mner.tagging.model_folder import Model, load_network, read_model
from mner.tagging.save_model import save_model
from mner.training.train import train
from mner.types import Floats, Post

# Trained words in several spellings, one of them without a pretrained vector; an address; a word
# with only a vector; a word that is known nowhere.
POST = Post("1", ("ROME", "#rome", "@me", "Ann", "http://t.co/9", "city", "zyx", "!"))


@pytest.fixture
def model(recipe: Recipe, tmp_path: Path) -> Model:
    return read_model(train(recipe, tmp_path / "run").model)


def emissions(model: Model, network: object) -> Floats:
    indexer = Indexer(
        model.vocabulary, model.vectors, longest_word=model.recipe.characters.longest_word
    )
    return emit(network, indexer.batch([indexer.index(POST)])).emissions  # type: ignore[arg-type]


def test_a_shrunk_model_says_the_same(model: Model, tmp_path: Path) -> None:
    network = load_network(model)
    before = emissions(model, network)
    unfolded = emissions(replace(model, vocabulary=replace(model.vocabulary, words={})), network)
    small, smaller = shrink(model, network)
    assert np.abs(before - emissions(small, smaller)).max() < 0.1 < np.abs(before - unfolded).max()
    known = read_known_posts(model)
    save_model(replace(small, folder=tmp_path / "small"), smaller, known=known)
    assert read_model(tmp_path / "small").about.sizes.words == 3
    before_and_after = [
        next(load(folder).tag([POST])) for folder in (model.folder, tmp_path / "small")
    ]
    spans = [[entity.span for entity in post.entities or ()] for post in before_and_after]
    assert spans[0] == spans[1] != []


def test_a_model_with_frozen_vectors_has_nothing_to_fold(model: Model) -> None:
    frozen = replace(
        model, recipe=replace(model.recipe, text=replace(model.recipe.text, train_vectors=False))
    )
    with pytest.raises(
        ModelError, match=r"text.train_vectors is false, so there is nothing to fold"
    ):
        shrink(frozen, load_network(model))


def test_models_whose_vectors_mean_more_than_words_are_refused(model: Model) -> None:
    captions = replace(model.recipe, picture=replace(model.recipe.picture, source="captions"))
    transformer = replace(model.recipe, transformer=replace(model.recipe.transformer, model="bert"))
    for recipe in (captions, transformer):
        with pytest.raises(
            ModelError,
            match=r"expected a model of word vectors without captions and without a transformer: "
            "others cannot be made smaller",
        ):
            shrink(replace(model, recipe=recipe), load_network(model))
