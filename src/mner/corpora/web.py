"""Requests over http and https, and which of their failures may pass."""

import urllib.request
from collections.abc import Mapping
from http.client import HTTPException, HTTPMessage, HTTPResponse
from typing import IO, Any, cast
from urllib.error import HTTPError

from mner.errors import InputError, clipped

__all__ = ["OutOfRangeError", "Redirects", "TransientError", "is_url", "open_url"]

_TRANSIENT = {408, 425, 429, 500, 502, 503, 504}
"""Answers after which another try makes sense."""
_OUT_OF_RANGE = 416


class TransientError(Exception):
    """A try failed in a way that may pass."""


class OutOfRangeError(TransientError):
    """The server's file ends before the bytes that were asked for."""


def is_url(source: str) -> bool:
    """Return whether a source is an address rather than a file."""
    return source.lower().startswith(("http://", "https://"))


def open_url(url: str, *, headers: Mapping[str, str], timeout: float) -> HTTPResponse:
    """Ask a server for a file.

    Args:
        url: the address, by http or https.
        headers: of the request, beside those of every request.
        timeout: seconds without an answer or a byte.

    Raises:
        TransientError: there is no connection, or the server refuses for now.
        InputError: the server refuses.
    """
    common = {"User-Agent": "mner", "Accept-Encoding": "identity"}
    try:
        # S310 warns of other schemes, which `_opener` does not know.
        request = urllib.request.Request(url, headers=common | dict(headers))  # noqa: S310
        return cast("HTTPResponse", _opener().open(request, timeout=timeout))
    except HTTPError as exc:
        exc.close()
        if exc.code == _OUT_OF_RANGE:
            raise OutOfRangeError("the server's file has become shorter") from exc
        answer = f"the server answers {exc.code} {exc.reason}"
        if exc.code in _TRANSIENT:
            raise TransientError(answer) from exc
        raise InputError(f"{url}: {answer}") from exc
    except (OSError, HTTPException) as exc:
        reason = getattr(exc, "reason", None) or exc or type(exc).__name__
        raise TransientError(f"no connection ({clipped(reason)})") from exc


class Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirections, but none that gives up encryption."""

    def redirect_request(  # noqa: PLR0917 (urllib's signature)
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> Any:
        """Return the next request, or raise InputError."""
        if req.type == "https" and not newurl.lower().startswith("https:"):
            fp.close()
            raise InputError(
                f"{req.full_url}: the server redirects to {newurl}, which is not encrypted"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    """Return an opener without the other schemes that urllib knows: file, ftp and data."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
        Redirects,
        urllib.request.HTTPErrorProcessor,
        urllib.request.UnknownHandler,
    ):
        opener.add_handler(handler())
    return opener
