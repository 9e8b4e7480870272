"""Pictures by URL, for programs that read URLs written by strangers.

Only http and https are spoken, only to public machines, and size and time are bounded.
"""

import io
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Timer
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from mner.errors import InputError, clipped

if TYPE_CHECKING:
    from http.client import HTTPResponse

__all__ = ["Address", "Fetcher", "is_public"]

Address: TypeAlias = IPv4Address | IPv6Address

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SAFE = "/%:=&?~+!$,;'@()*[]"
"""Characters of a path and query that are sent as they are."""
_PIECE = 65_536
"""Bytes that are read at once."""
_MOST_AROUND = 1_000_000
"""Bytes of an answer beside its content: headers, and the lengths of chunks."""

_NOT_PUBLIC_4 = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24"
    " 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24"
    " 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
)
"""IANA's registry of special-purpose addresses of IPv4, multicast, and what is reserved."""
_NOT_PUBLIC_6 = "2001::/23 2001:db8::/32 2620:4f:8000::/48 3fff::/20"
"""IANA's registry of special-purpose addresses of IPv6, as far as they are global unicast. The
first holds Teredo, benchmarking and ORCHID."""
_GLOBAL_UNICAST = ip_network("2000::/3")
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)
"""Bits 64 to 95 of an address of IPv6 that ends in one of IPv4, by RFC 5214."""


def is_public(address: Address) -> bool:
    """Return whether an address belongs to the open internet.

    None of the special-purpose ranges of IANA's registries do, such as private, loopback and
    link-local addresses. An address of IPv6 that stands for one of IPv4 (mapped, 6to4) is as public
    as that one; NAT64, Teredo and ISATAP are not public.
    """
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NETWORKS_4)
    inner = address.ipv4_mapped or address.sixtofour
    if inner is not None and not is_public(inner):
        return False
    if address.ipv4_mapped is not None:
        return True
    if address not in _GLOBAL_UNICAST or (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
        return False
    return not any(address in network for network in _NETWORKS_6)


_NETWORKS_4 = tuple(map(ip_network, _NOT_PUBLIC_4.split()))
_NETWORKS_6 = tuple(map(ip_network, _NOT_PUBLIC_6.split()))


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
                exceeds a bound. Whatever a server answers raises nothing else.
        """
        deadline = time.monotonic() + self.seconds
        target = url
        for _ in range(self.most_redirects + 1):
            answer = self._ask(target, deadline)
            if isinstance(answer, bytes):
                return answer
            target = answer
        raise InputError(
            f"{clipped(url)}: more than {self.most_redirects} redirects: give the last URL"
        )

    def _ask(self, url: str, deadline: float) -> bytes | str:
        """Return the content of a URL, or the URL to which it redirects."""
        parts = _parts(url)
        try:
            with self._connected(parts, deadline) as stream:
                most = self.most_bytes + _MOST_AROUND
                answer = self._answer(_request(parts, stream, most=most), url)
        except InputError:
            raise
        # The libraries for HTTP, headers and names raise whatever the bytes lead them into:
        # HTTPException, OSError, UnicodeError, ValueError and more.
        except Exception as exc:
            raise self._failed(url, deadline, reason=clipped(exc) or type(exc).__name__) from exc
        if time.monotonic() >= deadline:
            raise self._failed(url, deadline)
        return answer

    def _failed(self, url: str, deadline: float, *, reason: str = "") -> InputError:
        if time.monotonic() >= deadline:
            reason = f"took longer than {self.seconds:g} s"
        return InputError(f"{clipped(url)}: cannot be fetched: {reason}")

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
                    f"{clipped(host)} is {address}, which is no public address:"
                    " pictures are fetched from the open internet only"
                )
        return addresses[0]

    def _answer(self, response: "HTTPResponse", url: str) -> bytes | str:
        """Return the content of a response, or the URL to which it redirects."""
        location = response.headers.get("Location")
        if response.status in _REDIRECTS and location:
            return urljoin(url, str(location))
        if response.status != 200:
            answer = f"{response.status} {clipped(response.reason)}"
            raise InputError(f"{clipped(url)}: the server answered {answer}, expected 200")
        content = bytearray()
        while len(content) <= self.most_bytes and (piece := response.read(_PIECE)):
            content += piece
        left = response.length or 0
        if max(len(content), left) > self.most_bytes:
            raise InputError(
                f"{clipped(url)}: more than {self.most_bytes} bytes: too large for a picture of a "
                "post"
            )
        if left:
            raise OSError(f"the connection ended {left} bytes too early")
        return bytes(content)


class _Answer(io.RawIOBase):
    """The bytes that come over a connection, up to a bound.

    `http.client` bounds neither what a chunk of negative length brings, nor interim answers and
    trailers.
    """

    def __init__(self, stream: socket.socket, *, most: int) -> None:
        self._stream = stream
        self._left = most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._stream.recv_into(buffer)
        self._left -= count
        if self._left < 0:
            raise OSError("the answer is too large for a picture of a post")
        return count


@dataclass(frozen=True, slots=True)
class _Connection:
    """What `http.client` needs of a socket; its answer is bounded."""

    stream: socket.socket
    most: int

    def sendall(self, data: bytes) -> None:
        self.stream.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Answer(self.stream, most=self.most))

    def close(self) -> None:
        """Leave the socket to who opened it."""


def _request(parts: SplitResult, stream: socket.socket, *, most: int) -> "HTTPResponse":
    """Ask for a file over an open connection, and read at most so many bytes of the answer."""
    from http.client import HTTPConnection

    connection = HTTPConnection(parts.netloc)
    connection.sock = _Connection(stream, most)
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
        raise InputError(f"{clipped(url)}: is not a URL: {clipped(exc)}") from exc
    if parts.scheme not in {"http", "https"}:
        scheme = clipped(parts.scheme) or "no scheme"
        raise InputError(f"{clipped(url)}: expected http or https, got {scheme}")
    if not names_machine or "@" in parts.netloc:
        raise InputError(
            f"{clipped(url)}: expected a URL with the name of a machine, and without a user"
        )
    return parts


def _shut_down(stream: socket.socket) -> None:
    try:
        stream.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
