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
from tests.tiny_transformers import write_bert

TRAIN = (
    Post(
        "1", ("Ann", "loves", "#Paris", "http://t.co/1"), (Entity(0, 1, "PER"), Entity(2, 3, "LOC"))
    ),
)
VECTORS = VectorTable.from_words(
    ["ann", "paris", "rome", "a", "tower"], np.arange(1, 11, dtype=np.float32).reshape(5, 2)
)


@pytest.fixture
def indexer() -> Indexer:
    vocabulary = Vocabulary.build(TRAIN, is_known=lambda word: bool(VECTORS.rows([word])[0] >= 0))
    return Indexer(vocabulary, VECTORS, longest_word=5)


def test_rows_tell_trained_from_known_from_unknown_words(indexer: Indexer) -> None:
    encoded = indexer.index(Post("2", ("PARIS", "rome", "loves", "http://other")))
    assert encoded.words[0] > UNKNOWN_ROW
    assert encoded.words[1] == NO_ROW
    assert encoded.words[2] == UNKNOWN_ROW
    assert encoded.words[3] > UNKNOWN_ROW
    assert encoded.vectors.tolist() == [[3, 4], [5, 6], [0, 0], [0, 0]]


def test_many_posts_are_encoded_as_one_by_one(indexer: Indexer) -> None:
    posts = [*TRAIN, Post("2", ("rome", "Ann", "Ann")), Post("3", ("nobody",))]
    alone = Indexer(indexer._vocabulary, VECTORS, longest_word=5)
    for together, one in zip(
        indexer.index_all(posts), [alone.index(post) for post in posts], strict=True
    ):
        for name in ("words", "vectors", "characters", "shapes"):
            np.testing.assert_array_equal(getattr(together, name), getattr(one, name))
    with pytest.raises(InputError, match="post '4' has no words"):
        indexer.index_all([TRAIN[0], Post("4", ())])


def test_threads_that_share_an_encoder_do_not_disturb_one_another(
    indexer: Indexer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mner.encoding.indexer._LARGEST_CACHE", 3)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    posts = [
        Post(str(number), tuple(f"w{number + step}" for step in range(20))) for number in range(200)
    ]
    try:
        with ThreadPoolExecutor(4) as pool:
            shapes = list(pool.map(lambda post: indexer.index(post).characters.shape, posts * 4))
    finally:
        sys.setswitchinterval(interval)
    assert shapes == [indexer.index(post).characters.shape for post in posts] * 4


def test_words_longer_than_the_bound_are_cut(indexer: Indexer) -> None:
    assert indexer.index(Post("2", ("Annnnnnnnn",))).characters.shape == (1, 5)


def test_gold_tags_are_numbered(indexer: Indexer) -> None:
    encoded = indexer.index(TRAIN[0], with_tags=True)
    assert encoded.tags is not None
    assert encoded.tags.tolist() == [3, 0, 1, 0]


def test_a_label_that_was_not_looked_for_may_stand_wherever_gold_says_nothing(
    indexer: Indexer,
) -> None:
    partial = indexer.index(
        replace(TRAIN[0], entities=(Entity(0, 1, "PER"),), annotated=("PER",)), with_tags=True
    )
    assert partial.allowed is not None
    # O, B-LOC, I-LOC, B-PER, I-PER
    assert partial.allowed.astype(int).tolist() == [[0, 0, 0, 1, 0], *[[1, 1, 1, 0, 0]] * 3]
    whole = indexer.index(Post("2", ("Ann",), ()), with_tags=True)
    mixed = indexer.batch([partial, whole]).allowed
    assert mixed is not None
    assert mixed[1].astype(int).tolist() == [[1, 0, 0, 0, 0], *[[0] * 5] * 3]
    assert indexer.batch([whole]).allowed is None
    assert indexer.batch([indexer.index(TRAIN[0])]).allowed is None


def test_a_batch_is_its_posts_and_padding(indexer: Indexer) -> None:
    posts = [
        indexer.index(TRAIN[0], with_tags=True),
        indexer.index(Post("2", ("Ann",), ()), with_tags=True),
    ]
    regions = [
        Regions(PictureState.PRESENT, np.ones((3, 2), dtype=np.float32)),
        Regions(PictureState.ABSENT, np.zeros((0, 2), dtype=np.float32)),
    ]
    batch = indexer.batch(posts, regions)
    assert batch.lengths.tolist() == [4, 1]
    assert batch.mask.tolist() == [[True] * 4, [True, False, False, False]]
    assert not batch.words[1, 1:].any()
    assert not batch.characters[1, 1:].any()
    assert batch.region_mask.tolist() == [[True] * 3, [False] * 3]
    assert batch.tags is not None
    assert batch.tags.shape == (2, 4)
    np.testing.assert_array_equal(batch.vectors[0], posts[0].vectors)


def test_a_batch_without_any_picture_keeps_one_masked_region(indexer: Indexer) -> None:
    batch = indexer.batch(
        [indexer.index(TRAIN[0])],
        [Regions(PictureState.ABSENT, np.zeros((0, 7), dtype=np.float32))],
    )
    assert batch.regions.shape == (1, 1, 7)
    assert not batch.region_mask.any()


def test_hit_rate_counts_words(indexer: Indexer) -> None:
    assert indexer.hit_rate(TRAIN) == 0.5
    assert indexer.hit_rate([]) == 0.0


def test_what_cannot_be_encoded_is_named(indexer: Indexer) -> None:
    with pytest.raises(InputError, match="post '9' has no words"):
        indexer.index(Post("9", ()))
    with pytest.raises(InputError, match="post '9' is not annotated"):
        indexer.index(Post("9", ("a",)), with_tags=True)
    with pytest.raises(
        InputError, match="post 9 has the tag 'B-ORG': the training posts hold only LOC, PER"
    ):
        indexer.index(Post("9", ("a",), (Entity(0, 1, "ORG"),)), with_tags=True)


def test_a_post_is_as_long_as_its_words_or_where_a_transformer_reads_it_as_its_pieces(
    indexer: Indexer, tmp_path: Path
) -> None:
    posts = [Post("2", ("Rome", "saw", "Ann")), Post("3", ("https://t.co/abc", "#love"))]
    assert indexer.lengths(posts) == [3, 2]
    with_pieces = Indexer(
        indexer._vocabulary, VECTORS, Pieces.pretrained(str(write_bert(tmp_path))), longest_word=5
    )
    assert with_pieces.lengths(posts) == [4, 3]
