"""An endpoint on the loopback address, with answers that a test chooses."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

__all__ = ["StandIn", "completion", "serving"]


class StandIn:
    """An endpoint on the loopback address, with answers that a test chooses."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.answer: Callable[[str], tuple[int, bytes]] = lambda _: (500, b"")
        self.retry_after: str | None = None
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                stand_in.asked.append((self.path, dict(self.headers), body))
                status, content = stand_in.answer(body["messages"][1]["content"])
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                if status in {429, 503} and stand_in.retry_after is not None:
                    self.send_header("Retry-After", stand_in.retry_after)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"

    def answers(self, *entities: tuple[str, str]) -> None:
        """Answer every question with these entities."""
        found = [{"text": text, "label": label} for text, label in entities]
        self.answer = lambda _: (200, completion(json.dumps({"entities": found})))


def completion(content: str) -> bytes:
    choices = [{"message": {"role": "assistant", "content": content}}]
    usage = {"prompt_tokens": 90, "completion_tokens": 7}
    return json.dumps({"choices": choices, "usage": usage}).encode()


@contextmanager
def serving() -> Iterator[StandIn]:
    """Start an endpoint, and end it."""
    stand_in = StandIn()
    thread = Thread(target=stand_in.server.serve_forever, daemon=True)
    thread.start()
    yield stand_in
    stand_in.server.shutdown()
    stand_in.server.server_close()
    thread.join()
