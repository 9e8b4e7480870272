"""Reading a source that may pause, such as a pipe, without holding back what has come."""

from collections.abc import Iterable, Iterator
from queue import Empty, Full, Queue
from threading import Event, Thread
from time import monotonic
from typing import TypeVar

from mner.tagging.batching import CHUNK

__all__ = ["live_chunks"]

_Item = TypeVar("_Item")

_PATIENCE = 0.02
"""Seconds without a new item after which a chunk is yielded as it is."""

_LONGEST_WAIT = 0.1
"""Seconds after its first item in which a chunk is yielded, even where items keep dripping in."""


def live_chunks(items: Iterable[_Item], *, size: int = CHUNK) -> Iterator[list[_Item]]:
    """Cut items into lists, in their order.

    While items come quickly, the lists are full; when the source pauses, what has come is yielded.
    A thread of its own takes items from the source, at most `2 * size` ahead of the consumer.

    Args:
        items: any number of them. If their iterator fails, the items before are yielded first;
            then its error is raised here.
        size: the most items in a chunk.
    """
    queue = Queue[_Item | _End](2 * size)
    stopped = Event()
    # A daemon, because it may wait for a pipe in which nothing comes again.
    Thread(target=_fill, args=(queue, items, stopped), daemon=True).start()
    try:
        end = None
        while end is None:
            chunk, end = _next_chunk(queue, size)
            if chunk:
                yield chunk
        if end.error is not None:
            raise end.error
    finally:
        stopped.set()


class _End:
    """The end of the source, with the error that ended it or None."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def _fill(queue: "Queue[_Item | _End]", items: Iterable[_Item], stopped: Event) -> None:
    error = None
    try:
        for item in items:
            if not _put(queue, item, stopped):
                return
    # Whatever it is belongs to the consumer, whose thread raises it.
    except BaseException as exc:  # noqa: BLE001
        error = exc
    _put(queue, _End(error), stopped)


def _put(queue: "Queue[_Item | _End]", item: "_Item | _End", stopped: Event) -> bool:
    """Wait for room; return False if the consumer stopped first."""
    while not stopped.is_set():
        try:
            queue.put(item, timeout=0.1)
        except Full:
            continue
        return True
    return False


def _next_chunk(queue: "Queue[_Item | _End]", size: int) -> tuple[list[_Item], _End | None]:
    """Take the next items, at least one unless the source has ended."""
    chunk: list[_Item] = []
    deadline = 0.0
    while len(chunk) < size:
        timeout = None
        if chunk:
            timeout = min(_PATIENCE, max(deadline - monotonic(), 0))
        try:
            item = queue.get(timeout=timeout)
        except Empty:
            break
        if isinstance(item, _End):
            return chunk, item
        deadline = deadline or monotonic() + _LONGEST_WAIT
        chunk.append(item)
    return chunk, None
