"""Writing a store of encoded pictures, once, so that a process that is killed has lost nothing when it is run again."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mner.errors import InputError
from mner.files.locks import held
from mner.files.write import new_text
from mner.pictures.features import (
    ABOUT,
    FEATURES,
    FLOAT16,
    FORMAT,
    INDEX,
    About,
    Entry,
    part_of,
    read_about,
    read_index,
)
from mner.pictures.read import Picture, Pixels
from mner.types import Floats, PictureState

__all__ = ["Encoded", "write_regions", "write_store"]

_LOCK = "lock"


def write_store(
    path: Path,
    ids: Sequence[str],
    *,
    read: Callable[[str], Picture],
    encode: Callable[[Pixels], Floats],
    encoder: Mapping[str, Any],
    shape: tuple[int, int],
    batch_size: int = 16,
    progress: Callable[[int], object] | None = None,
) -> bool:
    """Encode pictures into a store; see `write_regions`, whose arguments, result and errors are those not listed here.

    Args:
        path: folder of the store.
        ids: N picture ids, each once.
        read: from an id to its picture.
        encode: from pixels (B, S, S, 3) to regions (B, R, V), B at most `batch_size`.
        encoder: description of the encoder.
        shape: (R, V).
        batch_size: pictures in a batch.
        progress: called with the number of pictures done so far.
    """

    def encoded(batch: Sequence[str]) -> Encoded:
        pictures = [read(picture) for picture in batch]
        present = [picture.pixels for picture in pictures if picture.pixels is not None]
        regions = encode(np.stack(present)) if present else np.zeros((0, *shape), dtype=np.float32)
        return Encoded(
            [picture.state for picture in pictures],
            [picture.reason for picture in pictures],
            regions,
        )

    return write_regions(
        path,
        ids,
        encode=encoded,
        encoder=encoder,
        shape=shape,
        batch_size=batch_size,
        progress=progress,
    )


class Encoded(NamedTuple):
    """What is to be stored of a batch of ids."""

    states: Sequence[PictureState]
    reasons: Sequence[str | None]
    """Why a picture has no regions; None where it has."""
    regions: Floats
    """(number of present pictures, R, V)"""


def write_regions(
    path: Path,
    ids: Sequence[str],
    *,
    encode: Callable[[Sequence[str]], Encoded],
    encoder: Mapping[str, Any],
    shape: tuple[int, int],
    batch_size: int = 16,
    progress: Callable[[int], object] | None = None,
) -> bool:
    """Write a store, or go on with one whose writing was interrupted; the files are the same either way.

    Batches lie on a fixed grid over the ids, so that a batch that was interrupted is encoded again in the same company.

    Args:
        path: folder of the store; it appears when the store is complete.
        ids: N picture ids, each once.
        encode: from at most `batch_size` ids to what is stored of them.
        encoder: description of the encoder, of strings and numbers; stores of other encoders are not mixed with this one.
        shape: (R, V).
        batch_size: pictures in a batch.
        progress: called with the number of pictures done so far.

    Returns:
        False where the complete store was there already.

    Raises:
        InputError: the store at `path` is of another encoder or of other pictures, another process writes it, it cannot be written (what is done is
            kept for the next run), or the regions do not fit into it.
    """
    about = About(FORMAT, json.loads(json.dumps(dict(encoder))), shape, len(ids), _digest(ids))
    _check_ids(path, ids)
    if _is_complete(path, about):
        return False
    try:
        with _locked(path):
            # Another process may have finished between the check above and the lock.
            if _is_complete(path, about):
                shutil.rmtree(part_of(path), ignore_errors=True)
                return False
            _begin(part_of(path), about)
            _append(
                part_of(path),
                about,
                ids=ids,
                encode=encode,
                batch_size=batch_size,
                progress=progress or (lambda _: None),
            )
            # The lock goes with the folder and is removed from its new place: removed before, another process could make a new one in between.
            part_of(path).rename(path)
            path.joinpath(_LOCK).unlink(missing_ok=True)
    except OSError as exc:
        kept = f"what is done is kept in {part_of(path)}: make room and run the same command again"
        raise InputError(
            f"{path}: the feature store cannot be written ({exc.strerror or exc}); {kept}"
        ) from exc
    return True


def _check_ids(path: Path, ids: Sequence[str]) -> None:
    if not ids:
        raise InputError(f"{path}: no pictures to encode: expected posts that name some")
    if len(set(ids)) < len(ids):
        twice = next(one for place, one in enumerate(ids) if one in ids[:place])
        raise InputError(f"{path}: picture {twice!r} is to be encoded twice: expected each id once")


def _digest(ids: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(list(ids)).encode()).hexdigest()


def _is_complete(path: Path, about: About) -> bool:
    """Whether the store is there; raises InputError where something else is."""
    found = read_about(path)
    if found is not None:
        _check_same(path, found, about)
    elif path.exists():
        raise InputError(f"{path}: is there already and is no feature store: choose another path")
    return found is not None


def _check_same(folder: Path, found: About, wanted: About) -> None:
    differences = [
        f"{name} {value}, not {getattr(wanted, name)}"
        for name, value in asdict(found).items()
        if value != getattr(wanted, name)
    ]
    if differences:
        raise InputError(
            f"{folder}: a feature store of something else ({'; '.join(differences)}): choose another path, or remove it"
        )


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Be the only process that writes a store.

    The lock lies in the unfinished store. Another process that has just finished has renamed that
    folder, so a folder that is missing means the same as a lock that is held.
    """
    error = InputError(
        f"{path}: another process is writing this feature store: "
        "wait for it, or choose another path"
    )
    part_of(path).mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            stack.enter_context(held(part_of(path) / _LOCK, error=error))
        except FileNotFoundError:
            raise error from None
        yield


