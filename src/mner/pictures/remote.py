"""Pictures by URL, for programs that read URLs written by strangers.

Only http and https are spoken, only to public machines, and size and time are bounded.
"""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from threading import Timer
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from mner.errors import InputError

if TYPE_CHECKING:
    from http.client import HTTPResponse

__all__ = ["Address", "Fetcher", "is_public"]

Address: TypeAlias = IPv4Address | IPv6Address

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SAFE = "/%:=&?~+!$,;'@()*[]"
"""Characters of a path and query that are sent as they are."""
_PIECE = 65_536
"""Bytes that are read at once."""


def is_public(address: Address) -> bool:
    """Return whether an address belongs to the open internet.

    Private, loopback, link-local, multicast and reserved addresses do not, nor does an address of
    IPv6 that stands for one of them.
    """
    if isinstance(address, IPv6Address):
        inner = _inner(address)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches a file by its URL, into memory.

    Every address that a name resolves to is checked, and the connection goes to a checked address,
    so a second answer of the name server changes nothing. Each redirect is checked again. Proxies
    that the environment names are not used: only the proxy would be checked.
    """

    may_connect: Callable[[Address], bool] = is_public
    """Says whether an address is allowed. A program whose pictures are on machines of its own
    network gives another check."""
    most_bytes: int = 20_000_000
    seconds: float = 10.0
    """Bounds a fetch with all its redirects. How long a name server may take is left to the
    system."""
    most_redirects: int = 3

    def __call__(self, url: str) -> bytes:
        """Return the content of a URL.

        Raises:
            InputError: the URL is not allowed, cannot be reached, is not answered by 200, or
                exceeds a bound.
        """
        deadline = time.monotonic() + self.seconds
        target = url
        for _ in range(self.most_redirects + 1):
            answer = self._ask(target, deadline)
            if isinstance(answer, bytes):
                return answer
            target = urljoin(target, answer)
        raise InputError(f"{url}: more than {self.most_redirects} redirects: give the last URL")

    def _ask(self, url: str, deadline: float) -> bytes | str:
        """Return the content of a URL, or the URL to which it redirects."""
        from http.client import HTTPException

        parts = _parts(url)
        try:
            with self._connected(parts, deadline) as stream:
                answer = self._answer(_request(parts, stream), url)
                if time.monotonic() >= deadline:
                    raise TimeoutError
                return answer
        except (OSError, HTTPException, UnicodeError, ValueError) as exc:
            reason = str(exc) or type(exc).__name__
            if time.monotonic() >= deadline:
                reason = f"took longer than {self.seconds:g} s"
            raise InputError(f"{url}: cannot be fetched: {reason}") from exc

    @contextmanager
    def _connected(self, parts: SplitResult, deadline: float) -> Iterator[socket.socket]:
        """Connect to a checked address.

        The connection is shut down at the deadline, however slowly bytes may drip in.
        """
        import ssl

        assert parts.hostname is not None
        is_secure = parts.scheme == "https"
        port = parts.port or (443 if is_secure else 80)
        address = self._address(parts.hostname, port)
        left = max(deadline - time.monotonic(), 0.001)
        stream = socket.create_connection((address, port), timeout=left)
        watched = stream.dup()
        watch = Timer(max(deadline - time.monotonic(), 0), _shut_down, [watched])
        try:
            watch.start()
            if is_secure:
                context = ssl.create_default_context()
                stream = context.wrap_socket(stream, server_hostname=parts.hostname)
            yield stream
        finally:
            watch.cancel()
            watched.close()
            stream.close()

    def _address(self, host: str, port: int) -> str:
        """Resolve a name; all of its addresses must be allowed."""
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(answer[4][0]) for answer in answers]
        for address in addresses:
            if not self.may_connect(ip_address(address)):
                raise InputError(
                    f"{host} is {address}, which is no public address:"
                    " pictures are fetched from the open internet only"
                )
        return addresses[0]

    def _answer(self, response: "HTTPResponse", url: str) -> bytes | str:
        """Return the content of a response, or the URL to which it redirects."""
        location = response.headers.get("Location")
        if response.status in _REDIRECTS and location:
            return str(location)
        if response.status != 200:
            raise InputError(
                f"{url}: the server answered {response.status} {response.reason}, expected 200"
            )
        content = bytearray()
        while len(content) <= self.most_bytes and (piece := response.read(_PIECE)):
            content += piece
        left = response.length or 0
        if max(len(content), left) > self.most_bytes:
            raise InputError(
                f"{url}: more than {self.most_bytes} bytes: too large for a picture of a post"
            )
        if left:
            raise OSError(f"the connection ended {left} bytes too early")
        return bytes(content)


def _inner(address: IPv6Address) -> IPv4Address | None:
    """Return the address of IPv4 that one of IPv6 stands for, if any."""
    if address.teredo:
        _server, client = address.teredo
        return client
    return address.ipv4_mapped or address.sixtofour


def _request(parts: SplitResult, stream: socket.socket) -> "HTTPResponse":
    """Ask for a file over an open connection."""
    from http.client import HTTPConnection

    connection = HTTPConnection(parts.netloc)
    connection.sock = stream
    path = parts.path or "/"
    if parts.query:
        path += f"?{parts.query}"
    headers = {
        "Host": parts.netloc,
        "User-Agent": "mner",
        "Accept": "image/*",
        "Accept-Encoding": "identity",
    }
    connection.request("GET", quote(path, safe=_SAFE), headers=headers)
    return connection.getresponse()


def _parts(url: str) -> SplitResult:
    """Split a URL that may be fetched; raises InputError for any other."""
    try:
        parts = urlsplit(url)
        names_machine = parts.hostname is not None and parts.port != 0
    except ValueError as exc:
        raise InputError(f"{url}: is not a URL: {exc}") from exc
    if parts.scheme not in {"http", "https"}:
        raise InputError(f"{url}: expected http or https, got {parts.scheme or 'no scheme'}")
    if not names_machine or "@" in parts.netloc:
        raise InputError(f"{url}: expected a URL with the name of a machine, and without a user")
    return parts


def _shut_down(stream: socket.socket) -> None:
    try:
        stream.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
