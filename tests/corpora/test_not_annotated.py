from pathlib import Path

import pytest

from mner.corpora.check import check_files
from mner.corpora.corpus import read_corpus
from mner.corpora.stats import corpus_stats
from mner.errors import InputError
from mner.posts.reading import Columns, ReadingOptions
from mner.recipe.data import DataSection


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "posts.conll"
    path.write_text("Ann\nflew\n\nok\n\n")
    return path


def test_unknown_is_not_o(file: Path) -> None:
    assert check_files([file]).not_annotated == (str(file),)
    stats = corpus_stats(file)
    assert (stats.posts, stats.posts_not_annotated, stats.posts_without_entities) == (2, 2, 0)
    assert "0 without entities; 2 not annotated" in stats.render()
    with pytest.raises(InputError, match=r"posts\.conll:1: post '1' is not annotated: expected"):
        list(read_corpus(file, DataSection(), captions=None))


def test_a_post_without_a_tag_among_others(file: Path) -> None:
    file.write_text(file.read_text() + "Bob\tB-PER\n\n")
    (finding,) = check_files([file]).found
    assert (finding.kind, finding.count) == ("not-annotated", 2)
    with pytest.raises(InputError, match=r"posts\.conll:1: post '1' is not annotated: expected"):
        list(read_corpus(file, DataSection(), captions=None))


def test_a_recipe_names_the_columns(file: Path) -> None:
    file.write_text("Ann PER B-PER x\nflew O O x\n\n")
    (post,) = read_corpus(file, DataSection(columns="token=1,tag=3"), captions=None)
    assert [entity.label for entity in post.entities or ()] == ["PER"]
    with pytest.raises(InputError, match="columns 'tag' are not known"):
        list(read_corpus(file, DataSection(columns="tag"), captions=None))
    reading = ReadingOptions(columns=Columns(tag=2), scheme="io")
    assert corpus_stats(file, reading=reading).labels == {"PER": 1}
