from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mner.recipe.sections import Recipe
from mner.training.batches import TrainingPosts
from mner.training.material import Material, read_material
from mner.types import Batch


@pytest.fixture
def material(recipe: Recipe, tmp_path: Path) -> Material:
    return read_material(recipe, tmp_path)


def words(posts: TrainingPosts, epoch: int) -> list[list[int]]:
    """The words of each batch of an epoch, in its order."""
    return [batch.words.ravel().tolist() for batch in batches_of(posts, epoch)]


def batches_of(posts: TrainingPosts, epoch: int) -> list[Batch]:
    return [part for share in posts.shares(epoch) for part in share.parts]


def test_every_epoch_has_all_posts_in_an_order_of_its_own(material: Material) -> None:
    posts = TrainingPosts(material, batch_size=5, seed=3)
    count = len(material.train)
    for epoch in (1, 2):
        batches = batches_of(posts, epoch)
        assert (posts.count(epoch), posts.steps(epoch)) == (count, len(batches))
        lengths = np.sort(np.concatenate([batch.lengths for batch in batches]))
        assert lengths.tolist() == sorted(len(post.tokens) for post in material.train)
        assert max(len(batch.lengths) for batch in batches) == 5
    assert words(posts, 1) != words(posts, 2)


def test_seed_and_number_decide_about_the_order_of_an_epoch(material: Material) -> None:
    posts = TrainingPosts(material, batch_size=5, seed=3)
    assert words(posts, 2) == words(TrainingPosts(material, batch_size=5, seed=3), 2)
    assert words(posts, 2) != words(TrainingPosts(material, batch_size=5, seed=4), 2)


def test_some_posts_are_in_the_first_epochs_alone(material: Material) -> None:
    passes = [0] * len(material.train)
    passes[:3] = [2, 2, 1]
    posts = TrainingPosts(replace(material, passes=passes), batch_size=4, seed=0)
    count = len(material.train)
    assert [posts.count(epoch) for epoch in (1, 2, 3)] == [count, count - 1, count - 3]


def test_batches_hold_the_tags_of_gold(material: Material) -> None:
    posts = TrainingPosts(material, batch_size=len(material.train), seed=0)
    (batch,) = batches_of(posts, 1)
    assert batch.tags is not None
    tagged = int((batch.tags > 0).sum())
    spans = [entity.span for post in material.train for entity in post.entities or ()]
    assert tagged == sum(end - start for start, end, _ in spans)
