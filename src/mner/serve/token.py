"""The token that clients have to send, if the service wants one."""

import base64
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
    """Return whether an `Authorization` header holds the token; takes the same time for each.

    It is that of `Bearer`, or the password of `Basic`, whatever the user's name is.
    """
    scheme, _, given = (header or "").partition(" ")
    given = given.strip()
    if scheme.lower() == "basic":
        given = _password(given)
    is_known = scheme.lower() in {"bearer", "basic"}
    return hmac.compare_digest(_digest(given), _digest(token)) and is_known


def _password(credentials: str) -> str:
    """Return the password of the credentials of `Basic`; an empty one if they cannot be read."""
    try:
        pair = base64.b64decode(credentials, validate=True).decode()
    except ValueError:
        return ""
    return pair.partition(":")[2]


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogateescape")).digest()


def _checked(token: str, name: str) -> str:
    if len(token) < _SHORTEST or not token.isascii() or not token.isprintable() or " " in token:
        raise InputError(
            f"{name}: expected a token of at least {_SHORTEST} printable ASCII characters without "
            "blanks, such as what `openssl rand -hex 32` prints"
        )
    return token
