"""The files of a feature store, as both its reader and its writer know them.

A store is a folder of three files. While it is written it is called STORE.part.

* `store.json`     format, encoder, shape (R, V), number of pictures, digest of their ids
* `features.npy`   (N, R, V) float16, in the order of the ids; zeros unless a picture is present
* `index.jsonl`    one line per picture: id, row, state, reason
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path

import msgspec
import numpy as np

from mner.errors import InputError
from mner.files.load import read_json
from mner.files.regular import require_regular
from mner.types import PictureState

__all__ = [
    "ABOUT",
    "FEATURES",
    "FLOAT16",
    "FORMAT",
    "INDEX",
    "About",
    "Entry",
    "read_about",
    "read_index",
    "unfinished_store",
]

FORMAT = 1
ABOUT, FEATURES, INDEX = "store.json", "features.npy", "index.jsonl"
FLOAT16 = np.dtype("<f2")

_ADVICE = "this is not the description of a feature store; remove the folder and make it again"


@dataclass(frozen=True, slots=True)
class About:
    """What `store.json` holds."""

    format: int
    encoder: dict[str, str | int]
    """See `EncoderDescription`."""
    shape: tuple[int, int]
    """(R, V)"""
    pictures: int
    """N"""
    ids: str
    """A digest of the ids in their order."""

    def as_json(self) -> str:
        """Return the text of `store.json`."""
        return json.dumps(asdict(self), indent=2) + "\n"

    def header(self) -> bytes:
        """Return the first bytes of `features.npy`."""
        buffer = BytesIO()
        shape = (self.pictures, *self.shape)
        described = {"descr": FLOAT16.str, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(buffer, described)
        return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of `index.jsonl`."""

    id: str
    row: int
    state: PictureState
    reason: str | None

    def as_line(self) -> bytes:
        """Return the line, with its end."""
        return json.dumps(asdict(self)).encode() + b"\n"


def unfinished_store(path: Path) -> Path:
    """Return the folder that a store is while it is written."""
    return path.with_name(f"{path.name}.part")


def read_about(folder: Path) -> About | None:
    """Read what a store says of itself; None where there is none.

    Raises:
        InputError: it has another format, or is damaged.
    """
    file = folder / ABOUT
    if _is_missing(file):
        return None
    version = read_json(file, _Version, advice=_ADVICE).format
    if version != FORMAT:
        raise InputError(
            f"{folder}: feature store of format {version}, expected {FORMAT}:"
            " make it again with this version"
        )
    return read_json(file, About, advice=_ADVICE)


def read_index(path: Path) -> Iterator[tuple[Entry, int]]:
    """Yield the entries of an index, each with the position where its line ends.

    A line that is not whole ends the index: writing was interrupted there.
    """
    decoder = msgspec.json.Decoder(Entry)
    end = 0
    with require_regular(path).open("rb") as lines:
        for line in lines:
            try:
                entry = decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                return
            if not line.endswith(b"\n"):
                return
            end += len(line)
            yield entry, end


@dataclass(frozen=True, slots=True)
class _Version:
    """What stores of all formats share."""

    format: int


def _is_missing(file: Path) -> bool:
    try:
        file.stat()
    except OSError as exc:
        # Other errors are left to the reader, which reports them.
        return isinstance(exc, FileNotFoundError | NotADirectoryError)
    return False
