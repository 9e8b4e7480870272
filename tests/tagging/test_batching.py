import threading
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
import pytest

from mner.encoding.indexer import Indexer
from mner.encoding.vectors import VectorTable
from mner.encoding.vocab import Vocabulary
from mner.errors import InputError
from mner.tagging.batching import CHUNK, PostBatch, batch_size_of, batches, chunks, run_ahead
from mner.tagging.regions import NO_REGIONS
from mner.types import Batch, Emitted, Entity, LooksAt, PictureState, Post, Regions


def post(number: int, words: int) -> Post:
    return Post(str(number), ("word",) * words)


def length(item: Post) -> int:
    return len(item.tokens)


@pytest.fixture
def indexer() -> Indexer:
    vectors = VectorTable.from_words(["word"], np.ones((1, 2)))
    gold = Post("1", ("word",), entities=(Entity(0, 1, "LOC"),))
    return Indexer(Vocabulary.build([gold], is_known=bool), vectors, longest_word=4)


def test_chunks_hold_all_posts_in_their_order() -> None:
    posts = [post(number, 2) for number in range(2 * CHUNK + 3)]
    found = list(chunks(posts, words=length))
    assert [len(chunk) for chunk in found] == [CHUNK, CHUNK, 3]
    assert [one for chunk in found for one in chunk] == posts
    assert list(chunks([], words=length)) == []


def test_chunks_of_long_posts_hold_fewer() -> None:
    posts = [post(number, 30_000) for number in range(7)]
    assert [len(chunk) for chunk in chunks(posts, words=length)] == [3, 3, 1]


def test_chunks_are_taken_one_at_a_time() -> None:
    taken = 0

    def endless() -> Iterator[Post]:
        nonlocal taken
        while True:
            taken += 1
            yield post(taken, 1)

    list(islice(chunks(endless(), words=length, size=5), 2))
    assert taken == 10


def test_chunks_after_long_posts_end_where_they_would_without_them() -> None:
    posts = [post(number, 40_000 if number in {0, 1} else 1) for number in range(12)]
    found = [len(chunk) for chunk in chunks(posts, words=length, size=5)]
    assert found == [2, 3, 5, 2]


@pytest.mark.parametrize("count", [0, 3, 5, 7])
def test_an_error_of_the_source_comes_after_the_posts_before_it(count: int) -> None:
    def failing() -> Iterator[Post]:
        for number in range(count):
            yield post(number, 1)
        raise InputError("no more")

    seen: list[list[Post]] = []
    with pytest.raises(InputError, match="no more"):
        seen.extend(chunks(failing(), words=length, size=5))
    assert all(seen)
    assert sum(map(len, seen)) == count


class Source:
    """Regions that say which post they belong to."""

    width = 1
    looks_at: LooksAt = "pictures"

    def __call__(self, posts: Sequence[Post]) -> list[Regions]:
        return [regions_of(int(post.id)) for post in posts]


def regions_of(number: int) -> Regions:
    return Regions(PictureState.PRESENT, np.full((1, 1), number, dtype=np.float32))


def test_every_post_is_in_one_batch_of_like_length(indexer: Indexer) -> None:
    lengths = [7, 1, 3, 9, 2, 8]
    posts = [post(number, words) for number, words in enumerate(lengths)]
    found = list(batches(posts, indexer, source=Source(), batch_size=2))
    assert [batch.positions for batch in found] == [[1, 4], [2, 0], [5, 3]]
    for batch in found:
        assert batch.posts == [posts[position] for position in batch.positions]
        assert batch.arrays.lengths.tolist() == [lengths[position] for position in batch.positions]
        assert batch.arrays.regions[:, 0, 0].tolist() == batch.positions


def test_regions_that_are_given_take_the_place_of_those_of_the_source(indexer: Indexer) -> None:
    posts = [post(number, 5 - number) for number in range(3)]
    given = [regions_of(10 + number) for number in range(3)]
    (batch,) = batches(posts, indexer, source=Source(), given=given, batch_size=3)
    assert batch.arrays.regions[:, 0, 0].tolist() == [12.0, 11.0, 10.0]
    (batch,) = batches(posts, indexer, source=None, given=given, batch_size=3)
    assert batch.arrays.regions.shape == (3, 0, 0)
    assert batch.regions == [NO_REGIONS] * 3


def test_batches_of_long_posts_hold_fewer(indexer: Indexer) -> None:
    posts = [post(number, 6_000) for number in range(5)]
    found = batches(posts, indexer, source=None, batch_size=4)
    assert [batch.positions for batch in found] == [[0, 1], [2, 3], [4]]


def test_one_long_post_among_short_ones_makes_a_batch_small(indexer: Indexer) -> None:
    posts = [post(0, 16_384), post(1, 1), post(2, 1), post(3, 1)]
    found = list(batches(posts, indexer, source=None, batch_size=4))
    assert max(batch.arrays.words.size for batch in found) == 16_384
    assert sorted(position for batch in found for position in batch.positions) == [0, 1, 2, 3]


