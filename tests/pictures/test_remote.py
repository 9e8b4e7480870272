import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any

import pytest

from mner.errors import InputError
from mner.pictures.remote import Address, Fetcher, is_public


class Handler(BaseHTTPRequestHandler):
    """Answers by the path that is asked for."""

    def do_GET(self) -> None:
        kind, _, rest = self.path.lstrip("/").partition("/")
        if kind == "to":
            self._begin(302, Location=rest)
        elif kind == "loop":
            self._begin(307, Location="/loop")
        elif kind == "endless":
            self._begin(200)
            self._drip(b"x" * 10_000)
        elif kind == "drip":
            self._drip(b"H")
        elif kind == "short":
            self._begin(200, **{"Content-Length": "100"})
            self.wfile.write(b"x")
        elif kind == "missing":
            self._begin(404)
        else:
            self._begin(200)
            self.wfile.write(f"{self.path} {self.headers['Host']}".encode())

    def _begin(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _drip(self, piece: bytes) -> None:
        stopped: threading.Event = self.server.stopped  # type: ignore[attr-defined]
        try:
            while not stopped.wait(0.01):
                self.wfile.write(piece)
        except OSError:
            return

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Its URL, on the loopback address 127.0.0.1."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        serving.daemon_threads = True
        serving.stopped = threading.Event()  # type: ignore[attr-defined]
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.stopped.set()  # type: ignore[attr-defined]
        serving.shutdown()
        thread.join()


def only_this_machine(address: Address) -> bool:
    return str(address) == "127.0.0.1"


FETCH = Fetcher(may_connect=only_this_machine)


def test_a_file_is_fetched(server: str) -> None:
    assert (
        FETCH(f"{server}/a b/ü?q=1#part")
        == f"/a%20b/%C3%BC?q=1 {server.removeprefix('http://')}".encode()
    )


def test_redirects_are_followed(server: str) -> None:
    assert FETCH(f"{server}/to//to/{server}/picture").startswith(b"/picture ")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/to/http://127.0.0.2/x", "127.0.0.2 is 127.0.0.2, which is no public address"),
        ("/to/http://10.0.0.1/x", "10.0.0.1 is 10.0.0.1, which is no public address"),
        ("/to/file:///etc/passwd", "file:///etc/passwd: expected http or https, got file"),
        ("/to/ftp://127.0.0.1/x", "expected http or https, got ftp"),
        ("/loop", "more than 3 redirects: give the last URL"),
        ("/missing", "the server answered 404 Not Found, expected 200"),
        ("/short", "cannot be fetched: the connection ended 99 bytes too early"),
    ],
)
def test_where_a_server_may_not_lead(server: str, path: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        FETCH(server + path)


def test_size_is_bounded(server: str) -> None:
    with pytest.raises(InputError, match="more than 50000 bytes"):
        Fetcher(may_connect=only_this_machine, most_bytes=50_000)(f"{server}/endless")


@pytest.mark.parametrize("path", ["/endless", "/drip"])
def test_time_is_bounded_however_the_bytes_come(server: str, path: str) -> None:
    with pytest.raises(InputError, match=r"cannot be fetched: took longer than 0\.3 s"):
        Fetcher(may_connect=only_this_machine, seconds=0.3, most_bytes=10**12)(server + path)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.0.1",
        "169.254.169.254",
    ],
)
def test_machines_that_are_not_public_are_refused(host: str) -> None:
    with pytest.raises(InputError, match=r"no public address|cannot be fetched: \[Errno -[0-9]+\]"):
        Fetcher()(f"http://{host}:9/x")


def test_the_checked_address_is_the_one_connected_to(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(server.rpartition(":")[2])
    answers = iter([["127.0.0.1"], ["127.0.0.1", "10.0.0.1"]])
    resolve = socket.getaddrinfo

    def getaddrinfo(host: str, *arguments: Any, **more: Any) -> list[Any]:
        if host != "pictures.example":
            return list(resolve(host, *arguments, **more))
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in next(answers)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    assert FETCH(f"http://pictures.example:{port}/x") == f"/x pictures.example:{port}".encode()
    with pytest.raises(InputError, match=r"pictures\.example is 10\.0\.0\.1"):
        FETCH(f"http://pictures.example:{port}/x")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("file:///etc/passwd", "expected http or https, got file"),
        ("/etc/passwd", "expected http or https, got no scheme"),
        ("http://", "expected a URL with the name of a machine"),
        ("http://user:secret@example.com/x", "and without a user"),
        ("http://example.com:99999/x", "is not a URL: Port out of range"),
        ("http://[::1/x", "is not a URL: Invalid IPv6 URL"),
        ("http://" + "a" * 70 + ".com/x", "cannot be fetched: .*label"),
        ("http://127.0.0.1:1/x", "cannot be fetched: .*refused"),
    ],
)
def test_urls_that_cannot_be_fetched(url: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        FETCH(url)


def test_what_is_not_speaking_http(server: str) -> None:
    with pytest.raises(InputError, match=r"cannot be fetched: .*SSL"):
        FETCH(server.replace("http:", "https:"))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "2002:808:808::1"]
)
def test_public_addresses(address: str) -> None:
    assert is_public(ip_address(address))


PRIVATE = (
    "127.0.0.1 10.0.0.1 172.31.0.1 192.168.1.1 169.254.169.254"
    " 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255 240.0.0.1"
)
PRIVATE_6 = (
    ":: ::1 fe80::1 fe80::1%eth0 fc00::1 fec0::1 ff02::1"
    " ::ffff:10.0.0.1 ::7f00:1 64:ff9b::7f00:1 2002:7f00:1::1 2001:db8::1"
)


@pytest.mark.parametrize("address", [*PRIVATE.split(), *PRIVATE_6.split()])
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))
