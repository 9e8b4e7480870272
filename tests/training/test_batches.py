import gc
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from mner.recipe.sections import Recipe
from mner.training.batches import TrainingPosts
from mner.training.material import Material, read_material
from mner.types import Batch, PictureState, Post, Regions
from tests.tiny import imgid_text
from tests.training.changes import with_data


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


def test_processes_share_a_batch_and_each_computes_its_share_in_parts(material: Material) -> None:
    whole = TrainingPosts(material, batch_size=10, seed=3)
    shared = [
        TrainingPosts(material, batch_size=10, seed=3, parts=2, process=number, processes=2)
        for number in range(2)
    ]
    for batch, *shares in zip(whole.shares(2), *(posts.shares(2) for posts in shared), strict=True):
        (everything,) = batch.parts
        assert [share.posts for share in shares] == [batch.posts] * 2 == [len(everything.words)] * 2
        lengths = [part.lengths.tolist() for share in shares for part in share.parts]
        assert all(len(part) <= 3 for part in lengths)  # 10 posts, 2 processes, 2 parts
        for number, share in enumerate(shares):
            own = [length for part in share.parts for length in part.lengths.tolist()]
            assert own == everything.lengths[number::2].tolist()


def test_a_batch_that_is_not_full_is_a_step_too(material: Material) -> None:
    count = len(material.train)
    for size in (1, 5, count - 1, count, count + 1):
        posts = TrainingPosts(material, batch_size=size, seed=0)
        assert posts.steps(1) == len(list(posts.shares(1))) == -(-count // size)


def test_regions_of_training_posts_go_with_them_and_their_states_are_said(
    material: Material, caplog: pytest.LogCaptureFixture
) -> None:
    source = LengthsAsRegions(absent="0")
    seen = replace(material, regions=source)
    with caplog.at_level("INFO", logger="mner"):
        posts = TrainingPosts(seen, batch_size=7, seed=0)
    assert source.asked == [*material.train, *material.dev]
    count = len(material.train)
    assert caplog.messages == [
        f"training posts by the state of picture or caption: 1 absent, {count - 1} present"
    ]
    masked = 0
    for batch in batches_of(posts, 1):
        masked += int((~batch.region_mask[:, 0]).sum())
        shown = batch.regions[:, 0, 0]
        assert (shown == np.where(batch.region_mask[:, 0], batch.lengths, 0)).all()
    assert masked == 1


def test_the_posts_of_an_epoch_are_read_when_their_batch_comes(
    recipe: Recipe, tmp_path: Path
) -> None:
    (tmp_path / "train.txt").write_text(imgid_text(500))
    (tmp_path / "run").mkdir()
    before = posts_alive()
    material = read_material(with_data(recipe, train=str(tmp_path / "train.txt")), tmp_path / "run")
    posts = TrainingPosts(material, batch_size=4, seed=0)
    # Looking through all objects takes a second in a process that has run many tests.
    most = max(posts_alive() for step, _ in enumerate(posts.shares(1)) if step % 25 == 0)
    assert posts.count(1) == 500
    assert most - before <= len(material.dev) + 8


def posts_alive() -> int:
    gc.collect()
    return sum(type(thing) is Post for thing in gc.get_objects())


def test_pictures_are_left_away_from_some_posts_others_in_each_epoch(material: Material) -> None:
    seen = replace(material, regions=LengthsAsRegions())
    every = TrainingPosts(seen, batch_size=5, seed=3)
    some = TrainingPosts(seen, batch_size=5, seed=3, picture_dropout=0.4)
    halves = [
        TrainingPosts(
            seen, batch_size=5, seed=3, picture_dropout=0.4, parts=2, process=number, processes=2
        )
        for number in (0, 1)
    ]
    shown = {epoch: pictures_of(some, epoch) for epoch in range(1, 31)}
    for epoch, of_epoch in shown.items():
        assert words(some, epoch) == words(every, epoch)
        assert of_epoch == pictures_of(some, epoch)
        apart = pictures_of(halves[0], epoch) + pictures_of(halves[1], epoch)
        assert sorted(apart) == sorted(of_epoch)
    assert len({tuple(of_epoch) for of_epoch in shown.values()}) == len(shown)
    share = np.mean([bool(picture) for of_epoch in shown.values() for _, picture in of_epoch])
    assert share == pytest.approx(0.6, abs=0.06)
    assert all(picture for _, picture in pictures_of(every, 1))


class LengthsAsRegions:
    """A region a post, which says how long it is; one post has none."""

    width = 3
    looks_at: Literal["pictures"] = "pictures"

    def __init__(self, absent: str | None = None) -> None:
        self.absent = absent
        self.asked: list[Post] = []

    def __call__(self, posts: Sequence[Post]) -> list[Regions]:
        self.asked.extend(posts)
        return [self.regions_of(post) for post in posts]

    def regions_of(self, post: Post) -> Regions:
        if post.id == self.absent:
            return Regions(PictureState.ABSENT, np.zeros((0, 3), dtype=np.float32))
        lengths = np.full((1, 3), len(post.tokens), dtype=np.float32)
        return Regions(PictureState.PRESENT, lengths)


def pictures_of(posts: TrainingPosts, epoch: int) -> list[tuple[bytes, float]]:
    """The words of each post of an epoch, and what its region says; 0 without one."""
    found = []
    for batch in batches_of(posts, epoch):
        for row, length in enumerate(batch.lengths):
            seen = batch.regions[row][batch.region_mask[row]]
            assert seen.tolist() in ([], [[length] * 3])
            found.append((batch.words[row, :length].tobytes(), float(seen.sum())))
    return found
