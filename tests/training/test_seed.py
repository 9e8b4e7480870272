"""The network of the public Keras code is trained, saved, loaded and exported like the others."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mner.model.network import emit
from mner.model.seed_network import SeedNetwork
from mner.posts.captions import attach_captions
from mner.posts.read import read_posts
from mner.recipe.sections import NetworkSection, Recipe
from mner.tagging.export import export_model
from mner.tagging.load import load
from mner.tagging.model_folder import load_network, read_model
from mner.tagging.onnx_backend import OnnxBackend
from mner.training.train import train
from mner.training.trained import Trained
from mner.types import Batch
from tests.tiny import tiny_caption_recipe


def seed_recipe(corpus: Path) -> Recipe:
    recipe = tiny_caption_recipe(corpus)
    return replace(
        recipe,
        network=NetworkSection(kind="seed"),
        text=replace(recipe.text, shapes=0, dropout=0.0, word_dropout=0.0, hidden=16),
        characters=replace(recipe.characters, longest_word=8),
        fusion=replace(recipe.fusion, attention="concat", size=16, dropout=0.0),
        training=replace(recipe.training, epochs=12, patience=12, learning_rate=0.01),
    )


@pytest.fixture(scope="module")
def trained(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return train(seed_recipe(corpus), tmp_path_factory.mktemp("seed") / "run")


def test_it_is_trained_saved_and_loaded(trained: Trained, corpus: Path) -> None:
    captions = corpus / "captions.jsonl"
    gold = list(attach_captions(read_posts(corpus / "dev.txt"), captions, fields=("short",)))
    correct, count = 0, 0
    for post, tagged in zip(gold, load(trained.model, backend="torch").tag(gold), strict=True):
        truth = {entity.span for entity in post.entities or ()}
        correct += len({entity.span for entity in tagged.entities} & truth)
        count += len(post.entities or ())
    assert trained.history[-1].loss < 0.2 * trained.history[0].loss
    assert correct > 0
    assert correct == pytest.approx(trained.dev.recall * count)


def test_its_graph_gives_the_emissions_of_torch_for_any_batch(trained: Trained) -> None:
    model = read_model(trained.model)
    network = load_network(model)
    assert isinstance(network, SeedNetwork)
    graph = OnnxBackend(
        export_model(trained.model), sizes=model.about.sizes, tags=len(model.vocabulary.tags)
    )
    for seed, lengths in enumerate([(5, 1, 3), (7,), (40, 3), (35, 36, 80)]):
        batch = random_batch(lengths, seed=seed)
        ours, theirs = graph(batch), emit(network, batch)
        for row, length in enumerate(lengths):
            np.testing.assert_allclose(
                ours.emissions[row, :length], theirs.emissions[row, :length], atol=1e-4
            )
            np.testing.assert_allclose(
                ours.word_weights[row, :length], theirs.word_weights[row, :length], atol=1e-5
            )


def random_batch(lengths: tuple[int, ...], *, seed: int) -> Batch:
    rng = np.random.default_rng(seed)
    shape = (len(lengths), max(lengths))
    return Batch(
        words=rng.integers(0, 2, shape),
        vectors=rng.normal(size=(*shape, 8)).astype(np.float32),
        characters=rng.integers(0, 5, (*shape, 6)),
        shapes=np.ones(shape, dtype=np.int64),
        lengths=np.array(lengths),
        regions=rng.normal(size=(len(lengths), 3, 8)).astype(np.float32),
        region_mask=rng.random((len(lengths), 3)) < 0.6,
    )
