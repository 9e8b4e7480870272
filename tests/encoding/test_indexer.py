import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mner.encoding.indexer import Indexer
from mner.encoding.pieces import Pieces
from mner.encoding.vectors import VectorTable
from mner.encoding.vocab import Vocabulary
from mner.errors import InputError
from mner.types import NO_ROW, UNKNOWN_ROW, Entity, PictureState, Post, Regions
from tests.tiny_transformers import write_bert, write_roberta

TOKENS = ("Ann", "loves", "#Paris", "http://t.co/1")
TRAIN = (Post("1", TOKENS, (Entity(0, 1, "PER"), Entity(2, 3, "LOC"))),)
VECTORS = VectorTable.from_words(
    ["ann", "paris", "rome", "a", "tower"], np.arange(1, 11, dtype=np.float32).reshape(5, 2)
)


@pytest.fixture
def indexer() -> Indexer:
    vocabulary = Vocabulary.build(TRAIN, is_known=lambda word: bool(VECTORS.rows([word])[0] >= 0))
    return Indexer(vocabulary, VECTORS, longest_word=5)


def test_rows_tell_trained_from_known_from_unknown_words(indexer: Indexer) -> None:
    indexed = indexer.index(Post("2", ("PARIS", "rome", "loves", "http://other")))
    assert indexed.words[0] > UNKNOWN_ROW
    assert indexed.words[1] == NO_ROW
    assert indexed.words[2] == UNKNOWN_ROW
    assert indexed.words[3] > UNKNOWN_ROW
    assert indexed.vectors.tolist() == [[3, 4], [5, 6], [0, 0], [0, 0]]


def test_many_posts_are_indexed_as_one_by_one(indexer: Indexer) -> None:
    posts = [*TRAIN, Post("2", ("rome", "Ann", "Ann")), Post("3", ("nobody",))]
    other = Indexer(indexer._vocabulary, VECTORS, longest_word=5)
    for together, post in zip(indexer.index_all(posts), posts, strict=True):
        alone = other.index(post)
        for name in ("words", "vectors", "characters", "shapes"):
            np.testing.assert_array_equal(getattr(together, name), getattr(alone, name))
    with pytest.raises(InputError, match="post '4' has no words"):
        indexer.index_all([TRAIN[0], Post("4", ())])


