"""What training, checks and statistics make of posts whose fields disagree, or without words."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from mner.corpora.check import check_files
from mner.corpora.corpus import read_corpus
from mner.corpora.stats import corpus_stats
from mner.errors import DataWarning, InputError
from mner.posts.read import read_tagged
from mner.recipe.data import DataSection

GOLD = {"id": "1", "tokens": ["Ann"], "entities": [{"start": 0, "end": 1, "label": "PER"}]}
WORDLESS = {"id": "2", "text": ""}
CONTRADICTORY = {"id": "3", "tokens": ["Ann"], "text": "Bob", "entities": []}


def written(folder: Path, *posts: Mapping[str, object]) -> Path:
    path = folder / "posts.jsonl"
    path.write_text("".join(json.dumps(post) + "\n" for post in posts))
    return path


def test_training_refuses_contradictions_by_line(tmp_path: Path) -> None:
    file = written(tmp_path, GOLD, CONTRADICTORY)
    with pytest.raises(
        InputError,
        match=r"posts\.jsonl:2: post '3': token 0, 'Ann', is not in the text; .*\(contradiction, ",
    ):
        list(read_corpus(file, DataSection(), captions=None))
    with pytest.warns(DataWarning, match=r"posts\.jsonl:2: .*contradiction: 1 in this file"):
        assert [post.id for post in read_tagged(file)] == ["1", "3"]


def test_training_counts_posts_without_words_and_leaves_them_out(tmp_path: Path) -> None:
    file = written(tmp_path, GOLD, WORDLESS, WORDLESS | {"id": "4"})
    with pytest.warns(DataWarning, match=r"post '2' has no words: .*empty-post: 2 in this file"):
        posts = list(read_corpus(file, DataSection(), captions=None))
    assert [post.id for post in posts] == ["1"]


def test_nothing_can_be_learned_of_posts_without_words_alone(tmp_path: Path) -> None:
    file = written(tmp_path, WORDLESS)
    with (
        pytest.warns(DataWarning, match="empty-post: 1"),
        pytest.raises(InputError, match=r"posts\.jsonl: holds no posts with words"),
    ):
        list(read_corpus(file, DataSection(), captions=None))


def test_posts_without_words_need_no_annotation(tmp_path: Path) -> None:
    file = written(tmp_path, GOLD, WORDLESS)
    assert [finding.kind for finding in check_files([file]).found] == ["empty-post"]
    stats = corpus_stats(file)
    assert (stats.posts, stats.posts_not_annotated) == (2, 0)
    file = written(tmp_path, {"text": "Ann"}, WORDLESS)
    assert check_files([file]).not_annotated == (str(file),)
