import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from mner.errors import InputError
from mner.pictures.decode import Picture
from mner.pictures.store_writer import write_store
from mner.types import PictureState

IDS = [f"p{number}" for number in range(11)]
SHAPE = (2, 3)
ENCODER = {"name": "company", "size": 1}


def read(picture: str) -> Picture:
    number = int(picture[1:])
    if number % 4 == 3:
        return Picture(PictureState.ABSENT, None, "no such file")
    return Picture(PictureState.PRESENT, np.full((1, 1, 3), number, np.uint8), None)


def encode(pixels: np.ndarray) -> np.ndarray:
    """Depends on the whole batch, as encoders do in their last bits."""
    return np.full((len(pixels), *SHAPE), pixels.sum(), np.float32) + pixels[:, :, 0, :].astype(
        np.float32
    )


def write(  # type: ignore[no-untyped-def]
    path: Path,
    *,
    ids: list[str] = IDS,
    encode=encode,
    encoder=ENCODER,
    batch_size: int = 4,
    progress=None,
) -> bool:
    return write_store(
        path,
        ids,
        read=read,
        encode=encode,
        encoder=encoder,
        shape=SHAPE,
        batch_size=batch_size,
        progress=progress,
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.fixture
def whole(tmp_path: Path) -> dict[str, bytes]:
    """The files of a run that nothing interrupts."""
    assert write(tmp_path / "whole")
    return contents(tmp_path / "whole")


def test_a_complete_store_is_left_as_it_is(tmp_path: Path, whole: dict[str, bytes]) -> None:
    def never(pixels: np.ndarray) -> np.ndarray:
        raise AssertionError

    assert not write(tmp_path / "whole", encode=never)
    assert contents(tmp_path / "whole") == whole
    assert [path.name for path in tmp_path.iterdir()] == ["whole"]


# In a process of its own that is killed in the middle of its third batch.
KILLED = """
    import os, signal, sys
    from pathlib import Path
    from tests.pictures.test_store_writer import encode, write

    batches = []

    def encode_or_die(pixels):
        batches.append(pixels)
        if len(batches) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return encode(pixels)

    write(Path(sys.argv[1]), encode=encode_or_die)
"""


def test_a_killed_run_is_resumed_with_nothing_lost_or_done_twice(
    tmp_path: Path, whole: dict[str, bytes]
) -> None:
    path = tmp_path / "store"
    killed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLED), path],
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert not path.exists()
    assert len((tmp_path / "store.part" / "index.jsonl").read_bytes().splitlines()) == 8
    encoded: list[int] = []
    done: list[int] = []

    def encode_and_note(pixels: np.ndarray) -> np.ndarray:
        encoded.extend(pixels[:, 0, 0, 0].tolist())
        return encode(pixels)

    assert write(path, encode=encode_and_note, progress=done.append)
    assert encoded == [8, 9, 10]
    assert done == [8, 11]
    assert contents(path) == whole


def interrupt(path: Path, *, after: int) -> Path:
    """The folder of a run that was stopped before batch `after`."""

    def stop(done: int) -> None:
        if done == 4 * after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(path, progress=stop)
    return path.with_name(f"{path.name}.part")


@pytest.mark.parametrize("kept", range(0, 420, 30))
def test_any_part_of_the_index_is_resumed_to_the_same_bytes(
    tmp_path: Path, whole: dict[str, bytes], kept: int
) -> None:
    unfinished = interrupt(tmp_path / "store", after=2)
    index = unfinished / "index.jsonl"
    index.write_bytes(index.read_bytes()[:kept])
    with (unfinished / "features.npy").open("ab") as features:
        features.write(b"half a row")
    assert write(tmp_path / "store")
    assert contents(tmp_path / "store") == whole


def test_rows_that_never_reached_the_disk_are_encoded_again(
    tmp_path: Path, whole: dict[str, bytes]
) -> None:
    unfinished = interrupt(tmp_path / "store", after=2)
    os.truncate(unfinished / "features.npy", (unfinished / "features.npy").stat().st_size - 1)
    assert write(tmp_path / "store")
    assert contents(tmp_path / "store") == whole


def test_a_run_that_stopped_before_its_description_was_written_begins_again(
    tmp_path: Path, whole: dict[str, bytes]
) -> None:
    unfinished = interrupt(tmp_path / "store", after=2)
    (unfinished / "store.json").unlink()
    assert write(tmp_path / "store")
    assert contents(tmp_path / "store") == whole


