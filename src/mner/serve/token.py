"""The token that clients have to send, if the service wants one."""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from mner.errors import InputError
from mner.files.regular import require_regular

__all__ = ["VARIABLE", "is_allowed", "read_token"]

VARIABLE = "MNER_TOKEN"
"""The environment variable that may hold the token."""
_SHORTEST = 16
_LARGEST = 4_096


def read_token(file: Path | None, environment: Mapping[str, str]) -> str | None:
    """Return the token of a file, or of the environment; None where there is none.

    Raises:
        InputError: the token is too short, or holds what a header cannot hold.
    """
    if file is not None:
        content = require_regular(file, largest=_LARGEST).read_bytes()
        return _checked(content.decode("utf-8", "replace").strip(), str(file))
    if VARIABLE in environment:
        return _checked(environment[VARIABLE], VARIABLE)
    return None


def is_allowed(header: str | None, token: str) -> bool:
    """Return whether an `Authorization` header holds the token; takes the same time for each."""
    scheme, _, given = (header or "").partition(" ")
    is_bearer = scheme.lower() == "bearer"
    return hmac.compare_digest(_digest(given.strip()), _digest(token)) and is_bearer


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogateescape")).digest()


def _checked(token: str, name: str) -> str:
    if len(token) < _SHORTEST or not token.isascii() or not token.isprintable() or " " in token:
        raise InputError(
            f"{name}: expected a token of at least {_SHORTEST} printable ASCII characters without "
            "blanks, such as what `openssl rand -hex 32` prints"
        )
    return token