@pytest.mark.parametrize(("pictures", "most"), [(1, 100), (2, 32), (3, 21), (64, 1), (99, 1)])
def test_batches_of_posts_with_several_pictures_hold_fewer(
    indexer: Indexer, pictures: int, most: int
) -> None:
    names = [f"{number}.png" for number in range(pictures)]
    posts = [post(number, 1).with_pictures(names) for number in range(100)]
    found = list(batches(posts, indexer, source=Source(), batch_size=100))
    assert max(len(batch.posts) for batch in found) == most
    assert sum(len(batch.posts) for batch in found) == 100
    (text_alone,) = batches(posts, indexer, source=None, batch_size=100)
    assert len(text_alone.posts) == 100


def fake_batch(number: int) -> PostBatch:
    arrays = Batch(
        words=np.full((1, 1), number),
        vectors=np.zeros((1, 1, 1), dtype=np.float32),
        characters=np.zeros((1, 1, 1), dtype=np.int64),
        shapes=np.zeros((1, 1), dtype=np.int64),
        lengths=np.ones(1, dtype=np.int64),
        regions=np.zeros((1, 0, 0), dtype=np.float32),
        region_mask=np.zeros((1, 0), dtype=np.bool_),
    )
    return PostBatch([number], [post(number, 1)], [NO_REGIONS], arrays)


def echo(batch: Batch) -> Emitted:
    if batch.words[0, 0] == 5:
        raise InputError("the fifth batch fails")
    words = batch.words.astype(np.float32)
    return Emitted(words[..., None], words[..., None], words[..., None], words)


def test_each_batch_comes_with_its_own_result() -> None:
    found = list(run_ahead(echo, map(fake_batch, range(5))))
    assert [batch.positions[0] for batch, _ in found] == list(range(5))
    assert [float(emitted.gate[0, 0]) for _, emitted in found] == list(range(5))
    assert list(run_ahead(echo, [])) == []


@pytest.mark.parametrize(("count", "threads"), [(1, 1), (2, 2), (5, 2)])
def test_a_batch_that_is_the_only_one_needs_no_thread(count: int, threads: int) -> None:
    seen = {threading.get_ident()}

    def noted(batch: Batch) -> Emitted:
        seen.add(threading.get_ident())
        return echo(batch)

    assert len(list(run_ahead(noted, map(fake_batch, range(count))))) == count
    assert len(seen) == threads


def test_one_thread_runs_all_batches() -> None:
    threads, third_is_made = set[int](), threading.Event()

    def source() -> Iterator[PostBatch]:
        for number in range(5):
            if number == 2:
                third_is_made.set()
            yield fake_batch(number)

    def waiting(batch: Batch) -> Emitted:
        threads.add(threading.get_ident())
        # By then the second batch has been handed over, while this one is not done.
        assert third_is_made.wait(60)
        return echo(batch)

    assert len(list(run_ahead(waiting, source()))) == 5
    assert len(threads) == 1


@pytest.mark.parametrize("count", [1, 2])
def test_an_error_of_the_last_batch_is_raised(count: int) -> None:
    failing = map(fake_batch, range(6 - count, 6))
    with pytest.raises(InputError, match="the fifth batch fails"):
        list(run_ahead(echo, failing))


def test_few_posts_are_cut_into_batches_of_like_length() -> None:
    sizes = {posts: batch_size_of(posts) for posts in (1, 8, 32, 33, 64, 128, 1_000)}
    assert sizes == {1: 8, 8: 8, 32: 8, 33: 8, 64: 16, 128: 32, 1_000: 32}


def test_an_error_of_the_backend_comes_after_the_batches_before_it() -> None:
    seen: list[int] = []
    with pytest.raises(InputError, match="the fifth batch fails"):
        seen += (batch.positions[0] for batch, _ in run_ahead(echo, map(fake_batch, range(9))))
    assert seen == list(range(5))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_an_error_of_the_batches_comes_after_the_results_before_it(count: int) -> None:
    def source() -> Iterator[PostBatch]:
        yield from map(fake_batch, range(count))
        raise InputError("no more batches")

    seen: list[int] = []
    with pytest.raises(InputError, match="no more batches"):
        seen += (batch.positions[0] for batch, _ in run_ahead(echo, source()))
    assert seen == list(range(count))


def test_two_batches_are_made_ahead() -> None:
    made: list[int] = []

    def source() -> Iterator[PostBatch]:
        for number in range(5):
            made.append(number)
            yield fake_batch(number)

    results = run_ahead(echo, source())
    next(results)
    assert made == [0, 1, 2]
    results.close()  # type: ignore[attr-defined]
