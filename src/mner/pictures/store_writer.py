"""Writing a store of encoded pictures: a process that is killed loses nothing, the next resumes."""

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from mner.errors import InputError, quoted
from mner.files.locks import held
from mner.pictures.decode import Picture, Pixels
from mner.pictures.encode import encode_pictures
from mner.pictures.encoders.description import EncoderDescription
from mner.pictures.store_append import append, begin, check_same
from mner.pictures.store_format import FORMAT, About, read_about, unfinished_store
from mner.types import Floats, Regions

__all__ = ["write_regions", "write_store"]

_LOCK = "lock"


def write_store(
    path: Path,
    ids: Sequence[str],
    *,
    read: Callable[[str], Picture],
    encode: Callable[[Pixels], Floats],
    encoder: EncoderDescription,
    shape: tuple[int, int],
    batch_size: int = 16,
    progress: Callable[[int], object] | None = None,
) -> bool:
    """Read and encode pictures into a store.

    Args:
        path: folder of the store.
        ids: N picture ids, each once.
        read: from an id to its picture.
        encode: from pixels (B, S, S, 3) to regions (B, R, V), B at most `batch_size`.
        encoder: description of the encoder.
        shape: (R, V).
        batch_size: pictures in a batch.
        progress: called with the number of pictures done so far.

    Returns:
        See `write_regions`, which also says what is raised.
    """

    def encode_ids(batch: Sequence[str]) -> list[Regions]:
        pictures = [read(picture) for picture in batch]
        return encode_pictures(pictures, encode, width=shape[1])

    return write_regions(
        path,
        ids,
        encode=encode_ids,
        encoder=encoder,
        shape=shape,
        batch_size=batch_size,
        progress=progress,
    )


def write_regions(
    path: Path,
    ids: Sequence[str],
    *,
    encode: Callable[[Sequence[str]], Sequence[Regions]],
    encoder: EncoderDescription,
    shape: tuple[int, int],
    batch_size: int = 16,
    progress: Callable[[int], object] | None = None,
) -> bool:
    """Write a store, or resume one whose writing was interrupted; the files are the same.

    Batches lie on a fixed grid over the ids, so that a batch that was interrupted is encoded again
    with the same pictures beside it.

    Args:
        path: folder of the store; it appears when the store is complete.
        ids: N picture ids, each once.
        encode: from at most `batch_size` ids to their regions, in order.
        encoder: description of the encoder; stores of different encoders are not mixed.
        shape: (R, V).
        batch_size: pictures in a batch.
        progress: called with the number of pictures done so far.

    Returns:
        False where the complete store was there already.

    Raises:
        InputError: the store at `path` is of another encoder or of other pictures, another process
            writes it, it cannot be written (what is done is kept for the next run), or the regions
            do not fit into it.
    """
    _check_ids(path, ids)
    about = About(FORMAT, dict(encoder), shape, len(ids), _digest(ids))
    if _is_complete(path, about):
        return False
    try:
        return _write_alone(
            path,
            about,
            ids=ids,
            encode=encode,
            batch_size=batch_size,
            progress=progress or _ignore,
        )
    except OSError as exc:
        raise InputError(
            f"{path}: the feature store cannot be written ({exc.strerror or exc}); what is done is"
            f" kept in {unfinished_store(path)}: make room and run the same command again"
        ) from exc


def _check_ids(path: Path, ids: Sequence[str]) -> None:
    if not ids:
        raise InputError(f"{path}: no pictures to encode: expected posts that name some")
    [(picture, count)] = Counter(ids).most_common(1)
    if count > 1:
        raise InputError(
            f"{path}: picture {quoted(picture)} is to be encoded twice: expected each id once"
        )


def _digest(ids: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(list(ids)).encode()).hexdigest()


def _is_complete(path: Path, about: About) -> bool:
    """Return whether the store is there; raises InputError where something else is."""
    stored = read_about(path)
    if stored is not None:
        check_same(path, stored, about)
        return True
    if path.exists():
        raise InputError(f"{path}: is there already and is no feature store: choose another path")
    return False


def _write_alone(
    path: Path,
    about: About,
    *,
    ids: Sequence[str],
    encode: Callable[[Sequence[str]], Sequence[Regions]],
    batch_size: int,
    progress: Callable[[int], object],
) -> bool:
    """Write a store while no other process does; return False if one has just finished it."""
    unfinished = unfinished_store(path)
    with _locked(path):
        if _is_complete(path, about):
            shutil.rmtree(unfinished, ignore_errors=True)
            return False
        begin(unfinished, about)
        append(
            unfinished,
            about,
            ids=ids,
            encode=encode,
            batch_size=batch_size,
            progress=progress,
        )
        # The lock moves with the folder, and is removed from its new place. If it were removed
        # before the move, another process could make a new one in between.
        unfinished.rename(path)
        path.joinpath(_LOCK).unlink(missing_ok=True)
    return True


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Be the only process that writes a store.

    The lock lies in the unfinished store. Another process that has just finished has renamed that
    folder, so a folder that is missing means the same as a lock that is held.
    """
    error = InputError(
        f"{path}: another process is writing this feature store:"
        " wait for it, or choose another path"
    )
    unfinished_store(path).mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            stack.enter_context(held(unfinished_store(path) / _LOCK, error=error))
        except FileNotFoundError:
            raise error from None
        yield


def _ignore(_: int) -> None:
    """Do nothing with the progress."""
