"""How parts go from stage to stage, with a bounded queue before each."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeAlias

from mner.batch.job import Done
from mner.batch.plan import Part

__all__ = ["Crew", "Flow", "Ticket"]

Ticket: TypeAlias = Any
"""What an engine gives for a part that is under way; it can be a key."""


class Crew(Protocol):
    """The workers of a stage."""

    size: int
    """How many they are."""

    @property
    def has_room(self) -> bool:
        """Whether a worker would soon begin another part."""

    def put(self, part: Part) -> Ticket:
        """Give out a part."""

    def take(self, ticket: Ticket) -> Any:
        """Return what became of a part that has ended; its errors are raised."""


class Flow:
    """The parts on their way through the stages.

    A stage that is faster than the next one waits: no more parts are looked at than its own workers
    and those of the next stage soon need. So what lies between two stages is bounded, however long
    the archive is.

    Args:
        parts: they wait for the first stage.
        stages: how many there are.

    Attributes:
        queues: the parts that wait for each stage.
        under_way: the parts that each stage works on, by ticket.
    """

    def __init__(self, parts: Iterable[Part], *, stages: int) -> None:
        self.queues: list[deque[Part]] = [deque() for _ in range(stages)]
        self.queues[0].extend(parts)
        self.under_way: list[dict[Ticket, Part]] = [{} for _ in range(stages)]

    @property
    def is_left(self) -> bool:
        """Whether there are parts that have not come through."""
        return any(self.queues) or any(self.under_way)

    def run(
        self, crews: Sequence[Crew], wait: Callable[[list[Ticket]], Iterable[Ticket]]
    ) -> Iterator[Done]:
        """Yield what the last stage says of each part.

        Args:
            crews: the workers of each stage.
            wait: returns tickets of parts that have ended, after at least one has.

        Raises:
            Exception: what `Crew.put` and `Crew.take` raise; the part stays where it was.
        """
        while self.is_left:
            self._give_out(crews)
            tickets = [ticket for stage in self.under_way for ticket in stage]
            for ticket in wait(tickets):
                yield from self._take(ticket, crews)

    def pass_on(self, part: Part, stage: int) -> bool:
        """Move a part behind a stage to the next; return False after the last one."""
        is_last = stage == len(self.queues) - 1
        if not is_last:
            self.queues[stage + 1].append(part)
        return not is_last

    def _give_out(self, crews: Sequence[Crew]) -> None:
        # The last stage first, so that there is room before it.
        for stage in reversed(range(len(crews))):
            queue, crew = self.queues[stage], crews[stage]
            while queue and crew.has_room and not self._is_full(stage + 1, crews):
                ticket = crew.put(queue[0])
                self.under_way[stage][ticket] = queue.popleft()

    def _is_full(self, stage: int, crews: Sequence[Crew]) -> bool:
        """Whether as many parts wait for a stage, or will soon, as may."""
        if stage == len(crews):
            return False
        coming = len(self.queues[stage]) + len(self.under_way[stage - 1])
        return coming > crews[stage - 1].size + crews[stage].size

    def _take(self, ticket: Ticket, crews: Sequence[Crew]) -> Iterator[Done]:
        stage = next(number for number, own in enumerate(self.under_way) if ticket in own)
        done = crews[stage].take(ticket)
        part = self.under_way[stage].pop(ticket)
        if not self.pass_on(part, stage):
            yield done
