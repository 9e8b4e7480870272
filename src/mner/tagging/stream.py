"""Reading a source that may pause, such as a pipe, without holding back what has come."""

from collections.abc import Iterable, Iterator
from queue import Empty, Full, Queue
from threading import Event, Thread
from time import monotonic
from typing import Generic, NamedTuple, TypeVar

from mner.tagging.batching import CHUNK

__all__ = ["LONGEST_WAIT", "live_chunks"]

LONGEST_WAIT = 0.1
"""Seconds that the first item of a chunk waits for others, where the caller does not say."""

_Item = TypeVar("_Item")

_PATIENCE = 0.02
"""Seconds without a new item after which a chunk is yielded as it is."""


def live_chunks(
    items: Iterable[_Item], *, size: int = CHUNK, max_wait: float = LONGEST_WAIT
) -> Iterator[list[_Item]]:
    """Cut items into lists, in their order.

    While items come quickly, the lists are full; when the source pauses, what has come is yielded.
    A thread of its own takes items from the source, at most `2 * size` ahead of the consumer.

    Args:
        items: any number of them. If their iterator fails, the items before are yielded first;
            then its error is raised here.
        size: the most items in a chunk.
        max_wait: seconds that the first item of a chunk waits for others, even where these keep
            dripping in; with 0 a chunk has what is there.
    """
    queue = Queue[_Come[_Item] | _End](2 * size)
    stopped = Event()
    # A daemon, because it may wait for a pipe in which nothing comes again.
    Thread(target=_fill, args=(queue, items, stopped), daemon=True).start()
    try:
        end = None
        while end is None:
            chunk, end = _next_chunk(queue, size, max_wait)
            if chunk:
                yield chunk
        if end.error is not None:
            raise end.error
    finally:
        stopped.set()


class _Come(NamedTuple, Generic[_Item]):
    """An item, and when it came."""

    item: _Item
    time: float


class _End:
    """The end of the source, with the error that ended it or None."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def _fill(queue: "Queue[_Come[_Item] | _End]", items: Iterable[_Item], stopped: Event) -> None:
    error = None
    try:
        for item in items:
            if not _put(queue, _Come(item, monotonic()), stopped):
                return
    # Whatever it is belongs to the consumer, whose thread raises it.
    except BaseException as exc:  # noqa: BLE001
        error = exc
    _put(queue, _End(error), stopped)


def _put(queue: "Queue[_Come[_Item] | _End]", come: "_Come[_Item] | _End", stopped: Event) -> bool:
    """Wait for room; return False if the consumer stopped first."""
    while not stopped.is_set():
        try:
            queue.put(come, timeout=0.1)
        except Full:
            continue
        return True
    return False


def _next_chunk(
    queue: "Queue[_Come[_Item] | _End]", size: int, max_wait: float
) -> tuple[list[_Item], _End | None]:
    """Take the next items, at least one unless the source has ended.

    What came while the items before were worked on has waited already, and may not wait again.
    """
    chunk: list[_Item] = []
    deadline = 0.0
    while len(chunk) < size:
        timeout = None
        if chunk:
            timeout = min(_PATIENCE, max(deadline - monotonic(), 0))
        try:
            come = queue.get(timeout=timeout)
        except Empty:
            break
        if isinstance(come, _End):
            return chunk, come
        if not chunk:
            deadline = come.time + max_wait
        chunk.append(come.item)
    return chunk, None
