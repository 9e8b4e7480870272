import json
from dataclasses import replace
from pathlib import Path

import pytest

from mner.corpora.adapt import adapt
from mner.corpora.corpus import read_split
from mner.errors import DataWarning, InputError
from mner.posts.read import read_posts
from mner.recipe.data import CorpusSection, DataSection
from mner.types import Entity, Post


@pytest.fixture
def data(tmp_path: Path) -> DataSection:
    (tmp_path / "one.conll").write_text("Ann\tB-person\nsings\tO\n\nOslo\tB-place\n")
    (tmp_path / "two.conll").write_text("hello\tO\n@\tB-PER\nann\tB-PER\n\nthe\tO\nBible\tO\n")
    (tmp_path / "test.txt").write_text("ANN\tO\nsings\tO\n!\tO\n")
    first = CorpusSection(
        train=str(tmp_path / "one.conll"), labels={"person": "PER", "place": "LOC"}
    )
    second = CorpusSection(
        train=str(tmp_path / "two.conll"),
        dev=str(tmp_path / "two.conll"),
        annotated=("PER",),
        conventions=("join-signs", "plain-mentions"),
    )
    return DataSection(corpora=(first, second), exclude=(str(tmp_path / "test.txt"),))


def test_corpora_are_made_alike_and_put_together_without_excluded_texts(data: DataSection) -> None:
    assert list(read_split(data, "train", captions=None)) == [
        Post("one:2", ("Oslo",), (Entity(0, 1, "LOC"),)),
        Post("two:1", ("hello", "@ann"), (), annotated=("PER",)),
        Post("two:2", ("the", "Bible"), (), annotated=("PER",)),
    ]
    assert [post.id for post in read_split(data, "dev", captions=None)] == ["two:1", "two:2"]


def test_a_post_says_itself_what_was_annotated_unless_the_recipe_does() -> None:
    post = Post("1", ("Oslo",), (), annotated=("place",))
    [own] = adapt([post], CorpusSection(labels={"place": "LOC"}))
    [given] = adapt([post], CorpusSection(annotated=("PER",)))
    assert (own.annotated, given.annotated) == (("LOC",), ("PER",))


def test_a_single_corpus_is_left_as_it_is(data: DataSection) -> None:
    path = data.corpora[1].train
    posts = list(read_split(DataSection(train=path, dev=path), "dev", captions=None))
    assert posts == list(read_posts(path))
    assert list(adapt(read_posts(path), CorpusSection())) == list(read_posts(path))


def test_rows_with_numbers_get_the_names_that_the_recipe_gives(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"id": "1", "tokens": ["Ann", "Roe", "sings"], "ner_tags": [1, 2, 0]}\n')
    data = DataSection(train=str(rows), labels=("O", "B-PER", "I-PER"))
    [post] = read_split(data, "train", captions=None)
    assert post.entities == (Entity(0, 2, "PER"),)
    with pytest.raises(InputError, match=r"holds numbers.*by `data\.labels` of a recipe"):
        list(read_split(replace(data, labels=()), "train", captions=None))


def test_labels_that_no_post_has_are_warned_of(data: DataSection) -> None:
    first = replace(data.corpora[0], labels={"person": "PER", "plaec": "LOC"}, annotated=("PERS",))
    with pytest.warns(DataWarning) as warned:
        list(read_split(replace(data, corpora=(first, data.corpora[1])), "train", captions=None))
    assert [str(one.message).partition(": ")[2] for one in warned] == [
        "labels of its entry in data.corpora names plaec, "
        "but the posts have person, place: check the spelling",
        "annotated of its entry in data.corpora names PERS, "
        "but the posts have PER, place: check the spelling",
    ]


def test_annotated_raw_texts_keep_their_text(tmp_path: Path) -> None:
    entity = {"start": 1, "end": 2, "label": "LOC", "text": "Rome", "start_char": 4, "end_char": 8}
    post = {
        "id": "1",
        "text": "saw Rome",
        "tokens": ["saw", "Rome"],
        "offsets": [[0, 3], [4, 8]],
        "entities": [entity],
    }
    (tmp_path / "posts.jsonl").write_text(json.dumps(post) + "\n")
    data = DataSection(train=str(tmp_path / "posts.jsonl"))
    assert list(read_split(data, "train", captions=None)) == [
        Post(
            "1",
            ("saw", "Rome"),
            (Entity(1, 2, "LOC"),),
            text="saw Rome",
            offsets=((0, 3), (4, 8)),
        )
    ]


def test_excluded_texts_are_read_as_the_corpora_are(tmp_path: Path) -> None:
    (tmp_path / "train.conll").write_text("Ann\tS-PER\n\nBob\tS-PER\n")
    (tmp_path / "test.conll").write_text("ann\tS-PER\n")
    data = DataSection(
        train=str(tmp_path / "train.conll"), exclude=(str(tmp_path / "test.conll"),), scheme="bioes"
    )
    assert [post.tokens for post in read_split(data, "train", captions=None)] == [("Bob",)]
