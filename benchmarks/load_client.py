"""Clients that ask an HTTP service over connections that stay open, as cheaply as they can.

They share the machine with the service, so nothing of an answer is parsed but status and length.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle, islice

__all__ = ["Answers", "ask", "request_bytes"]

_PATIENCE = 120
"""Seconds after which clients that still wait are given up."""


@dataclass
class Answers:
    """What some clients were answered."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    """Seconds of each answer of status 200."""
    refused: int = 0
    """Connections that could not be made."""
    unanswered: int = 0
    """Requests whose connection ended, or that were given up, before the answer was whole."""

    @property
    def rate(self) -> float:
        """Answers of status 200 a second."""
        return len(self.latencies) / self.seconds

    @property
    def errors(self) -> int:
        """Requests that were not answered by 200."""
        return self.statuses.total() - len(self.latencies) + self.refused + self.unanswered

    @property
    def failures(self) -> str:
        """The number of errors, and which they were."""
        kinds = {str(status): count for status, count in sorted(self.statuses.items())}
        kinds.pop("200", None)
        kinds |= {"refused": self.refused, "without answer": self.unanswered}
        named = [f"{kind}: {count}" for kind, count in kinds.items() if count]
        return f"{self.errors} ({', '.join(named)})" if named else "0"

    def percentile(self, share: float) -> float:
        """Return the milliseconds within which this share of the answers came."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def request_bytes(path: str, kind: str, body: bytes) -> bytes:
    """Return a POST request as it goes over the wire."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def ask(
    port: int,
    requests: Sequence[bytes],
    *,
    clients: int,
    seconds: float = float("inf"),
    count: int | None = None,
) -> Answers:
    """Ask for some seconds, or a number of requests in all; each client waits for its answer.

    The requests are repeated; each client begins with another. A client whose connection ends asks
    no more.
    """
    answers = Answers()
    started = time.perf_counter()
    shares = [None] * clients if count is None else _shares(count, clients)
    first = [number * len(requests) // clients for number in range(clients)]
    streams = [
        islice(cycle(requests), start, None if share is None else start + share)
        for start, share in zip(first, shares, strict=True)
    ]
    asyncio.run(_crowd(port, streams, answers, started + seconds))
    answers.seconds = time.perf_counter() - started
    return answers


def _shares(count: int, clients: int) -> list[int | None]:
    return [count // clients + (number < count % clients) for number in range(clients)]


async def _crowd(
    port: int, streams: Sequence[Iterator[bytes]], answers: Answers, deadline: float
) -> None:
    loop = asyncio.get_running_loop()
    clients = [_Client(stream, answers, deadline, loop.create_future()) for stream in streams]
    running = []
    for client in clients:
        try:
            await loop.create_connection(partial(_same, client), "127.0.0.1", port)
            running.append(client.ended)
        except OSError:
            answers.refused += 1
    if running:
        patience = None
        if deadline < float("inf"):
            patience = deadline - time.perf_counter() + _PATIENCE
        _, late = await asyncio.wait(running, timeout=patience)
        answers.unanswered += len(late)


def _same(client: "_Client") -> "_Client":
    return client


class _Client(asyncio.Protocol):
    """One connection, which carries a request at a time."""

    def __init__(
        self,
        requests: Iterator[bytes],
        answers: Answers,
        deadline: float,
        ended: "asyncio.Future[None]",
    ) -> None:
        self.ended = ended
        self._requests = requests
        self._answers = answers
        self._deadline = deadline
        self._received = bytearray()
        self._length = 0
        """Bytes of the answer with its head; 0 until its head is whole."""
        self._begun: float | None = None
        """When the request that waits for its answer was sent."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Take a part of an answer, and send the next request after the last."""
        self._received += data
        if not self._length:
            head = self._received.find(b"\r\n\r\n")
            if head < 0:
                return
            self._length = head + 4 + _content_length(bytes(self._received[:head]))
        if len(self._received) >= self._length:
            self._note()
            self._ask()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  named by asyncio
        """Count the request that was not answered, if there is one."""
        if self._begun is not None:
            self._answers.unanswered += 1
        if not self.ended.done():
            self.ended.set_result(None)

    def _note(self) -> None:
        assert self._begun is not None
        status = int(self._received[9:12])
        self._answers.statuses[status] += 1
        if status == 200:
            self._answers.latencies.append(time.perf_counter() - self._begun)
        self._received.clear()
        self._length, self._begun = 0, None

    def _ask(self) -> None:
        now = time.perf_counter()
        request = next(self._requests, None) if now < self._deadline else None
        if request is None or self._transport.is_closing():
            self._transport.close()
            return
        self._begun = now
        self._transport.write(request)


def _content_length(head: bytes) -> int:
    lower = head.lower() + b"\r\n"
    start = lower.index(b"content-length:") + len(b"content-length:")
    return int(lower[start : lower.index(b"\r\n", start)])
