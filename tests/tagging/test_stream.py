import threading
import time
from collections.abc import Iterator
from itertools import count, islice

import pytest

from mner.errors import InputError
from mner.tagging.batching import CHUNK
from mner.tagging.stream import live_chunks


def test_all_items_in_their_order() -> None:
    chunks = list(live_chunks(iter(range(1_000)), size=64))
    assert [item for chunk in chunks for item in chunk] == list(range(1_000))
    assert all(0 < len(chunk) <= 64 for chunk in chunks)
    assert list(live_chunks([], size=4)) == []


def test_a_pause_holds_nothing_back() -> None:
    go_on = threading.Event()

    def pausing() -> Iterator[int]:
        yield from (1, 2)
        assert go_on.wait(60)
        yield 3

    chunks = live_chunks(pausing(), size=512)
    seen: list[int] = []
    while len(seen) < 2:  # would wait for ever if the chunk were held back
        seen += next(chunks)
    go_on.set()
    assert [*seen, *next(chunks)] == [1, 2, 3]


def dripping() -> Iterator[int]:
    for number in count():
        yield number
        time.sleep(0.001)


def test_items_wait_no_longer_than_they_may() -> None:
    assert len(next(live_chunks(dripping(), size=50, max_wait=60))) == 50
    assert len(next(live_chunks(dripping(), max_wait=0))) < CHUNK


def test_what_waited_while_others_were_worked_on_waits_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    consumer = threading.current_thread()

    def clock() -> float:
        return 1_000.0 if threading.current_thread() is consumer else 0.0

    monkeypatch.setattr("mner.tagging.stream.monotonic", clock)
    assert len(next(live_chunks(dripping(), max_wait=60))) < CHUNK


def test_an_endless_source_is_not_read_ahead_of_the_consumer() -> None:
    taken = 0

    def endless() -> Iterator[int]:
        nonlocal taken
        while True:
            yield taken
            taken += 1

    chunks = live_chunks(endless(), size=8)
    first = [item for chunk in islice(chunks, 3) for item in chunk]
    assert first == list(range(len(first)))
    assert taken <= len(first) + 2 * 8 + 1
    chunks.close()  # type: ignore[attr-defined]


def test_an_error_comes_after_the_items_before_it() -> None:
    def failing() -> Iterator[int]:
        yield from (1, 2, 3)
        raise InputError("line 4 is bad")

    seen: list[int] = []
    with pytest.raises(InputError, match="line 4 is bad"):
        seen.extend(item for chunk in live_chunks(failing(), size=2) for item in chunk)
    assert seen == [1, 2, 3]


def test_a_consumer_that_stops_ends_the_thread() -> None:
    before = set(threading.enumerate())
    chunks = live_chunks(count(), size=2)
    next(chunks)
    (thread,) = set(threading.enumerate()) - before
    chunks.close()  # type: ignore[attr-defined]
    thread.join(60)
    assert not thread.is_alive()
