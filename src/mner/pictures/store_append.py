"""Appending encoded pictures to the unfinished files of a store."""

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mner.errors import InputError, quoted
from mner.files.write import new_text
from mner.pictures.store_format import (
    ABOUT,
    FEATURES,
    FLOAT16,
    INDEX,
    About,
    Entry,
    read_about,
    read_index,
)
from mner.types import PictureState, Regions

__all__ = ["append", "begin", "check_same"]


def begin(folder: Path, about: About) -> None:
    """Make the files of a new store, or check that those of an interrupted one are of the same."""
    stored = read_about(folder)
    if stored is not None:
        check_same(folder, stored, about)
        return
    folder.joinpath(FEATURES).write_bytes(about.header())
    folder.joinpath(INDEX).write_bytes(b"")
    # Last and at once: with it the other two are known to be of this store.
    with new_text(folder / ABOUT) as stream:
        stream.write(about.as_json())


def append(
    folder: Path,
    about: About,
    *,
    ids: Sequence[str],
    encode: Callable[[Sequence[str]], Sequence[Regions]],
    batch_size: int,
    progress: Callable[[int], object],
) -> None:
    """Encode what is not done; rows are safe on the disk before the index names them."""
    done = _what_is_done(folder, about, ids=ids, batch_size=batch_size)
    with (
        folder.joinpath(FEATURES).open("r+b") as features,
        folder.joinpath(INDEX).open("r+b") as index,
    ):
        _cut(features, done.features_end)
        _cut(index, done.index_end)
        for start in range(done.pictures, len(ids), batch_size):
            progress(start)
            batch = ids[start : start + batch_size]
            regions = encode(batch)
            _write(features, _rows(batch, regions, about.shape).tobytes())
            _write(index, _lines(batch, regions, first=start))
    progress(len(ids))


def check_same(folder: Path, stored: About, wanted: About) -> None:
    """Make sure that a store is the one that is wanted; raises InputError where it is not."""
    differences = []
    for name, value in asdict(stored).items():
        expected = getattr(wanted, name)
        if value != expected:
            differences.append(f"{name} {value}, not {expected}")
    if differences:
        raise InputError(
            f"{folder}: a feature store of something else ({'; '.join(differences)}):"
            " choose another path, or remove it"
        )


class _Done(NamedTuple):
    """How much of a store is written, in whole batches."""

    pictures: int
    features_end: int
    index_end: int


def _what_is_done(folder: Path, about: About, *, ids: Sequence[str], batch_size: int) -> _Done:
    # Where the index ends after each picture.
    index_ends = [0]
    for (entry, end), (row, picture) in zip(
        read_index(folder / INDEX), enumerate(ids), strict=False
    ):
        if (entry.row, entry.id) != (row, picture):
            break
        index_ends.append(end)
    in_index = len(index_ends) - 1
    # Rows that never reached the disk are missing at the end of the features.
    regions, width = about.shape
    header, row_size = len(about.header()), regions * width * FLOAT16.itemsize
    in_features = (folder.joinpath(FEATURES).stat().st_size - header) // row_size
    pictures = max(0, min(in_index, in_features))
    if pictures < len(ids):
        pictures -= pictures % batch_size
    return _Done(pictures, header + pictures * row_size, index_ends[pictures])


def _cut(file: BinaryIO, end: int) -> None:
    file.truncate(end)
    file.seek(end)


def _write(file: BinaryIO, data: bytes) -> None:
    """Write to the disk; through a memory map, a full disk would end the process."""
    file.write(data)
    file.flush()
    os.fsync(file.fileno())


def _rows(
    ids: Sequence[str], regions: Sequence[Regions], shape: tuple[int, int]
) -> NDArray[np.float16]:
    """Return (B, R, V), with zeros where a picture is not present."""
    rows = np.zeros((len(ids), *shape), dtype=FLOAT16)
    for row, (picture, encoded) in enumerate(zip(ids, regions, strict=True)):
        if encoded.state is not PictureState.PRESENT:
            continue
        vectors = encoded.vectors
        if vectors.shape != shape:
            raise InputError(
                f"picture {quoted(picture)}: the encoder gave regions of shape {vectors.shape}:"
                f" expected {shape}"
            )
        with np.errstate(over="ignore"):
            rows[row] = vectors
        if not np.isfinite(rows[row]).all():
            raise InputError(
                f"picture {quoted(picture)}: the encoder gave values that float16 cannot hold:"
                f" expected finite ones up to 65504, got up to {np.abs(vectors).max()}"
            )
    return rows


def _lines(ids: Sequence[str], regions: Sequence[Regions], *, first: int) -> bytes:
    """Return the lines of the index for a batch whose first row is `first`."""
    lines = []
    for row, (picture, encoded) in enumerate(zip(ids, regions, strict=True), start=first):
        lines.append(Entry(picture, row, encoded.state, encoded.reason).as_line())
    return b"".join(lines)