def _begin(part: Path, about: About) -> None:
    """Make the files of a new store, or see that those of an interrupted one are meant for the same."""
    found = read_about(part)
    if found is not None:
        _check_same(part, found, about)
        return
    part.joinpath(FEATURES).write_bytes(_header(about))
    part.joinpath(INDEX).write_bytes(b"")
    # Last and at once: with it the other two are known to be of this store.
    with new_text(part / ABOUT) as stream:
        stream.write(json.dumps(asdict(about), indent=2) + "\n")


def _header(about: About) -> bytes:
    """The first bytes of `features.npy`."""
    buffer = BytesIO()
    np.lib.format.write_array_header_1_0(
        buffer,
        {"descr": FLOAT16.str, "fortran_order": False, "shape": (about.pictures, *about.shape)},
    )
    return buffer.getvalue()


def _append(
    part: Path,
    about: About,
    *,
    ids: Sequence[str],
    encode: Callable[[Sequence[str]], Encoded],
    batch_size: int,
    progress: Callable[[int], object],
) -> None:
    """Encode what is not done; rows are safe on the disk before the index names them."""
    done, index_end, features_end = _done(part, about, ids=ids, batch_size=batch_size)
    with part.joinpath(FEATURES).open("r+b") as features, part.joinpath(INDEX).open("r+b") as index:
        _cut(features, features_end)
        _cut(index, index_end)
        for start in range(done, len(ids), batch_size):
            progress(start)
            batch = ids[start : start + batch_size]
            encoded = encode(batch)
            _write(features, _rows(encoded, about.shape).tobytes())
            _write(index, _lines(batch, encoded, first=start))
    progress(len(ids))


def _done(part: Path, about: About, *, ids: Sequence[str], batch_size: int) -> tuple[int, int, int]:
    """How many pictures are done, in whole batches, and where index and features end with them."""
    ends = [0]
    for (entry, end), (row, one) in zip(read_index(part / INDEX), enumerate(ids), strict=False):
        if (entry.row, entry.id) != (row, one):
            break
        ends.append(end)
    header, row_size = len(_header(about)), about.shape[0] * about.shape[1] * FLOAT16.itemsize
    done = max(0, min(len(ends) - 1, (part.joinpath(FEATURES).stat().st_size - header) // row_size))
    if done < len(ids):
        done -= done % batch_size
    return done, ends[done], header + done * row_size


def _cut(file: BinaryIO, end: int) -> None:
    file.truncate(end)
    file.seek(end)


def _write(file: BinaryIO, data: bytes) -> None:
    """To the disk, and not through a memory map, in which a full disk would end the process."""
    file.write(data)
    file.flush()
    os.fsync(file.fileno())


def _rows(encoded: Encoded, shape: tuple[int, int]) -> NDArray[np.float16]:
    """(B, R, V): zeros where a picture is not present."""
    rows = np.zeros((len(encoded.states), *shape), dtype=FLOAT16)
    present = [place for place, state in enumerate(encoded.states) if state is PictureState.PRESENT]
    regions = encoded.regions
    if regions.shape != (len(present), *shape):
        raise InputError(
            f"the encoder gave regions of shape {regions.shape} for {len(present)} pictures: expected {(len(present), *shape)}"
        )
    with np.errstate(over="ignore"):
        rows[present] = regions
    if not np.isfinite(rows).all():
        raise InputError(
            f"the encoder gave values that float16 cannot hold: expected finite ones up to 65504, got up to {np.abs(regions).max()}"
        )
    return rows


def _lines(ids: Sequence[str], encoded: Encoded, *, first: int) -> bytes:
    rows = enumerate(zip(ids, encoded.states, encoded.reasons, strict=True), start=first)
    return b"".join(
        json.dumps(asdict(Entry(one, row, state, reason))).encode() + b"\n"
        for row, (one, state, reason) in rows
    )
