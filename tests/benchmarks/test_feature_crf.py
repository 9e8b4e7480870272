from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.crf_features import features
from benchmarks.feature_crf import train
from mner.posts.read import read_posts
from mner.types import Post
from tests.tiny import imgid_text


@pytest.fixture
def posts(tmp_path: Path) -> list[Post]:
    (tmp_path / "train.txt").write_text(imgid_text(24))
    return list(read_posts(tmp_path / "train.txt"))


def test_a_crf_learns_its_posts_and_trains_twice_the_same(
    posts: list[Post], tmp_path: Path
) -> None:
    one, other = (
        train(posts, features, tmp_path / f"{number}.crfsuite", l1=0.0, l2=0.01)
        for number in range(2)
    )
    untagged = [replace(post, entities=None) for post in posts]
    assert one.tag(untagged) == posts
    assert one.file.read_bytes() == other.file.read_bytes()
    assert one.parameters() > 0
    assert one.iterations > 0


def test_l1_leaves_fewer_weights(posts: list[Post], tmp_path: Path) -> None:
    dense, sparse = (
        train(posts, features, tmp_path / f"{l1}.crfsuite", l1=l1, l2=0.01) for l1 in (0.0, 1.0)
    )
    assert sparse.parameters() < dense.parameters()
