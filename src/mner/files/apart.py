"""What is written must not be what is read."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from mner.errors import InputError

__all__ = ["check_apart"]


def check_apart(output: Path, inputs: Mapping[str, str | Path | None]) -> None:
    """Make sure that no input is lost when a file is written.

    Args:
        output: the file to be written; devices and pipes replace nothing.
        inputs: what each input is, in words, and its path: a file, a folder whose files may not be
            replaced, or `-` for standard input. None where there is no such input.

    Raises:
        InputError: the output is one of the inputs, by whatever path or link, or is in one.
    """
    if not output.is_file():
        return
    for name, path in inputs.items():
        if path is not None and _is_in(output, path):
            raise InputError(
                f"{output}: is {name}, or a file of it, and would be replaced: name another file"
            )


def _is_in(output: Path, path: str | Path) -> bool:
    written = output.stat()
    if str(path) == "-":
        return sys.stdin is not None and _is_standard_input(written)
    path = Path(path)
    try:
        return os.path.samestat(written, path.stat()) or _is_below(output, path)
    except OSError:
        return False  # there is no such input, which its reader will say


def _is_standard_input(written: os.stat_result) -> bool:
    try:
        return os.path.samestat(written, os.fstat(sys.stdin.fileno()))
    except OSError:  # a stream that is no file
        return False


def _is_below(output: Path, folder: Path) -> bool:
    return folder.is_dir() and output.resolve().is_relative_to(folder.resolve())
