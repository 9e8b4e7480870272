import os
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from mner.corpora.sample import SPLITS, write_sample
from mner.errors import InputError
from mner.pictures.decode import read_picture
from mner.pictures.names import find_picture
from mner.posts.read import read_posts
from mner.types import PictureState, Post

LABELS = {"PER", "LOC", "ORG", "OTHER"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpora") / "sample"
    assert write_sample(path)
    return path


@pytest.fixture(scope="module")
def corpus(folder: Path) -> dict[str, list[Post]]:
    return {split: list(read_posts(folder / f"{split}.txt", strict=True)) for split in SPLITS}


def mentions(posts: list[Post]) -> list[tuple[str, str]]:
    """Name and label of each; #SilverHart and Silver Hart are one name."""
    found = []
    for post in posts:
        for entity in post.entities or ():
            name = "".join(post.tokens[entity.start : entity.end]).lstrip("#")
            found.append((name, entity.label))
    return found


def labels_by_name(posts: list[Post]) -> dict[str, set[str]]:
    labels = defaultdict(set)
    for name, label in mentions(posts):
        labels[name].add(label)
    return dict(labels)


def test_the_splits_have_their_sizes_and_no_picture_is_in_two(
    corpus: dict[str, list[Post]],
) -> None:
    assert {split: len(posts) for split, posts in corpus.items()} == {
        "train": 600,
        "valid": 150,
        "test": 250,
    }
    ids = [post.picture for posts in corpus.values() for post in posts]
    assert len(set(ids)) == 1000


@pytest.mark.parametrize("split", SPLITS)
def test_a_name_tells_nothing_of_its_type(corpus: dict[str, list[Post]], split: str) -> None:
    assert all(labels == LABELS for labels in labels_by_name(corpus[split]).values())
    counts = Counter(label for _, label in mentions(corpus[split]))
    assert max(counts.values()) < 1.15 * min(counts.values())


def test_some_names_are_never_in_train(corpus: dict[str, list[Post]]) -> None:
    train, valid, test = (
        labels_by_name(corpus[split]).keys() for split in ("train", "valid", "test")
    )
    assert (len(train), len(valid - train), len(test - train)) == (30, 4, 6)
    assert not (valid - train) & (test - train)


def test_posts_have_no_one_or_two_entities(corpus: dict[str, list[Post]]) -> None:
    sizes = Counter(len(post.entities or ()) for post in corpus["train"])
    assert set(sizes) == {0, 1, 2}
    assert sizes[0] > 30
    assert sizes[2] > 60


def test_posts_look_like_tweets(corpus: dict[str, list[Post]]) -> None:
    tokens = [token for post in corpus["train"] for token in post.tokens]
    for sign in ("RT", "http://t.co/", "@", "#"):
        assert sum(token.startswith(sign) for token in tokens) > 50
    assert not any("{" in token or token == "NAME" for token in tokens)
    starts = []
    for post in corpus["train"]:
        starts += [post.tokens[entity.start] for entity in post.entities or ()]
    assert sum(start.startswith("#") for start in starts) > 20


@pytest.mark.parametrize(
    ("split", "absent", "unreadable"), [("train", 30, 12), ("valid", 8, 3), ("test", 12, 5)]
)
def test_some_pictures_are_absent_or_unreadable(
    folder: Path, corpus: dict[str, list[Post]], split: str, absent: int, unreadable: int
) -> None:
    states = Counter(
        PictureState.ABSENT if path is None else read_picture(path).state
        for path in _paths(folder, corpus[split])
    )
    assert (states[PictureState.ABSENT], states[PictureState.UNREADABLE]) == (absent, unreadable)


def _paths(folder: Path, posts: list[Post]) -> list[Path | None]:
    return [find_picture(folder / "images", str(post.picture)) for post in posts]


SMALL = {"train": 12, "valid": 3, "test": 5}
AGAIN = """
import sys
from pathlib import Path
from mner.corpora.sample import write_sample
write_sample(Path(sys.argv[1]), sizes=eval(sys.argv[2]))
"""


def test_the_same_seed_gives_the_same_corpus(tmp_path: Path) -> None:
    assert write_sample(tmp_path / "here", sizes=SMALL)
    subprocess.run(
        [sys.executable, "-c", AGAIN, str(tmp_path / "there"), str(SMALL)],
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7"},
    )
    here, there = (contents(tmp_path / name) for name in ("here", "there"))
    assert len(here) == 4 + 20 - 1  # one of twelve is absent
    assert here == there
    assert sorted(path.name for path in tmp_path.iterdir()) == ["here", "there"]


def test_another_seed_gives_another_corpus(tmp_path: Path) -> None:
    for seed in (0, 1):
        write_sample(tmp_path / str(seed), seed=seed, sizes=SMALL)
    zero, one = (contents(tmp_path / name) for name in ("0", "1"))
    assert not any(zero[name] == one[name] for name in zero.keys() & one.keys())


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_corpus_that_is_there_is_left_as_it_is(folder: Path) -> None:
    before = (folder / "train.txt").stat().st_mtime_ns
    assert not write_sample(folder)
    assert (folder / "train.txt").stat().st_mtime_ns == before


def test_a_corpus_of_another_seed_is_not_overwritten(folder: Path) -> None:
    with pytest.raises(
        InputError,
        match=r"a sample corpus of \{.*'seed': 0, .*\}, expected \{.*'seed': 5, .*\}: "
        "choose another folder",
    ):
        write_sample(folder, seed=5)


def test_a_folder_of_something_else_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("dear")
    with pytest.raises(InputError, match="is there already and is no sample corpus"):
        write_sample(tmp_path)
    with pytest.raises(InputError, match="is there already and is no sample corpus"):
        write_sample(tmp_path / "letter")
    with pytest.raises(InputError, match="cannot be written"):
        write_sample(tmp_path / "letter" / "sample")
    assert [path.name for path in tmp_path.iterdir()] == ["letter"]
