"""The bodies of requests: bounded in size, in time, and in what all of them hold together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.requests import ClientDisconnect, Request

from mner.serve.limits import Limits
from mner.serve.problems import Problem, overloaded

__all__ = ["Bodies", "Held"]


@dataclass
class Held:
    """What is held in memory for one request."""

    bodies: "Bodies"
    body: bytearray = field(default_factory=bytearray)
    size: int = 0
    """The bytes of the body, and of the pictures that were fetched for it."""

    def hold(self, size: int) -> None:
        """Count further bytes.

        Raises:
            Problem: with them, all requests together hold too much.
        """
        if self.bodies.held + size > self.bodies.limits.held_bytes:
            raise overloaded("the requests that are being answered fill the memory")
        self.bodies.held += size
        self.size += size


@dataclass
class Bodies:
    """Reads bodies, and counts what those of the requests at hand hold together."""

    limits: Limits
    requests: int = 0
    """The number of requests that are being answered."""
    held: int = 0
    """The bytes that are held for them."""

    @asynccontextmanager
    async def read(self, request: Request) -> AsyncIterator[Held]:
        """Read a body, and hold it while the request is answered.

        Raises:
            Problem: the body is too large or takes too long, or too much is held already.
        """
        self._check(request)
        held = Held(self)
        self.requests += 1
        try:
            await self._fill(held, request)
            yield held
        finally:
            self.requests -= 1
            self.held -= held.size

    def _check(self, request: Request) -> None:
        if self.requests >= self.limits.requests:
            raise overloaded(f"{self.requests} requests are being answered")
        announced = request.headers.get("content-length", "")
        if announced.isdecimal() and int(announced[:20]) > self.limits.body_bytes:
            raise self._too_large()
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            raise Problem(415, "expected a body without Content-Encoding")

    async def _fill(self, held: Held, request: Request) -> None:
        try:
            async with asyncio.timeout(self.limits.seconds):
                async for piece in request.stream():
                    if len(held.body) + len(piece) > self.limits.body_bytes:
                        raise self._too_large()
                    held.hold(len(piece))
                    held.body += piece
        except TimeoutError as exc:
            raise Problem(408, f"the body took longer than {self.limits.seconds:g} s") from exc
        except ClientDisconnect as exc:
            raise Problem(400, "the connection ended before the body did") from exc

    def _too_large(self) -> Problem:
        return Problem(413, f"the body has more than {self.limits.body_bytes} bytes")
