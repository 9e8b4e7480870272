import threading
from collections.abc import Iterator
from socketserver import StreamRequestHandler, ThreadingTCPServer

import pytest

from benchmarks.load_client import ask, request_bytes

REQUESTS = [request_bytes("/", "text/plain", body) for body in (b"a", b"bb", b"full", b"gone")]


class Answering(StreamRequestHandler):
    """Answers what was sent, `full` by 503 and `gone` by hanging up."""

    def handle(self) -> None:
        length = 0
        for line in self.rfile:
            if line.startswith(b"Content-Length: "):
                length = int(line.split()[1])
            if line != b"\r\n":
                continue
            body = self.rfile.read(length)
            if body == b"gone":
                return
            status = b"503 Full" if body == b"full" else b"200 OK"
            for part in (b"HTTP/1.1 " + status + b"\r\ncontent-len", b"gth: 3\r\n\r\nab", b"c"):
                self.wfile.write(part)
                self.wfile.flush()


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingTCPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_each_client_waits_for_its_answers(port: int) -> None:
    answers = ask(port, REQUESTS[:2], clients=3, count=10)
    assert answers.statuses == {200: 10}
    assert len(answers.latencies) == 10
    assert answers.errors == 0
    assert 0 < answers.percentile(0.5) <= answers.percentile(0.99)
    assert answers.rate == 10 / answers.seconds


def test_what_is_not_answered_by_200_is_counted(port: int) -> None:
    answers = ask(port, REQUESTS, clients=1, count=4)
    assert answers.statuses == {200: 2, 503: 1}
    assert (answers.unanswered, answers.refused, answers.errors) == (1, 0, 2)


def test_clients_without_a_service_are_refused(port: int) -> None:
    assert ask(port, REQUESTS[:1], clients=2, count=0).statuses == {}
    assert ask(1, REQUESTS[:1], clients=2, seconds=5).refused == 2
