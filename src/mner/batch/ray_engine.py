"""What runs the workers: a cluster of Ray."""

import os
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mner.batch.engines import MOST_TRIES, NOTHING_APART
from mner.batch.flow import Flow
from mner.batch.job import Done, Job, StageName
from mner.batch.plan import Part
from mner.batch.stages import WORKERS, Needs
from mner.errors import InputError, MissingExtraError, MnerError, clipped

__all__ = ["RayEngine"]

_SECONDS_TO_NOTICE = 60
"""How long Ray may need to take a machine for lost that does not answer."""


class RayEngine:
    """Actors of a cluster of Ray, which may have many machines.

    All of them need the model, the archive and the results at the same paths or addresses. Ray
    starts an actor again that was killed, on another machine if need be, and gives it the part
    once more.

    Args:
        workers: how many actors tag; as many as the cluster has room for if None.
        address: of the cluster; None starts one on this machine.
        cpus: processors of an actor.
        gpus: graphics processors of an actor.
        apart: the stages before tagging that have actors of their own.
    """

    def __init__(
        self,
        workers: int | None = None,
        *,
        address: str | None = None,
        cpus: float = 1,
        gpus: float = 0,
        apart: Mapping[StageName, Needs] = NOTHING_APART,
    ) -> None:
        self.workers, self.address = workers, address
        self.cpus, self.gpus = cpus, gpus
        self.apart = apart

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
        needs = {name: self.apart[name] for name in job.apart}
        needs["tagging"] = Needs(self._taggers(ray, needs), self.cpus, self.gpus)
        crews = [_Actors(ray, job, name, own, len(parts)) for name, own in needs.items()]
        flow = Flow(parts, stages=len(crews))
        yield from flow.run(crews, lambda tickets: ray.wait(tickets)[0])

    def _taggers(self, ray: Any, needs: Mapping[StageName, Needs]) -> int:
        """Return how many actors tag: if None is given, those for which the others leave room."""
        there = ray.cluster_resources()
        cpus = there.get("CPU", 0) - sum(own.workers * own.cpus for own in needs.values())
        gpus = there.get("GPU", 0) - sum(own.workers * own.gpus for own in needs.values())
        wanted = self.workers or 1
        if cpus < wanted * self.cpus or gpus < wanted * self.gpus:
            raise InputError(
                f"the cluster has {there.get('CPU', 0):g} processors and {there.get('GPU', 0):g} "
                f"GPUs, {cpus:g} and {gpus:g} for tagging, but {wanted} workers need "
                f"{wanted * self.cpus:g} and {wanted * self.gpus:g}: lower --workers, --cpus or "
                "--gpus"
            )
        if self.workers:
            return self.workers
        rooms = [cpus // self.cpus] if self.cpus else []
        rooms += [gpus // self.gpus] if self.gpus else []
        return int(min(rooms, default=1))


class _Actors:
    """The workers of a stage; a `Crew`."""

    def __init__(self, ray: Any, job: Job, stage: StageName, needs: Needs, parts: int) -> None:
        self._ray = ray
        self.size = min(needs.workers, parts)
        actor = ray.remote(
            num_cpus=needs.cpus,
            num_gpus=needs.gpus,
            max_restarts=-1,
            max_task_retries=MOST_TRIES,
        )(WORKERS[stage])
        actors = [actor.remote(job) for _ in range(self.size)]
        # Two parts an actor: while its result is looked at, the next is there already.
        self._free = deque([*actors, *actors])
        self._busy: dict[Any, tuple[Any, Part]] = {}

    @property
    def has_room(self) -> bool:
        """Whether an actor has no second part."""
        return bool(self._free)

    def put(self, part: Part) -> Any:
        """See `Crew`."""
        actor = self._free.popleft()
        ticket = actor.__call__.remote(part)
        self._busy[ticket] = actor, part
        return ticket

    def take(self, ticket: Any) -> Any:
        """See `Crew`."""
        actor, part = self._busy.pop(ticket)
        self._free.append(actor)
        for _ in range(_SECONDS_TO_NOTICE):
            try:
                return self._ray.get(ticket)
            except self._ray.exceptions.ActorUnavailableError:
                # Its machine does not answer. As soon as Ray takes it for lost, it starts the actor
                # on another one, and what was asked in between waits for that.
                time.sleep(1)
                ticket = actor.__call__.remote(part)
        return self._ray.get(ticket)


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
