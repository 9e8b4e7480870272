"""Real posts with real pictures go the whole way: encoded, learned by heart, and tagged."""

from pathlib import Path

import pytest

from mner.errors import DataWarning
from mner.posts.read import read_posts
from mner.recipe.data import DataSection
from mner.recipe.sections import FusionSection, PictureSection, Recipe, TextSection, TrainingSection
from mner.tagging.load import load
from mner.training.train import train
from mner.types import PictureState


@pytest.mark.filterwarnings("ignore:.*orphan-tag:mner.errors.DataWarning")
@pytest.mark.parametrize("corpus_name", ["twitter2015", "twitter2017"])
def test_real_pairs_are_encoded_learned_and_tagged(
    real_data: Path, tmp_path: Path, corpus_name: str
) -> None:
    file, pictures = real_data / "pairs30" / f"{corpus_name}.txt", real_data / "pairs30" / "images"
    recipe = Recipe(
        data=DataSection(train=str(file), dev=str(file), pictures=str(pictures)),
        text=TextSection(dimension=30, hidden=32, dropout=0.0, word_dropout=0.0),
        picture=PictureSection(source="pixels"),
        fusion=FusionSection(size=16, dropout=0.0),
        training=TrainingSection(
            epochs=60, patience=60, batch_size=5, learning_rate=0.01, warmup_steps=5, threads=1
        ),
    )
    with pytest.warns(DataWarning, match="holds the training posts"):
        trained = train(recipe, tmp_path / "run")
    assert trained.dev.f1 == 1.0
    posts = list(read_posts(file))
    tagged = list(load(trained.model, pictures=pictures).explain(posts))
    assert [one.picture for one in tagged] == [PictureState.PRESENT] * 15
    assert [[entity.span for entity in one.post.entities or ()] for one in tagged] == [
        [entity.span for entity in post.entities or ()] for post in posts
    ]
    assert {one.attention.regions.shape[1] for one in tagged} == {49}