def test_a_run_that_stopped_when_all_was_written_is_only_renamed(
    tmp_path: Path, whole: dict[str, bytes]
) -> None:
    (tmp_path / "whole").rename(tmp_path / "store.part")
    assert write(tmp_path / "store")
    assert contents(tmp_path / "store") == whole


@pytest.mark.parametrize("is_finished", [True, False])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"encoder": {"name": "another", "size": 1}},
            "of something else .encoder .*'company'.*, not .*'another'",
        ),
        ({"ids": [*IDS[:-1], "p12"]}, "of something else .ids"),
        ({"ids": IDS[:-1]}, "of something else .pictures 11, not 10"),
    ],
)
def test_stores_of_different_things_are_not_mixed(
    tmp_path: Path,
    whole: dict[str, bytes],
    change: dict[str, object],
    message: str,
    is_finished: bool,
) -> None:
    path = tmp_path / "store"
    unfinished = interrupt(path, after=1)
    if is_finished:
        write(path)
    before = contents(path if is_finished else unfinished)
    with pytest.raises(InputError, match=message):
        write(path, **change)  # type: ignore[arg-type]
    assert contents(path if is_finished else unfinished) == before


def test_a_folder_of_something_else_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "letters").write_text("dear")
    with pytest.raises(InputError, match="is there already and is no feature store"):
        write(tmp_path)
    with pytest.raises(InputError, match="is there already and is no feature store"):
        write(tmp_path / "letters")
    assert (tmp_path / "letters").read_text() == "dear"


def test_a_second_writer_is_refused(tmp_path: Path, whole: dict[str, bytes]) -> None:
    path = tmp_path / "store"

    def write_too(done: int) -> None:
        if done == 4:
            with pytest.raises(InputError, match="another process is writing this feature store"):
                write(path)

    assert write(path, progress=write_too)
    assert contents(path) == whole


def test_of_processes_that_start_at_once_none_does_harm(
    tmp_path: Path, whole: dict[str, bytes]
) -> None:
    path = tmp_path / "store"
    processes = [
        multiprocessing.get_context("spawn").Process(target=_write_quietly, args=(path,))
        for _ in range(4)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    assert contents(path) == whole
    assert sorted(folder.name for folder in tmp_path.iterdir()) == ["store", "whole"]


def _write_quietly(path: Path) -> None:
    try:
        write(path)
    except InputError as exc:
        if "another process is writing" not in str(exc):
            raise


def test_a_full_disk_keeps_what_is_done(tmp_path: Path, whole: dict[str, bytes]) -> None:
    path = tmp_path / "store"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(done: int) -> None:
        if done == 8:
            resource.setrlimit(
                resource.RLIMIT_FSIZE,
                ((tmp_path / "store.part" / "features.npy").stat().st_size + 5, limits[1]),
            )

    try:
        with pytest.raises(
            InputError,
            match=(
                r"cannot be written \(File too large\); what is done is kept in .*store\.part:"
                r" make room and run"
            ),
        ):
            write(path, progress=fill)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    done: list[int] = []
    assert write(path, progress=done.append)
    assert done[0] == 8
    assert contents(path) == whole


def test_a_path_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"cannot be written \(Not a directory\)"):
        write(tmp_path / "file" / "store")


@pytest.mark.parametrize(
    ("encode", "message"),
    [
        (
            lambda pixels: np.zeros((len(pixels), 3, 2), np.float32),
            r"picture 'p0': the encoder gave regions of shape \(3, 2\): expected \(2, 3\)",
        ),
        (
            lambda pixels: np.full((len(pixels), *SHAPE), 1e6, np.float32),
            "values that float16 cannot hold: .* got up to 1000000",
        ),
        (
            lambda pixels: np.full((len(pixels), *SHAPE), np.nan, np.float32),
            "values that float16 cannot hold",
        ),
    ],
)
def test_regions_that_do_not_fit_are_an_error(tmp_path: Path, encode: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        write(tmp_path / "store", encode=encode)


def test_ids_must_be_there_and_differ(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no pictures to encode"):
        write(tmp_path / "store", ids=[])
    with pytest.raises(InputError, match="picture 'p1' is to be encoded twice"):
        write(tmp_path / "store", ids=["p1", "p2", "p1"])


def test_a_store_of_pictures_that_are_all_missing_is_a_store(tmp_path: Path) -> None:
    def never(pixels: np.ndarray) -> np.ndarray:
        raise AssertionError

    assert write(tmp_path / "store", ids=["p3", "p7"], encode=never)
    assert not np.load(tmp_path / "store" / "features.npy").any()
