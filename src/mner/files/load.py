"""Reading JSON and TOML files: into a type, with one line that says what is wrong."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from mner.errors import InputError, MnerError

__all__ = ["read_json", "read_toml"]

_Kind = TypeVar("_Kind")


def read_json(
    path: Path, kind: type[_Kind], *, advice: str, error: type[MnerError] = InputError
) -> _Kind:
    """Read a JSON file as a value of a type, such as a dataclass or `list[str]`.

    Args:
        path: the file.
        kind: the type. Keys that a dataclass does not have are ignored.
        advice: what the user can do if the file cannot be used; the end of the message.
        error: the class of the error that is raised.

    Raises:
        MnerError: the file cannot be read, or it does not hold such a value. Its class is `error`.
    """
    with _explained(path, advice=advice, error=error):
        return msgspec.json.decode(path.read_bytes(), type=kind)


def read_toml(
    path: Path, kind: type[_Kind], *, advice: str, error: type[MnerError] = InputError
) -> _Kind:
    """Read a TOML file as a value of a type. See `read_json` for arguments and errors."""
    with _explained(path, advice=advice, error=error):
        # Editors on Windows may begin a file with a byte-order mark.
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8-sig")), kind)


@contextmanager
def _explained(path: Path, *, advice: str, error: type[MnerError]) -> Iterator[None]:
    """Raise `error` with the file and the advice where reading the file fails."""
    try:
        yield
    except OSError as exc:
        raise error(f"{path}: cannot be read ({exc.strerror or exc}): {advice}") from exc
    except (msgspec.DecodeError, tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise error(f"{path}: {exc}: {advice}") from exc
    except RecursionError as exc:
        raise error(f"{path}: nested too deeply: {advice}") from exc
