"""Requests that arrive together are tagged together.

One thread tags. It takes what waits, up to a number of posts, and waits a few milliseconds for more
if that is little. While it tags, the next batch gathers by itself.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from time import monotonic
from typing import Generic, TypeVar

from mner.serve.limits import Limits

__all__ = ["Batcher", "QueueFullError"]

_Asked = TypeVar("_Asked")
"""A post, or a post with what is wanted of it."""
_Answer = TypeVar("_Answer")


class QueueFullError(Exception):
    """As many posts wait as may wait."""


@dataclass(frozen=True, slots=True, eq=False)
class _Job(Generic[_Asked, _Answer]):
    """The posts of one request."""

    posts: Sequence[_Asked]
    result: Future[list[_Answer]] = field(default_factory=Future)


class Batcher(Generic[_Asked, _Answer]):
    """Tags the posts of requests in one thread, several requests at once.

    Args:
        tag: tags posts.
        limits: how many posts wait, and how long; how many are enough.
        name: the name of the thread.
        on_batch: is told how many posts are tagged together.
    """

    def __init__(
        self,
        tag: Callable[[Sequence[_Asked]], list[_Answer]],
        limits: Limits,
        *,
        name: str,
        on_batch: Callable[[int], None],
    ) -> None:
        self._tag = tag
        self._limits = limits
        self._on_batch = on_batch
        self._jobs: deque[_Job[_Asked, _Answer]] = deque()
        self._waiting = 0
        self._is_closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name=f"mner {name}", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """The number of posts that wait."""
        return self._waiting

    @property
    def is_alive(self) -> bool:
        """Whether posts are tagged."""
        return self._thread.is_alive()

    def submit(self, posts: Sequence[_Asked]) -> "Future[list[_Answer]]":
        """Accept posts, which are tagged unless the future is cancelled before they are begun.

        Raises:
            QueueFullError: there is no room for them.
        """
        job: _Job[_Asked, _Answer] = _Job(posts)
        with self._changed:
            assert not self._is_closed
            if self._waiting + len(posts) > self._limits.queue:
                raise QueueFullError
            self._jobs.append(job)
            self._waiting += len(posts)
            self._changed.notify()
        return job.result

    def close(self) -> None:
        """Accept nothing more; the thread ends when what was accepted is done."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()

    def join(self) -> None:
        """Wait until everything that was accepted is done."""
        self._thread.join()

    def _work(self) -> None:
        while jobs := self._take():
            running = [job for job in jobs if job.result.set_running_or_notify_cancel()]
            if running:
                self._run(running)

    def _take(self) -> list[_Job[_Asked, _Answer]]:
        """Wait for jobs, and take those of one batch; none at all when it is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._jobs or self._is_closed)
            deadline = monotonic() + self._limits.wait_seconds
            while self._waiting < self._limits.batch and not self._is_closed:
                if not self._changed.wait(max(deadline - monotonic(), 0)):
                    break
            return self._next_batch()

    def _next_batch(self) -> list[_Job[_Asked, _Answer]]:
        jobs: list[_Job[_Asked, _Answer]] = []
        size = 0
        while self._jobs:
            count = len(self._jobs[0].posts)
            if jobs and size + count > self._limits.together:
                break
            jobs.append(self._jobs.popleft())
            size += count
        self._waiting -= size
        return jobs

    def _run(self, jobs: Sequence[_Job[_Asked, _Answer]]) -> None:
        """Tag the posts of jobs together; if that fails, each job alone, so that one fails alone.

        Whatever is raised is the answer to the request, and the thread goes on.
        """
        posts = [post for job in jobs for post in job.posts]
        self._on_batch(len(posts))
        try:
            results = self._tag(posts)
            assert len(results) == len(posts)
        except Exception as exc:  # noqa: BLE001
            if len(jobs) == 1:
                jobs[0].result.set_exception(exc)
                return
            for job in jobs:
                self._run([job])
            return
        first = 0
        for job in jobs:
            last = first + len(job.posts)
            job.result.set_result(results[first:last])
            first = last
