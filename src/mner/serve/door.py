"""The outermost layer of the service: who may enter, headers of answers, metrics, and the log."""

import json
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mner.errors import clipped, quoted
from mner.serve.front import PAGES
from mner.serve.problems import Problem
from mner.serve.token import is_allowed

__all__ = ["NOTE", "Access", "Door", "Note"]

_LOG = logging.getLogger(__name__)

NOTE = "mner.note"
"""The key of the scope of a request under which its `Note` is."""
_OPEN = frozenset({"/healthz", "/readyz", *PAGES})
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True, slots=True)
class Access:
    """Who may enter."""

    token: str | None = None
    """What clients have to send; None for a service that is open."""
    hosts: frozenset[str] | None = None
    """The names by which the service may be called; None for any. A page of a stranger cannot
    reach a service on this machine by a name of its own that leads here (DNS rebinding)."""

    def check(self, headers: Headers, path: str) -> None:
        """Raise Problem for a request that may not enter."""
        if self.hosts is not None and _host(headers.get("host", "")) not in self.hosts:
            host = quoted(headers.get("host", ""))
            raise Problem(421, f"the service is not called {host}: allow it by --allow-host")
        if self.token is None or path in _OPEN:
            return
        if not is_allowed(headers.get("authorization"), self.token):
            raise Problem(
                401,
                "expected the header `Authorization: Bearer TOKEN` with the token of the service",
                headers={"WWW-Authenticate": "Bearer"},
            )


@dataclass(slots=True)
class Note:
    """What the log says of a request beside its address and its answer."""

    model: str | None = None
    posts: int = 0
    texts: tuple[str, ...] = ()
    """Empty unless the texts are to be logged."""


@dataclass(slots=True)
class _Answer:
    """What was answered so far."""

    status: int = 500
    is_begun: bool = False


@dataclass(frozen=True, slots=True)
class Door:
    """Lets requests in, and notes what was answered."""

    app: ASGIApp
    access: Access
    routes: Collection[str]
    """The addresses that are counted each by itself."""
    answered: Callable[[str, int, float], None]
    """Is told the route, the status and the seconds."""
    note: Callable[[], Note] = field(default=Note)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = perf_counter()
        answer = _Answer()
        scope[NOTE] = note = self.note()

        async def send_noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status, answer.is_begun = message["status"], True
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)  # a page has a policy of its own
            await send(message)

        try:
            self.access.check(Headers(scope=scope), scope["path"])
            await self.app(scope, receive, send_noted)
        except Problem as problem:
            await problem.response()(scope, receive, send_noted)
        except Exception as exc:
            _LOG.exception("a request failed: %s", clipped(exc))
            if answer.is_begun:
                raise
            failure = Problem(500, "the service failed: its log says why")
            await failure.response()(scope, receive, send_noted)
        finally:
            self._noted(scope, answer.status, perf_counter() - start, note)

    def _noted(self, scope: Scope, status: int, seconds: float, note: Note) -> None:
        route = scope["path"] if scope["path"] in self.routes else "other"
        self.answered(route, status, seconds)
        line = {
            "event": "request",
            "method": clipped(scope["method"]),
            "route": route,
            "status": status,
            "ms": round(1000 * seconds, 1),
        }
        if note.model is not None:
            line |= {"model": note.model, "posts": note.posts}
        if note.texts:
            line |= {"texts": note.texts}
        _LOG.info("%s", json.dumps(line))


def _host(header: str) -> str:
    """Return the name in a `Host` header, without the port."""
    name, _, port = header.rpartition(":")
    return (name if name and port.isdecimal() else header).lower()
