"""Pictures by URL, for programs that read URLs written by strangers: http and https only, public machines only, bounded in size and time."""

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
_PIECE = 65_536


def is_public(address: Address) -> bool:
    """Whether an address belongs to the open internet: not private, loopback, link-local, multicast or reserved, nor one of IPv6 that stands for such a one."""
    if isinstance(address, IPv6Address):
        inner = (
            address.ipv4_mapped
            or address.sixtofour
            or (address.teredo[1] if address.teredo else None)
        )
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches a file by its URL, into memory.

    Every address that a name resolves to is checked, and the connection goes to a checked address, so a second answer of the name server changes nothing.
    Each redirect is checked again. Proxies that the environment names are not used: the check would see the proxy alone.
    """

    may_connect: Callable[[Address], bool] = is_public
    """The check; a program whose pictures are on machines of its own network gives another one."""
    most_bytes: int = 20_000_000
    seconds: float = 10.0
    """For all of a fetch with its redirects; how long a name server may take is the system's to bound."""
    most_redirects: int = 3

    def __call__(self, url: str) -> bytes:
        """The content.

        Raises:
            InputError: the URL is not allowed, cannot be reached, is not answered by 200, or passes a bound.
        """
        deadline = time.monotonic() + self.seconds
        there = url
        for _ in range(self.most_redirects + 1):
            content = self._ask(there, deadline)
            if isinstance(content, bytes):
                return content
            there = urljoin(there, content)
        raise InputError(f"{url}: more than {self.most_redirects} redirects: give the last URL")

    def _ask(self, url: str, deadline: float) -> bytes | str:
        """The content, or where it has gone."""
        from http.client import HTTPConnection, HTTPException

        parts = _parts(url)
        try:
            with self._connected(parts, deadline) as connection_socket:
                connection = HTTPConnection(parts.netloc)
                connection.sock = connection_socket
                target = quote(
                    f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}",
                    safe="/%:=&?~+!$,;'@()*[]",
                )
                connection.request(
                    "GET",
                    target,
                    headers={
                        "Host": parts.netloc,
                        "User-Agent": "mner",
                        "Accept": "image/*",
                        "Accept-Encoding": "identity",
                    },
                )
                content = self._content(connection.getresponse(), url)
                if time.monotonic() >= deadline:
                    raise TimeoutError
                return content
        except (OSError, HTTPException, UnicodeError, ValueError) as exc:
            reason = (
                f"took longer than {self.seconds:g} s"
                if time.monotonic() >= deadline
                else str(exc) or type(exc).__name__
            )
            raise InputError(f"{url}: cannot be fetched: {reason}") from exc

    @contextmanager
    def _connected(self, parts: SplitResult, deadline: float) -> Iterator[socket.socket]:
        """A connection to a checked address, which is shut down when the time is over, however slowly bytes may drip in."""
        import ssl

        assert parts.hostname is not None
        port = parts.port or (443 if parts.scheme == "https" else 80)
        left = max(deadline - time.monotonic(), 0.001)
        stream = socket.create_connection((self._address(parts.hostname, port), port), timeout=left)
        watched = stream.dup()
        watch = Timer(max(deadline - time.monotonic(), 0), _shut_down, [watched])
        try:
            watch.start()
            if parts.scheme == "https":
                stream = ssl.create_default_context().wrap_socket(
                    stream, server_hostname=parts.hostname
                )
            yield stream
        finally:
            watch.cancel()
            watched.close()
            stream.close()

    def _address(self, host: str, port: int) -> str:
        found = [
            str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        ]
        if refused := [address for address in found if not self.may_connect(ip_address(address))]:
            raise InputError(
                f"{host} is {refused[0]}, which is no public address: pictures are fetched from the open internet only"
            )
        return found[0]

    def _content(self, response: "HTTPResponse", url: str) -> bytes | str:
        if response.status in _REDIRECTS and (location := response.headers.get("Location")):
            return str(location)
        if response.status != 200:
            raise InputError(
                f"{url}: the server answered {response.status} {response.reason}, expected 200"
            )
        content = bytearray()
        while len(content) <= self.most_bytes and (piece := response.read(_PIECE)):
            content += piece
        if len(content) > self.most_bytes or (response.length or 0) > self.most_bytes:
            raise InputError(
                f"{url}: more than {self.most_bytes} bytes: too large for a picture of a post"
            )
        if response.length:
            raise OSError(f"the connection ended {response.length} bytes too early")
        return bytes(content)


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_sound = parts.hostname is not None and parts.port != 0
    except ValueError as exc:
        raise InputError(f"{url}: is not a URL: {exc}") from exc
    if parts.scheme not in {"http", "https"}:
        raise InputError(f"{url}: expected http or https, got {parts.scheme or 'no scheme'}")
    if not is_sound or "@" in parts.netloc:
        raise InputError(f"{url}: expected a URL with the name of a machine, and without a user")
    return parts


def _shut_down(stream: socket.socket) -> None:
    try:
        stream.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
