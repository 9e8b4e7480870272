"""A client of an endpoint that speaks the API of OpenAI's chat completions."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import msgspec

from mner.errors import InputError, clipped, quoted

__all__ = ["KEY", "Endpoint", "EndpointError", "Reply", "open_endpoint"]

KEY = "MNER_ENDPOINT_KEY"
"""The environment variable that may hold the key."""
_PATH = "/chat/completions"
_SECONDS = 60.0
"""How long an answer may take."""
_LARGEST = 1_000_000
"""The most bytes of an answer."""
_BUSY = frozenset({429, 503})
_PAUSE = 1
"""Seconds after which an endpoint that is busy is asked again, where it does not say how many."""
_LONGEST_PAUSE = 30
"""The most seconds that it may ask for."""
_OWN_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


class EndpointError(Exception):
    """A question was not answered; the message says why."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What an endpoint answered."""

    content: str
    prompt_tokens: int
    """The tokens that the endpoint says it has read; 0 where it does not say."""
    completion_tokens: int
    """The tokens that it says it has written."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint that answers one question at a time."""

    url: str
    """Where questions are sent."""
    model: str | None
    """The model that is asked for; None leaves the choice to the endpoint."""
    key: str | None = field(default=None, repr=False)

    def ask(self, messages: Sequence[Mapping[str, str]]) -> Reply:
        """Send messages, and return the answer to them. Redirections are not followed.

        An endpoint that is busy (429 or 503) is asked once more, after the seconds that it names.

        Raises:
            EndpointError: there is no answer in time, or none that can be read.
        """
        body: dict[str, Any] = {"messages": list(messages), "temperature": 0}
        if self.model is not None:
            body["model"] = self.model
        headers = {"Content-Type": "application/json", "User-Agent": "mner"}
        if self.key is not None:
            headers["Authorization"] = f"Bearer {self.key}"
        request = Request(self.url, json.dumps(body).encode(), headers)  # noqa: S310  checked
        try:
            return _reply(self._answered(request))
        except HTTPError as exc:
            with exc:
                raise EndpointError(f"it answers {exc.code}") from None
        except (OSError, HTTPException, ValueError) as exc:
            reason = getattr(exc, "reason", None) or exc
            raise EndpointError(f"it cannot be asked: {clipped(reason)}") from exc

    def _answered(self, request: Request) -> bytes:
        try:
            return self._sent(request)
        except HTTPError as exc:
            seconds = _pause(exc)
            if seconds is None:
                raise
            exc.close()
        time.sleep(seconds)
        return self._sent(request)

    def _sent(self, request: Request) -> bytes:
        deadline = time.monotonic() + _SECONDS
        answer: HTTPResponse
        opener = build_opener(_NoRedirects)
        if urlsplit(self.url).hostname in _OWN_MACHINE:
            opener = build_opener(_NoRedirects, ProxyHandler({}))
        with opener.open(request, timeout=_SECONDS) as answer:
            content = b""
            while piece := answer.read1(65_536):
                content += piece
                if len(content) > _LARGEST:
                    raise EndpointError(f"its answer has more than {_LARGEST} bytes")
                if time.monotonic() > deadline:
                    raise EndpointError(f"its answer takes longer than {_SECONDS:g} s")
        return content


def open_endpoint(url: str, *, model: str | None, environment: Mapping[str, str]) -> Endpoint:
    """Return the endpoint at an address, without asking it anything.

    Args:
        url: its base, such as `http://127.0.0.1:8000/v1`, or with `/chat/completions` at its end.
        model: the model that is asked for.
        environment: may hold the key in `KEY`.

    Raises:
        InputError: the address is none of http or https, holds more than an address, or the key
            cannot be sent in a header or would be sent unencrypted to another machine.
    """
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        has_port = False
    if not has_port or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InputError(f"--endpoint {quoted(url)}: expected an address of http or https")
    is_plain = url.isascii() and url.isprintable() and " " not in url
    if not is_plain or parts.username or parts.password or parts.query or parts.fragment:
        # The address may hold a secret, so it is not shown.
        raise InputError(
            f"--endpoint: expected an address alone, such as http://127.0.0.1:8000/v1, without a "
            f"user, a query or blanks; a key is read from {KEY}"
        )
    key = environment.get(KEY, "").strip() or None
    if key is not None and not (key.isascii() and key.isprintable()):
        raise InputError(f"{KEY}: the key has characters that no header can hold")
    if key is not None and parts.scheme == "http" and parts.hostname not in _OWN_MACHINE:
        raise InputError(
            f"--endpoint {quoted(url)}: the key of {KEY} would be sent unencrypted: use https, or "
            f"unset {KEY} if the endpoint needs none"
        )
    base = url.rstrip("/")
    return Endpoint(base if base.endswith(_PATH) else base + _PATH, model, key)


def _pause(refusal: HTTPError) -> int | None:
    """Return after how many seconds to ask again; None for never."""
    if refusal.code not in _BUSY:
        return None
    named = (refusal.headers.get("Retry-After") or str(_PAUSE)).strip()
    if not (named.isascii() and named.isdecimal()) or len(named) > 9:
        return None
    seconds = int(named)
    return seconds if seconds <= _LONGEST_PAUSE else None


class _NoRedirects(HTTPRedirectHandler):
    """Lets a redirection be an error, so that no post goes to another address than the given."""

    def redirect_request(self, *_given: Any, **_more: Any) -> None:
        return None


class _Message(msgspec.Struct):
    content: str


class _Choice(msgspec.Struct):
    message: _Message


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Answer(msgspec.Struct):
    choices: list[_Choice]
    usage: _Usage | None = None


def _reply(content: bytes) -> Reply:
    try:
        answer = msgspec.json.decode(content, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise EndpointError(f"its answer is no chat completion: {clipped(exc)}") from exc
    if not answer.choices:
        raise EndpointError("its answer is no chat completion: it has no choices")
    usage = answer.usage or _Usage()
    return Reply(
        answer.choices[0].message.content,
        max(0, usage.prompt_tokens or 0),
        max(0, usage.completion_tokens or 0),
    )
