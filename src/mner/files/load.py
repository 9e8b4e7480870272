"""One way to read JSON and TOML files: into a type, with one line that says what is wrong."""

import tomllib
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
        kind: the type; keys that it does not know are passed over.
        advice: what the user can do about a file that cannot be used; ends the message.
        error: the class of what is raised.

    Raises:
        MnerError: of the class `error`; the file cannot be read, or does not hold such a value.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as exc:
        raise error(f"{path}: cannot be read ({exc.strerror or exc}): {advice}") from exc
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise error(f"{path}: {exc}: {advice}") from exc
    except RecursionError as exc:
        raise error(f"{path}: nested too deeply: {advice}") from exc


def read_toml(
    path: Path, kind: type[_Kind], *, advice: str, error: type[MnerError] = InputError
) -> _Kind:
    """Read a TOML file as a value of a type; arguments and errors as for `read_json`."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        return msgspec.convert(values, kind)
    except OSError as exc:
        raise error(f"{path}: cannot be read ({exc.strerror or exc}): {advice}") from exc
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as exc:
        raise error(f"{path}: {exc}: {advice}") from exc
    except RecursionError as exc:
        raise error(f"{path}: nested too deeply: {advice}") from exc
