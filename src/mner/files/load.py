"""Reading JSON and TOML files: into a type, with one line that says what is wrong."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from mner.errors import InputError, MnerError, clipped
from mner.files.regular import require_regular

__all__ = ["Content", "parse_toml", "read_content", "read_json", "read_text", "read_toml"]

_LARGEST = 1 << 28
"""The most bytes of a file that is held in memory as a whole."""
_INTEGERS = range(-(2**63), 2**63)
"""The integers of TOML."""

_Kind = TypeVar("_Kind")


@dataclass(frozen=True)
class Content:
    """A file that has been read, for those who decode it as several types."""

    path: Path
    content: bytes


def read_content(path: Path, *, advice: str, error: type[MnerError] = InputError) -> Content:
    """Read a file once, to decode it by `read_json`. See there for arguments and errors."""
    with _explained(path, advice=advice, error=error):
        return Content(path, _content(path))


def read_json(
    path: Path | Content, kind: type[_Kind], *, advice: str, error: type[MnerError] = InputError
) -> _Kind:
    """Read a JSON file as a value of a type, such as a dataclass or `list[str]`.

    Args:
        path: the file, or what was read of it.
        kind: the type. Keys that a dataclass does not have are ignored.
        advice: what the user can do if the file cannot be used; the end of the message.
        error: the class of the error that is raised.

    Raises:
        MnerError: the file cannot be read, or it does not hold such a value. Its class is `error`.
    """
    file = path if isinstance(path, Content) else None
    path = path.path if isinstance(path, Content) else path
    with _explained(path, advice=advice, error=error):
        return msgspec.json.decode(file.content if file else _content(path), type=kind)


def read_toml(
    path: Path, kind: type[_Kind], *, advice: str, error: type[MnerError] = InputError
) -> _Kind:
    """Read a TOML file as a value of a type. See `read_json` for arguments and errors."""
    with _explained(path, advice=advice, error=error):
        # Editors on Windows may begin a file with a byte-order mark.
        return msgspec.convert(parse_toml(_content(path).decode("utf-8-sig")), kind)


def read_text(path: Path, *, advice: str, error: type[MnerError] = InputError) -> str:
    """Read a text file as a whole. See `read_json` for arguments and errors."""
    with _explained(path, advice=advice, error=error):
        return _content(path).decode("utf-8")


def parse_toml(text: str) -> dict[str, Any]:
    """Return the tables of a TOML text.

    Raises:
        TOMLDecodeError: the text is not TOML, is nested too deeply, or has an integer of more than
            64 bits.
    """
    try:
        values = tomllib.loads(text)
        _require_integers(values)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError as exc:
        raise tomllib.TOMLDecodeError("nested too deeply") from exc
    except ValueError as exc:  # Python converts no integer of more than 4300 digits
        raise tomllib.TOMLDecodeError(str(exc)) from exc
    return values


def _require_integers(value: object) -> None:
    """Raise ValueError where a value of TOML holds an integer of more than 64 bits."""
    if isinstance(value, int) and value not in _INTEGERS:
        raise ValueError(f"expected integers of 64 bits, got one of {value.bit_length()}")
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            _require_integers(item)


def _content(path: Path) -> bytes:
    return require_regular(path, largest=_LARGEST).read_bytes()


@contextmanager
def _explained(path: Path, *, advice: str, error: type[MnerError]) -> Iterator[None]:
    """Raise `error` with the file and the advice where reading the file fails."""
    try:
        yield
    except OSError as exc:
        raise error(f"{path}: cannot be read ({exc.strerror or exc}): {advice}") from exc
    except (msgspec.DecodeError, tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise error(f"{path}: {clipped(exc)}: {advice}") from exc
    except RecursionError as exc:
        raise error(f"{path}: nested too deeply: {advice}") from exc
