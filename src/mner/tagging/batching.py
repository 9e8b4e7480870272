"""How posts are cut into pieces of work: chunks that are held together, and batches of like length.

The numbers that bound memory stand here. A chunk is what is in memory at once: its posts
are sorted into batches of like length, which waste little on padding, and its results appear once
all of its batches are done.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from typing import NamedTuple, TypeVar

from mner.encoding.buckets import buckets
from mner.encoding.indexer import Indexer
from mner.tagging.regions import NO_REGIONS, RegionSource
from mner.tagging.windows import Backend
from mner.types import Batch, Emitted, Post, Regions

__all__ = [
    "BATCH",
    "CHUNK",
    "EXPLAINED_CHUNK",
    "PostBatch",
    "batch_size_of",
    "batches",
    "chunks",
    "run_ahead",
]

BATCH = 32
"""The most posts in a batch, where the caller does not say otherwise."""
CHUNK = 512
"""The most posts in a chunk."""
EXPLAINED_CHUNK = 64
"""The most tagged posts that are explained together, which takes many batches for each of them."""

_SMALLEST_BATCH = 8
"""Posts in a batch where there are so few that padding costs less than another run."""
_CHUNK_WORDS = 65_536
"""The words after which a chunk is closed."""
_BATCH_WORDS = 16_384
"""The most words in a batch, padding included; it bounds the memory that long posts take."""
_BATCH_PICTURES = 64
"""The most pictures in a batch where posts have several, places for missing ones included."""
_AHEAD = 2
"""The batches that are made while the backend works on one: the second bridges the time in which
posts are read and results are written."""

_Item = TypeVar("_Item")


class PostBatch(NamedTuple):
    """B posts of like length."""

    positions: list[int]
    """Where the posts are among those that were given."""
    posts: list[Post]
    regions: list[Regions]
    """What the model looks at in each post."""
    arrays: Batch


def batch_size_of(posts: int) -> int:
    """Return the most posts in a batch, where an answer has to wait for some posts and no more.

    Posts of several requests differ in length, and short ones are padded to the longest of their
    batch. Four batches of like length take a quarter less time than one.
    """
    return min(max(_SMALLEST_BATCH, posts // 4), BATCH)


def chunks(
    items: Iterable[_Item], *, words: Callable[[_Item], int], size: int = CHUNK
) -> Iterator[list[_Item]]:
    """Cut items into lists, in their order.

    A list ends after each `size` items, counted from the first of all, so that the lists after one
    that was closed earlier do not depend on it.

    If the iterator of the items fails, the items before the failure are yielded first; then its
    error is raised.

    Args:
        items: posts, or things made of posts; taken as chunks are.
        words: the number of words in an item.
        size: the most items in a chunk; one with many words is closed earlier.
    """
    chunk, total = list[_Item](), 0
    try:
        for number, item in enumerate(items, start=1):
            chunk.append(item)
            total += words(item)
            if number % size == 0 or total >= _CHUNK_WORDS:
                yield chunk
                chunk, total = [], 0
    except Exception:
        if chunk:
            yield chunk
        raise
    if chunk:
        yield chunk


def batches(
    posts: Sequence[Post],
    indexer: Indexer,
    *,
    source: RegionSource | None,
    given: Sequence[Regions] | None = None,
    batch_size: int,
) -> Iterator[PostBatch]:
    """Put posts into batches of like length.

    Args:
        posts: all of them; every post comes in one batch.
        indexer: turns posts into arrays.
        source: gives what the model looks at; None for a text-only model.
        given: what it looks at in each post in place of what the source gives.
        batch_size: the most posts in a batch; one of long posts holds fewer.
    """
    looks_at_pictures = source is not None and source.looks_at == "pictures"
    for bucket in buckets(indexer.lengths(posts), batch_size):
        for positions in _bounded(bucket, posts, looks_at_pictures=looks_at_pictures):
            chosen = [posts[position] for position in positions]
            if source is None:
                regions = None
            elif given is None:
                regions = source(chosen)
            else:
                regions = [given[position] for position in positions]
            arrays = indexer.batch(indexer.index_all(chosen), regions)
            yield PostBatch(positions, chosen, regions or [NO_REGIONS] * len(chosen), arrays)


def run_ahead(
    backend: Backend, batches: Iterable[PostBatch]
) -> Iterator[tuple[PostBatch, Emitted]]:
    """Run a backend on batches, and yield each batch with its result.

    The backend runs in a thread of its own: while it works on one batch, the next ones are made
    and the caller decodes the last one. A batch that is the only one needs no other thread, whose
    start takes longer than tagging a short post. If the iterator of the batches fails, the batches
    before the failure are yielded first; then its error is raised.
    """
    failures = list[Exception]()
    made = _until_failure(batches, failures)
    first, second = next(made, None), next(made, None)
    if first is not None and second is None:
        yield first, backend(first.arrays)
    elif first is not None and second is not None:
        yield from _run_in_thread(backend, chain([first, second], made))
    if failures:
        raise failures[0]


def _until_failure(batches: Iterable[PostBatch], failures: list[Exception]) -> Iterator[PostBatch]:
    """Yield batches until there are no more, or until making one fails, which is noted."""
    try:
        yield from batches
    except Exception as exc:  # noqa: BLE001  raised after what came before it
        failures.append(exc)


def _run_in_thread(
    backend: Backend, batches: Iterable[PostBatch]
) -> Iterator[tuple[PostBatch, Emitted]]:
    running: deque[tuple[PostBatch, Future[Emitted]]] = deque()
    with ThreadPoolExecutor(1) as pool:
        for batch in batches:
            running.append((batch, pool.submit(backend, batch.arrays)))
            if len(running) > _AHEAD:
                made, emitted = running.popleft()
                yield made, emitted.result()
        while running:
            made, emitted = running.popleft()
            yield made, emitted.result()


def _bounded(
    positions: list[int], posts: Sequence[Post], *, looks_at_pictures: bool
) -> Iterator[list[int]]:
    """Cut a batch of long posts, or of posts with several pictures, into smaller ones."""
    longest = max(len(posts[position].tokens) for position in positions)
    size = max(1, _BATCH_WORDS // max(1, longest))
    most = max(len(posts[position].pictures) for position in positions)
    if looks_at_pictures and most > 1:
        size = max(1, min(size, _BATCH_PICTURES // most))
    for start in range(0, len(positions), size):
        yield positions[start : start + size]
