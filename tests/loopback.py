"""A server on the loopback address that behaves as its test says, one behaviour a request."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

__all__ = ["Behaviour", "Request", "Server", "server"]

CONTENT = bytes(range(256)) * 400


class Request(BaseHTTPRequestHandler):
    """One request; the methods are what behaviours are made of."""

    server: "Server"

    def do_GET(self) -> None:
        self.server.ranges.append(self.headers.get("Range"))
        behaviours = self.server.behaviours
        (behaviours.pop(0) if len(behaviours) > 1 else behaviours[0])(self)

    def reply(
        self,
        content: bytes,
        *,
        status: int = 200,
        announced: int | None = None,
        sent: int | None = None,
        **headers: str,
    ) -> None:
        """Send `content`, or its first `sent` bytes, and say that it has `announced` bytes."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(content) if announced is None else announced))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content[:sent])

    def reply_in_range(self, content: bytes, *, sent: int | None = None) -> None:
        """Send what an honest server sends, or its first `sent` bytes."""
        etag = f'"{hashlib.sha256(content).hexdigest()}"'
        first = int((self.headers.get("Range") or "bytes=0-")[6:-1])
        if not first or self.headers.get("If-Range") != etag:
            self.reply(content, sent=sent, ETag=etag)
        else:
            self.reply(
                content[first:],
                status=206,
                sent=sent,
                ETag=etag,
                Content_Range=f"bytes {first}-{len(content) - 1}/{len(content)}",
            )

    def log_message(self, *_: object) -> None:
        pass


Behaviour = Callable[[Request], None]


class Server(ThreadingHTTPServer):
    """The last behaviour is repeated for ever."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.behaviours: list[Behaviour] = []
        self.ranges: list[str | None] = []

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up early is part of the tests."""

    def at(self, path: str, *behaviours: Behaviour) -> str:
        self.behaviours, self.ranges = list(behaviours), []
        return f"http://127.0.0.1:{self.server_address[1]}/{path}"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "*")
    with Server() as serving:
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()
