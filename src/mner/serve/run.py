"""Running the service until a signal ends it."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from types import FrameType

import uvicorn

from mner.errors import InputError
from mner.serve.app import Api, build_app

__all__ = ["GRACE_SECONDS", "Place", "is_loopback", "own_names", "run"]

_LOG = logging.getLogger(__name__)

GRACE_SECONDS = 5
"""Seconds for the last answers to reach their clients, beside the time that tagging may take."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the service listens."""

    host: str
    port: int
    """0 for any that is free."""


def run(api: Api, place: Place) -> None:
    """Answer requests until SIGTERM or SIGINT; what was accepted is finished.

    SIGHUP loads the models again.

    Raises:
        InputError: the address cannot be listened at.
    """
    with _listening(place) as listener:
        config = uvicorn.Config(
            build_app(api),
            http="h11",  # which bounds the head of a request
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=int(3 * api.limits.seconds) + GRACE_SECONDS,
        )
        host, port = listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        _LOG.info("try it in a browser: http://%s:%d/", shown, port)
        _LOG.info("serving at http://%s:%d", shown, port)
        if api.access.token is None and not is_loopback(place.host):
            _LOG.warning("anybody who reaches %s may use the service: set a token", place.host)
        _Server(config, api).run(sockets=[listener])


def is_loopback(host: str) -> bool:
    """Return whether only programs of this machine can reach an address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def own_names(host: str) -> frozenset[str]:
    """Return the names by which a service that listens on this machine alone is called."""
    address = f"[{host}]" if ":" in host else host
    return frozenset({"localhost", "127.0.0.1", "[::1]", address.lower()})


@contextmanager
def _listening(place: Place) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    try:
        listener = socket.create_server((place.host, place.port), family=family, backlog=1024)
    except OSError as exc:
        raise InputError(
            f"cannot listen at {place.host}, port {place.port}: {exc.strerror or exc}: "
            "give another --host or --port"
        ) from exc
    with listener:
        # Connections inherit it. Without it, the body of an answer waits 40 ms for its head to be
        # acknowledged.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield listener


class _Server(uvicorn.Server):
    """Ends by a signal with exit code 0, since what was accepted has been finished."""

    def __init__(self, config: uvicorn.Config, api: Api) -> None:
        super().__init__(config)
        self._api = api
        self._reloads: set[asyncio.Task[None]] = set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle signals while the service runs."""
        loop = asyncio.get_running_loop()
        handlers = {signal.SIGTERM: self.handle_exit, signal.SIGINT: self.handle_exit}
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        if hasattr(signal, "SIGHUP"):

            def reload(_number: int, _frame: FrameType | None) -> None:
                loop.call_soon_threadsafe(self._reload)

            before[signal.SIGHUP] = signal.signal(signal.SIGHUP, reload)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _reload(self) -> None:
        task = asyncio.get_running_loop().create_task(self._reload_logged())
        self._reloads.add(task)
        task.add_done_callback(self._reloads.discard)

    async def _reload_logged(self) -> None:
        _LOG.info("loading the models again")
        await self._api.reload()
        names = ", ".join(
            f"{model.name} ({model.fingerprint})" for model in self._api.models.served
        )
        _LOG.info("process %d serves %s", os.getpid(), names)
