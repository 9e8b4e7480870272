"""What runs the workers: processes of this machine, or a cluster of Ray."""

import logging
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol

from mner.batch.plan import Part
from mner.batch.work import Done, Job, Worker
from mner.errors import InputError, MissingExtraError, MnerError, clipped

__all__ = ["Engine", "LocalEngine", "RayEngine"]

_LOG = logging.getLogger(__name__)

_MOST_TRIES = 2
"""How often a part may end its worker when it is tagged alone."""

_worker: Worker | None = None
"""Of a process of `LocalEngine`, which has one."""


class Engine(Protocol):
    """Runs workers."""

    def run(self, job: Job, parts: Sequence[Part]) -> Iterator[Done]:
        """Yield what became of each part, in any order.

        No more parts than a few for each worker are under way at a time.

        Raises:
            MnerError: a worker cannot begin, or a part cannot be done.
        """


class LocalEngine:
    """Processes of this machine.

    A process that is killed takes its part with it; the parts that were under way are then tagged
    one by one, so that a part that ends every process is found.

    Args:
        workers: how many; as many as the processor has cores if None.
    """

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or len(os.sched_getaffinity(0))

    def run(self, job: Job, parts: Sequence[Part]) -> Iterator[Done]:
        """See `Engine`."""
        waiting = deque(parts)
        while waiting:
            under_way: dict[Future[Done], Part] = {}
            try:
                yield from self._run(job, waiting, under_way, workers=self.workers)
            except BrokenProcessPool:
                _LOG.warning("a worker was killed: the parts that were under way are done again")
                for future, part in under_way.items():
                    yield future.result() if _is_done(future) else self._alone(job, part)

    def _run(
        self,
        job: Job,
        waiting: "deque[Part]",
        under_way: dict["Future[Done]", Part],
        *,
        workers: int,
    ) -> Iterator[Done]:
        """Take parts from those that wait, until there are none."""
        with _pool(job, workers) as pool:
            try:
                while waiting or under_way:
                    while waiting and len(under_way) < workers + 1:
                        under_way[pool.submit(_tag, waiting[0])] = waiting[0]
                        waiting.popleft()
                    finished, _ = wait(under_way, return_when=FIRST_COMPLETED)
                    for future in finished:
                        done = future.result()
                        del under_way[future]
                        yield done
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _alone(self, job: Job, part: Part) -> Done:
        for _ in range(_MOST_TRIES):
            try:
                (done,) = self._run(job, deque([part]), {}, workers=1)
            except BrokenProcessPool:
                continue
            return done
        raise MnerError(
            f"{part.file}: the posts from line {part.line} on ended their worker {_MOST_TRIES} "
            "times, as a lack of memory does: give smaller parts by --part-rows, or leave these "
            "posts out; the parts that are done are kept"
        )


class RayEngine:
    """Actors of a cluster of Ray, which may have many machines.

    All of them need the model, the archive and the results at the same paths or addresses. Ray
    starts an actor again that was killed, on another machine if need be, and gives it the part
    once more.

    Args:
        workers: how many actors; as many as the cluster has room for if None.
        address: of the cluster; None starts one on this machine.
        cpus: processors of an actor.
        gpus: graphics processors of an actor.
    """

    def __init__(
        self,
        workers: int | None = None,
        *,
        address: str | None = None,
        cpus: float = 1,
        gpus: float = 0,
    ) -> None:
        self.workers, self.address = workers, address
        self.cpus, self.gpus = cpus, gpus

    def run(self, job: Job, parts: Sequence[Part]) -> Iterator[Done]:
        """See `Engine`."""
        ray = _ray()
        ray.init(address=self.address, log_to_driver=False, include_dashboard=False)
        try:
            yield from self._run(ray, job, parts)
        except ray.exceptions.RayTaskError as exc:
            raise _own_error(exc) from exc
        except ray.exceptions.RayError as exc:
            raise MnerError(f"Ray: {clipped(exc)}; the parts that are done are kept") from exc
        finally:
            ray.shutdown()

    def _run(self, ray: Any, job: Job, parts: Sequence[Part]) -> Iterator[Done]:
        actor = ray.remote(
            num_cpus=self.cpus, num_gpus=self.gpus, max_restarts=-1, max_task_retries=_MOST_TRIES
        )(Worker)
        count = min(len(parts), self.workers or self._room(ray))
        actors = [actor.remote(job) for _ in range(count)]
        waiting = deque(parts)
        under_way: dict[Any, Any] = {}
        # Two parts an actor: while its result is looked at, the next is there already.
        for worker in [*actors, *actors]:
            if waiting:
                under_way[worker.__call__.remote(waiting.popleft())] = worker
        while under_way:
            finished, _ = ray.wait(list(under_way))
            for reference in finished:
                worker = under_way.pop(reference)
                yield ray.get(reference)
                if waiting:
                    under_way[worker.__call__.remote(waiting.popleft())] = worker

    def _room(self, ray: Any) -> int:
        """Return for how many actors the cluster has room."""
        there = ray.cluster_resources()
        room = there.get("CPU", 0) // self.cpus if self.cpus else float("inf")
        if self.gpus:
            room = min(room, there.get("GPU", 0) // self.gpus)
        if not room:
            raise InputError(
                f"the cluster has {there.get('CPU', 0):g} processors and {there.get('GPU', 0):g} "
                f"GPUs, but a worker needs {self.cpus:g} and {self.gpus:g}: lower --cpus or --gpus"
            )
        return int(room) if room != float("inf") else 1


def _pool(job: Job, workers: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(job,))


def _begin(job: Job) -> None:
    """Make the worker of this process. An interrupt is for the process that gives out the parts."""
    global _worker  # noqa: PLW0603
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _worker = Worker(job)


def _tag(part: Part) -> Done:
    assert _worker is not None
    return _worker(part)


def _is_done(future: "Future[Done]") -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _own_error(exc: Any) -> MnerError:
    """Return the error of a worker, which Ray has packed."""
    cause = exc.cause
    return (
        cause if isinstance(cause, MnerError) else MnerError(f"a worker failed: {clipped(cause)}")
    )


def _ray() -> Any:
    # Nothing is told to its makers.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        import ray
    except ModuleNotFoundError as exc:
        raise MissingExtraError("--engine ray", "ray") from exc
    return ray
