"""Items that come slowly or fast, in windows: as many as are there, without waiting for more than there will be."""

from collections.abc import Iterable, Iterator
from queue import Empty, Full, Queue
from threading import Event, Thread
from time import monotonic
from typing import TypeVar

__all__ = ["live_windows"]

_Item = TypeVar("_Item")

_PATIENCE = 0.02
"""Seconds without a new item after which a window is given as it is ..."""

_LONGEST_WAIT = 0.1
"""... and seconds after its first item, where they drip in."""


def live_windows(items: Iterable[_Item], *, size: int) -> Iterator[list[_Item]]:
    """Lists of items in their order: full ones while items come quickly, and what has come when the source pauses.

    A thread of its own takes items from the source, at most `2 * size` ahead of the consumer.

    Args:
        items: any number of them; what their iterator raises is raised here, after the items before.
        size: items in a window at most.
    """
    queue = Queue[_Item | _End](2 * size)
    stopped = Event()
    # A daemon, because it may wait for a pipe in which nothing comes any more.
    Thread(target=_fill, args=(queue, items, stopped), daemon=True).start()
    try:
        end = None
        while end is None:
            window, end = _window(queue, size)
            if window:
                yield window
        if end.error is not None:
            raise end.error
    finally:
        stopped.set()


class _End:
    """The source has ended, with an error or without."""

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
    """Whether there was room before the consumer stopped."""
    while not stopped.is_set():
        try:
            queue.put(item, timeout=0.1)
        except Full:
            continue
        return True
    return False


def _window(queue: "Queue[_Item | _End]", size: int) -> tuple[list[_Item], _End | None]:
    """The next items, at least one of them but at the end."""
    window: list[_Item] = []
    deadline = 0.0
    while len(window) < size:
        try:
            item = queue.get(
                timeout=min(_PATIENCE, max(deadline - monotonic(), 0)) if window else None
            )
        except Empty:
            break
        if isinstance(item, _End):
            return window, item
        deadline = deadline or monotonic() + _LONGEST_WAIT
        window.append(item)
    return window, None
