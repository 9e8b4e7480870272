import numpy as np
import pytest

from benchmarks.word_clusters import WordClusters
from mner.encoding.vectors import VectorTable

CITIES, PEOPLE, FRUIT = ("rome", "oslo", "paris"), ("ann", "bob", "eve"), ("apple", "pear", "plum")


@pytest.fixture
def table() -> VectorTable:
    rng = np.random.default_rng(0)
    centres = np.repeat([[1, 1, 0, 0], [1, -1, 0, 0], [-1, 0, 0, 2]], 3, axis=0)
    return VectorTable.from_words(
        [*CITIES, *PEOPLE, *FRUIT], centres + 0.1 * rng.normal(size=(9, 4))
    )


def test_similar_words_share_the_beginning_of_their_paths(table: VectorTable) -> None:
    clusters = WordClusters(
        table, ["Rome", "rome", "oslo", "ann", "bob", "apple", "pear", "nowhere"], depth=2
    )
    (city,), (person,) = set(clusters.paths(CITIES)), set(clusters.paths(PEOPLE))
    (fruit,) = {path[0] for path in clusters.paths(FRUIT)}
    assert city[0] == person[0] != fruit
    assert city[1] != person[1]


def test_a_path_has_a_bit_a_level_and_words_without_a_vector_have_none(table: VectorTable) -> None:
    clusters = WordClusters(table, [*CITIES, *FRUIT], depth=5)
    assert [len(path) for path in clusters.paths(["rome", "#Rome", "nowhere", "bob"])] == [
        5,
        5,
        0,
        5,
    ]
    assert clusters.paths(["rome", "#Rome"])[0] == clusters.paths(["rome", "#Rome"])[1]


def test_neither_their_order_nor_words_without_a_vector_change_the_clusters(
    table: VectorTable,
) -> None:
    words = [*CITIES, *PEOPLE, *FRUIT]
    one, other = (
        WordClusters(table, words, depth=3),
        WordClusters(table, [*reversed(words), "rome", "nowhere"], depth=3),
    )
    assert one.paths(words) == other.paths(words)