def test_threads_that_share_an_indexer_do_not_disturb_one_another(
    indexer: Indexer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mner.encoding.indexer._LARGEST_CACHE", 3)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    words = [f"w{number}" for number in range(220)]
    posts = [Post(str(start), tuple(words[start : start + 20])) for start in range(200)]

    def shape(post: Post) -> tuple[int, ...]:
        return indexer.index(post).characters.shape

    try:
        with ThreadPoolExecutor(4) as pool:
            shapes = list(pool.map(shape, posts * 4))
    finally:
        sys.setswitchinterval(interval)
    assert shapes == [*map(shape, posts)] * 4


def test_words_longer_than_the_bound_are_cut(indexer: Indexer) -> None:
    assert indexer.index(Post("2", ("Annnnnnnnn",))).characters.shape == (1, 5)


def test_gold_tags_are_numbered(indexer: Indexer) -> None:
    indexed = indexer.index(TRAIN[0], with_tags=True)
    assert indexed.tags is not None
    assert indexed.tags.tolist() == [3, 0, 1, 0]


def test_a_label_that_was_not_looked_for_may_stand_wherever_gold_says_nothing(
    indexer: Indexer,
) -> None:
    post = replace(TRAIN[0], entities=(Entity(0, 1, "PER"),), annotated=("PER",))
    partial = indexer.index(post, with_tags=True)
    assert partial.allowed is not None
    # O, B-LOC, I-LOC, B-PER, I-PER
    assert partial.allowed.astype(int).tolist() == [[0, 0, 0, 1, 0], *[[1, 1, 1, 0, 0]] * 3]
    whole = indexer.index(Post("2", ("Ann",), ()), with_tags=True)
    mixed = indexer.batch([partial, whole]).allowed
    assert mixed is not None
    assert mixed[1].astype(int).tolist() == [[1, 0, 0, 0, 0], *[[0] * 5] * 3]
    assert indexer.batch([whole]).allowed is None
    assert indexer.batch([indexer.index(TRAIN[0])]).allowed is None


def test_a_batch_holds_the_arrays_of_its_posts(indexer: Indexer) -> None:
    posts = [indexer.index(TRAIN[0]), indexer.index(Post("2", ("Ann",)))]
    batch = indexer.batch(
        posts, [Regions(PictureState.ABSENT, np.zeros((0, 2), dtype=np.float32))] * 2
    )
    assert batch.lengths.tolist() == [4, 1]
    assert not batch.words[1, 1:].any()
    assert batch.region_mask.tolist() == [[False], [False]]
    np.testing.assert_array_equal(batch.vectors[0], posts[0].vectors)


def test_hit_rate_counts_words(indexer: Indexer) -> None:
    assert indexer.hit_rate(TRAIN) == 0.5
    assert indexer.hit_rate([]) == 0.0


def test_what_cannot_be_indexed_is_named(indexer: Indexer) -> None:
    with pytest.raises(InputError, match="post '9' has no words"):
        indexer.index(Post("9", ()))
    with pytest.raises(InputError, match="post '9' is not annotated"):
        indexer.index(Post("9", ("a",)), with_tags=True)
    post = Post("9", ("a",), (Entity(0, 1, "ORG"),))
    message = "post '9' has the tag 'B-ORG': the training posts hold only LOC, PER"
    with pytest.raises(InputError, match=message):
        indexer.index(post, with_tags=True)


def test_a_post_is_as_long_as_its_words_or_where_a_transformer_reads_it_as_its_pieces(
    indexer: Indexer, tmp_path: Path
) -> None:
    posts = [Post("2", ("Rome", "saw", "Ann")), Post("3", ("https://t.co/abc", "#love"))]
    assert indexer.lengths(posts) == [3, 2]
    pieces = Pieces.pretrained(str(write_bert(tmp_path)))
    with_pieces = Indexer(indexer._vocabulary, VECTORS, pieces, longest_word=5)
    assert with_pieces.lengths(posts) == [4, 3]


def test_hashtags_that_are_known_nowhere_have_the_mean_of_their_words(indexer: Indexer) -> None:
    parting = Indexer(indexer._vocabulary, VECTORS, longest_word=5, parts_hashtags=True)
    post = Post("2", ("#RomeTower", "#RomeZyx", "#ZyxQ", "#paris", "RomeTower"))
    indexed, whole = parting.index(post), indexer.index(post)
    # rome is (5, 6), tower (9, 10), paris (3, 4)
    assert indexed.vectors.tolist() == [[7, 8], [5, 6], [0, 0], [3, 4], [0, 0]]
    assert whole.vectors.tolist() == [[0, 0], [0, 0], [0, 0], [3, 4], [0, 0]]
    assert indexed.words[:2].tolist() == [NO_ROW, NO_ROW]
    assert indexed.words[2:].tolist() == whole.words[2:].tolist()
    assert whole.words[:3].tolist() == [UNKNOWN_ROW] * 3


@pytest.mark.parametrize("word", ["paris", "rome", "tower"])
def test_every_row_of_the_vectors_counts_as_a_part(indexer: Indexer, word: str) -> None:
    parting = Indexer(indexer._vocabulary, VECTORS, longest_word=5, parts_hashtags=True)
    indexed = parting.index(Post("1", (f"#Zyx{word.title()}", word)))
    assert indexed.vectors[0].tolist() == indexed.vectors[1].tolist() != [0, 0]


def test_a_hashtag_that_was_trained_is_not_parted() -> None:
    posts = [Post(name, ("#RomeTower", "Ann"), (Entity(1, 2, "PER"),)) for name in "12"]
    vocabulary = Vocabulary.build(posts, is_known=lambda _: False)
    indexer = Indexer(vocabulary, VECTORS, longest_word=5, parts_hashtags=True)
    indexed = indexer.index(posts[0])
    assert indexed.vectors[0].tolist() == [0, 0]
    assert indexed.words[0] > UNKNOWN_ROW


def test_a_word_in_any_row_of_the_table_counts_as_known(indexer: Indexer) -> None:
    assert indexer.index(Post("2", ("rome", "a", "tower"))).words.tolist() == [NO_ROW] * 3


def test_characters_and_shapes_that_were_not_trained_have_the_unknown_row(
    indexer: Indexer,
) -> None:
    indexed = indexer.index(Post("2", ("Zn9", "nn")))
    known = indexer._vocabulary.characters["n"]
    assert indexed.characters.tolist() == [[UNKNOWN_ROW, known, UNKNOWN_ROW], [known, known, 0]]
    assert indexed.shapes[0] == UNKNOWN_ROW
    trained = indexer.index(Post("2", ("Ann", "#Paris")))
    assert trained.shapes.tolist() == [
        indexer._vocabulary.shapes[shape] for shape in ("Xxx", "#Xxx")
    ]


def test_an_indexed_post_has_the_types_of_a_batch(indexer: Indexer) -> None:
    indexed = indexer.index(TRAIN[0], with_tags=True)
    assert indexed.tags is not None
    assert indexed.allowed is not None
    whole = (indexed.words, indexed.characters, indexed.shapes, indexed.tags)
    assert {str(array.dtype) for array in whole} == {"int64"}
    assert [str(array.dtype) for array in (indexed.vectors, indexed.allowed)] == ["float32", "bool"]


def test_batches_of_pieces_are_filled_up_by_the_padding_of_the_tokenizer(
    indexer: Indexer, tmp_path: Path
) -> None:
    pieces = Pieces.pretrained(str(write_roberta(tmp_path)))
    with_pieces = Indexer(indexer._vocabulary, VECTORS, pieces, longest_word=5)
    posts = with_pieces.index_all([Post("2", ("ann", "was", "here")), Post("3", ("ann",))])
    batch = with_pieces.batch(posts)
    assert pieces.padding == 1
    for row, mask, post in zip(batch.pieces, batch.piece_mask, posts, strict=True):
        assert post.piece_spans is not None
        ((span,), _) = post.piece_spans
        assert row[mask].tolist() == span.tolist()
        assert (row[~mask] == 1).all()
    assert not batch.piece_mask.all()


def test_a_model_without_a_transformer_has_no_pieces(indexer: Indexer) -> None:
    indexed = indexer.index(TRAIN[0])
    assert (indexed.piece_spans, indexed.tags, indexed.allowed) == (None, None, None)


def test_what_was_looked_up_is_forgotten_only_above_the_bound(
    indexer: Indexer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mner.encoding.indexer._LARGEST_CACHE", 3)
    indexer.index(Post("2", ("a", "b", "c")))
    indexer.index(Post("3", ("d",)))
    assert list(indexer._seen) == ["a", "b", "c", "d"]
    indexer.index(Post("4", ("a",)))
    assert list(indexer._seen) == ["a"]
