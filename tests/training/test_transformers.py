"""Models with a pretrained transformer: training, loading, export, and what errors name."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from mner.errors import InputError, ModelError
from mner.recipe.data import CorpusSection
from mner.recipe.read import read_recipe, recipe_from_dict
from mner.recipe.sections import Recipe, TransformerSection
from mner.tagging.export import export_model
from mner.tagging.load import load
from mner.training.train import train
from mner.types import Post, Span
from tests.tiny_transformers import write_bert, write_roberta
from tests.training.changes import with_data, with_training
from tests.training.weights import read_weights

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bert(tmp_path_factory.mktemp("bert"))


def with_transformer(recipe: Recipe, folder: Path, **keys: Any) -> Recipe:
    section = TransformerSection(model=str(folder), learning_rate=0.01, **keys)
    return replace(recipe, transformer=section)


def alone(recipe: Recipe) -> Recipe:
    """Transformer, linear layer and CRF."""
    return replace(
        recipe,
        text=replace(recipe.text, words=False, hidden=0, shapes=0),
        characters=replace(recipe.characters, filters=0),
    )


def spans(run: Path) -> list[list[Span]]:
    return [[entity.span for entity in post.entities or ()] for post in load(run).tag(POSTS)]


POSTS = [
    Post("one", ("saw", "Rome", "#love")),
    Post("long", ("saw", "Rome", "xyz", "bob", "was", "here") * 60),
    Post("short", ("Ann",)),
]


@pytest.mark.parametrize("is_joined", [True, False], ids=["joined", "alone"])
def test_a_transformer_is_trained_and_its_model_needs_the_pretrained_one_no_longer(
    recipe: Recipe, tmp_path: Path, *, is_joined: bool
) -> None:
    folder = write_bert(tmp_path / "bert")
    chosen = with_transformer(recipe, folder)
    trained = train(chosen if is_joined else alone(chosen), tmp_path / "run")
    assert trained.dev.f1 > 0.85
    for file in folder.iterdir():
        file.unlink()
    by_torch = spans(tmp_path / "run")
    assert any(by_torch)
    export_model(tmp_path / "run")
    assert spans(tmp_path / "run") == by_torch


def test_emissions_of_the_graph_are_those_of_torch(recipe: Recipe, tmp_path: Path) -> None:
    roberta = write_roberta(tmp_path / "roberta")
    train(with_training(with_transformer(recipe, roberta), epochs=1), tmp_path / "run")
    export_model(tmp_path / "run")
    by_torch, by_graph = (load(tmp_path / "run", backend=backend) for backend in ("torch", "onnx"))
    batch = by_torch._chain.indexer.batch(by_torch._chain.indexer.index_all(POSTS[::2]))
    np.testing.assert_allclose(
        by_torch._chain.backend(batch).emissions,
        by_graph._chain.backend(batch).emissions,
        atol=1e-5,
    )


def test_frozen_layers_stay_as_they_were_and_the_others_move(
    recipe: Recipe, bert: Path, tmp_path: Path
) -> None:
    short = with_training(recipe, epochs=2, weight_decay=0.0)
    train(with_transformer(short, bert, frozen=2), tmp_path / "run")
    before = load_file(bert / "model.safetensors")
    after = read_weights(tmp_path / "run")
    moved = {
        name: not torch.equal(tensor, after[f"text.transformer.model.{name}"])
        for name, tensor in before.items()
        if not name.startswith("pooler")
    }
    frozen = [name for name in moved if name.startswith("embeddings") or "layer.0." in name]
    trained = [name for name in moved if "layer.1." in name and "key.bias" not in name]
    assert frozen
    assert trained
    assert not any(moved[name] for name in frozen)
    assert all(moved[name] for name in trained)


def test_a_corpus_of_the_first_epochs_is_not_in_later_ones(
    recipe: Recipe, corpus: Path, tmp_path: Path
) -> None:
    usual = CorpusSection(train=str(corpus / "train.txt"), dev=str(corpus / "dev.txt"))
    extra = tmp_path / "extra.txt"
    posts = [f"IMGID:{number}\nZoe{number}\tB-PER\nwas\tO\n\n" for number in range(900, 908)]
    extra.write_text("".join(posts))
    corpora = (usual, CorpusSection(train=str(extra), epochs=2))
    changed = with_data(
        with_training(recipe, epochs=4, patience=9), train="", dev="", corpora=corpora
    )
    trained = train(changed, tmp_path / "run")
    assert [epoch.posts for epoch in trained.history] == [32, 32, 24, 24]


def test_errors_name_what_is_missing(recipe: Recipe, bert: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"transformer.model '.*nothing': no such folder"):
        train(with_transformer(recipe, tmp_path / "nothing"), tmp_path / "none")
    train(with_training(with_transformer(recipe, bert), epochs=1), tmp_path / "run")
    (tmp_path / "run" / "model" / "transformer" / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"the model folder is damaged .*tokenizer.json"):
        load(tmp_path / "run")


def test_the_page_s_keys_and_the_recipe_can_be_used(
    corpus: Path, bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (keys,) = re.findall(
        r"^```toml\n(.*?)^```$",
        (REPOSITORY / "docs" / "transformers.md").read_text(encoding="utf-8"),
        re.DOTALL | re.MULTILINE,
    )
    assert recipe_from_dict(tomllib.loads(keys)).transformer.model == "bert-base-cased"
    data = tmp_path / "twitter2015"
    data.mkdir()
    (data / "train.txt").write_bytes((corpus / "train.txt").read_bytes())
    (data / "valid.txt").write_bytes((corpus / "dev.txt").read_bytes())
    (data / "captions.jsonl").write_bytes((corpus / "captions.jsonl").read_bytes())
    monkeypatch.setenv("MNER_DATA", str(tmp_path))
    monkeypatch.setenv("MNER_VECTORS", str(corpus / "vectors.txt"))
    monkeypatch.setenv("MNER_TRANSFORMER", str(bert))
    for source in ("none", "captions"):
        changes = [f"picture.source={source}", "data.caption_fields=[]", "training.epochs=1"]
        trained = train(read_recipe("transformer-crf", changes=changes), tmp_path / source)
        assert load(trained.model).tag(POSTS)
