"""Whatever a server answers is a picture or an unreadable one, and never an error."""

import socket
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mner.errors import InputError
from mner.pictures.decode import Picture
from mner.pictures.remote import Address, Fetcher
from mner.pictures.source import PictureSource
from mner.types import PictureState
from tests.pictures.answers import ANSWERS, picture


class RawServer:
    """Sends the same bytes to everyone, whatever is asked."""

    def __init__(self, listening: socket.socket) -> None:
        self.answer = b""
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        self._listening = listening

    def serve(self) -> None:
        while True:
            try:
                stream, _ = self._listening.accept()
            except OSError:
                return
            with stream:
                try:
                    stream.recv(65_536)
                    stream.sendall(self.answer)
                    stream.shutdown(socket.SHUT_WR)
                    stream.settimeout(5)
                    while stream.recv(65_536):
                        pass
                except OSError:
                    continue


@pytest.fixture(scope="module")
def server() -> Iterator[RawServer]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = RawServer(listening)
        thread = threading.Thread(target=serving.serve, daemon=True)
        thread.start()
        yield serving
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


def only_this_machine(address: Address) -> bool:
    return str(address) == "127.0.0.1"


FETCH = Fetcher(may_connect=only_this_machine, most_bytes=2_000_000, seconds=30)


def read(server: RawServer, answer: bytes) -> Picture:
    server.answer = answer
    return PictureSource(fetch=FETCH).read(server.url, size=4)


def test_there_are_many_kinds_of_answers() -> None:
    assert len(ANSWERS) > 100


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_odd_answer_is_an_unreadable_picture(server: RawServer, kind: str) -> None:
    found = read(server, ANSWERS[kind])
    assert found.state is PictureState.UNREADABLE
    assert found.reason is not None
    assert found.reason.isprintable()
    assert 0 < len(found.reason) < 600


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_damaged_answer_raises_nothing(server: RawServer, data: st.DataObject) -> None:
    body = picture()
    answers = (
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
        % (len(body), body),
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/x\r\nContent-Length: 0\r\n\r\n",
    )
    answer = bytearray(data.draw(st.sampled_from(answers)))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(answer)))
        end = start + data.draw(st.integers(0, 3))
        answer[start:end] = data.draw(st.binary(max_size=6))
    found = read(server, bytes(answer))
    assert (found.state is PictureState.PRESENT) == (found.reason is None)


def test_whole_answers_are_pictures(server: RawServer) -> None:
    body = picture()
    for answer in (
        b"HTTP/1.0 200 OK\r\n\r\n" + body,
        b"HTTP/1.1 200 OK\nContent-Length: %d\n\n%s" % (len(body), body),
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n" + body,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"".join(b"1\r\n%c\r\n" % byte for byte in body)
        + b"0\r\n\r\n",
    ):
        assert read(server, answer).state is PictureState.PRESENT


@pytest.mark.parametrize(
    "kind",
    ["a chunk of negative length", "interim answers without end", "trailers without end"],
)
def test_the_whole_answer_is_bounded(server: RawServer, kind: str) -> None:
    server.answer = ANSWERS[kind]
    with pytest.raises(InputError, match="cannot be fetched: the answer is too large for a pict"):
        FETCH(server.url)
