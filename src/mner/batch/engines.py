"""What runs the workers: processes of this machine."""

import logging
import multiprocessing
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from types import MappingProxyType
from typing import Any, Protocol

from mner.batch.flow import Flow
from mner.batch.job import Done, Job, StageName
from mner.batch.plan import Part
from mner.batch.stages import WORKERS, Needs, PartWorker
from mner.errors import MnerError

__all__ = ["MOST_TRIES", "NOTHING_APART", "Engine", "LocalEngine"]

_LOG = logging.getLogger(__name__)

MOST_TRIES = 2
"""How often a part may end its worker when it is done alone."""
NOTHING_APART: Mapping[StageName, Needs] = MappingProxyType({})

_worker: PartWorker | None = None
"""Of a process of `LocalEngine`, which has one."""


class Engine(Protocol):
    """Runs workers."""

    apart: Mapping[StageName, Needs]
    """The stages before tagging that have workers of their own."""

    def run(self, job: Job, parts: Sequence[Part]) -> Iterator[Done]:
        """Yield what became of each part, in any order.

        No more parts than a few for each worker are under way at a time.

        Raises:
            MnerError: a worker cannot begin, or a part cannot be done.
        """


class LocalEngine:
    """Processes of this machine.

    A process that is killed takes its part with it; the parts that were under way are then done
    one by one, so that a part that ends every process is found.

    Args:
        workers: how many tag; as many as the processor has cores if None.
        apart: the stages before it that have workers of their own.
    """

    def __init__(
        self, workers: int | None = None, *, apart: Mapping[StageName, Needs] = NOTHING_APART
    ) -> None:
        self.workers = workers or len(os.sched_getaffinity(0))
        self.apart = apart

    def run(self, job: Job, parts: Sequence[Part]) -> Iterator[Done]:
        """See `Engine`."""
        sizes = {name: self.apart[name].workers for name in job.apart}
        sizes["tagging"] = self.workers
        flow = Flow(parts, stages=len(sizes))
        while flow.is_left:
            try:
                yield from _run(job, flow, sizes)
            except BrokenProcessPool:
                _LOG.warning("a worker was killed: the parts that were under way are done again")
                for stage, name in enumerate(sizes):
                    yield from _again(job, flow, stage, name)


def _run(job: Job, flow: Flow, sizes: Mapping[StageName, int]) -> Iterator[Done]:
    """Start all processes, and do what is left."""
    with ExitStack() as stack:
        crews = [_Processes(job, name, size) for name, size in sizes.items()]
        for crew in crews:
            stack.enter_context(crew.pool)
        try:
            yield from flow.run(crews, _first_ended)
        except BaseException:
            for crew in crews:
                crew.pool.shutdown(wait=False, cancel_futures=True)
            raise


def _again(job: Job, flow: Flow, stage: int, name: StageName) -> Iterator[Done]:
    """Do the parts that a stage was working on when a process was killed."""
    under_way = flow.under_way[stage]
    for future, part in list(under_way.items()):
        done = future.result() if _is_done(future) else _alone(job, part, name)
        del under_way[future]
        if not flow.pass_on(part, stage):
            yield done


def _alone(job: Job, part: Part, name: StageName) -> Done:
    for _ in range(MOST_TRIES):
        try:
            (done,) = _run(job, Flow([part], stages=1), {name: 1})
        except BrokenProcessPool:
            continue
        return done
    raise MnerError(
        f"{part.file}: the posts from line {part.line} on ended their worker {MOST_TRIES} "
        "times, as a lack of memory does: give smaller parts by --part-rows, or leave these "
        "posts out; the parts that are done are kept"
    )


class _Processes:
    """The workers of a stage; a `Crew`."""

    def __init__(self, job: Job, stage: StageName, size: int) -> None:
        self.size = size
        context = multiprocessing.get_context("spawn")
        self.pool = ProcessPoolExecutor(
            size, mp_context=context, initializer=_begin, initargs=(job, stage)
        )
        self._busy = 0

    @property
    def has_room(self) -> bool:
        """Whether a process would soon begin another part: one more than they are may wait."""
        return self._busy <= self.size

    def put(self, part: Part) -> "Future[Any]":
        """See `Crew`."""
        future = self.pool.submit(_do, part)
        self._busy += 1
        return future

    def take(self, ticket: "Future[Any]") -> Any:
        """See `Crew`."""
        self._busy -= 1
        return ticket.result()


def _begin(job: Job, stage: StageName) -> None:
    """Make the worker of this process. An interrupt is for the process that gives out the parts."""
    global _worker  # noqa: PLW0603
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _worker = WORKERS[stage](job)


def _do(part: Part) -> Part | Done:
    assert _worker is not None
    return _worker(part)


def _first_ended(futures: "list[Future[Any]]") -> "set[Future[Any]]":
    return wait(futures, return_when=FIRST_COMPLETED).done


def _is_done(future: "Future[Any]") -> bool:
    return future.done() and not future.cancelled() and future.exception() is None
