"""Pictures in an object store; a folder of this disk, taken for one, stands in for it."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from mner.batch.job import Job
from mner.batch.plan import make_plan
from mner.batch.run import tag_archive
from mner.batch.storage import Storage
from mner.batch.stored_pictures import StoredPictures
from mner.errors import InputError
from mner.pictures import decode
from mner.pictures.source import PictureSource
from mner.posts.reading import Fields
from mner.types import PictureState, UntrustedReference
from tests.batch.test_batch import InProcess
from tests.batch.test_stages import batch_of, contents, write_archive


@pytest.fixture(autouse=True)
def store(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has an address is a store, although it is on the disk."""
    monkeypatch.setattr(Storage, "is_on_disk", property(lambda storage: storage.is_local))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pictures" / "deep").mkdir(parents=True)
    for name in ("1.png", "deep/two.JPG", "caf\N{LATIN SMALL LETTER E WITH ACUTE}.png"):
        Image.new("RGB", (8, 8), "red").save(tmp_path / "pictures" / name)
    Image.new("RGB", (8, 8), "red").save(tmp_path / "secret.png")
    (tmp_path / "pictures" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    return tmp_path / "pictures"


def stored(folder: Path) -> StoredPictures:
    return StoredPictures(Storage(f"file://{folder}"))


@pytest.mark.parametrize(
    "name", ["1", "1.png", "deep/two", "deep\\two.jpg", "cafe\N{COMBINING ACUTE ACCENT}"]
)
def test_a_picture_is_found_as_in_a_folder_of_the_disk(name: str, folder: Path) -> None:
    ours = PictureSource(stored=stored(folder)).read(name)
    theirs = PictureSource(folder).read(name)
    assert ours.state == theirs.state == PictureState.PRESENT
    assert ours.pixels is not None
    assert theirs.pixels is not None
    assert (ours.pixels == theirs.pixels).all()


@pytest.mark.parametrize(
    "name", ["2", "", "deep", "../secret", "..\\secret.png", "/etc/passwd", "a\0b", "C:\\1"]
)
def test_what_is_not_in_the_folder_is_absent(name: str, folder: Path) -> None:
    picture = PictureSource(stored=stored(folder)).read(UntrustedReference(name))
    assert (picture.state, picture.reason) == (
        PictureState.ABSENT,
        "no file of this name in the folder of pictures",
    )


def test_what_cannot_be_read_is_unreadable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = PictureSource(stored=stored(folder))
    assert source.read("broken").state == PictureState.UNREADABLE
    assert decode.MOST_FILE_BYTES == 200_000_000
    with monkeypatch.context() as patch:
        patch.setattr(decode, "MOST_FILE_BYTES", 10)
        picture = source.read("1")
    assert picture.state == PictureState.UNREADABLE
    assert picture.reason is not None
    assert picture.reason.endswith("bytes, more than the 10 that are read")

    def fail(storage: Storage, path: str) -> bytes:
        raise OSError("AWS Error ACCESS_DENIED")

    monkeypatch.setattr(Storage, "read", fail)
    picture = source.read("deep/two.JPG")
    assert picture.reason == "it cannot be read: AWS Error ACCESS_DENIED"


def test_a_picture_is_got_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    get = Storage.read

    def noted(storage: Storage, path: str) -> bytes:
        read.append(Path(path).name)
        return get(storage, path)

    monkeypatch.setattr(Storage, "read", noted)
    source = PictureSource(stored=stored(folder))
    for size in (8, 16):
        assert source.read("1", size=size).state == PictureState.PRESENT
    assert read == ["1.png"]


def test_a_folder_that_is_not_there_is_one_line(folder: Path) -> None:
    stored(folder).require_folder()
    with pytest.raises(InputError, match=r"^file:///.*/none: no such folder of pictures$"):
        stored(folder / "none").require_folder()
    with pytest.raises(InputError, match=r"1\.png: expected a folder of pictures$"):
        stored(folder / "1.png").require_folder()


def test_an_archive_with_pictures_in_a_store_is_tagged_as_one_on_the_disk(
    pixel_model: Path, tmp_path: Path
) -> None:
    source = write_archive(tmp_path)
    one = batch_of(source, tmp_path / "one", model=pixel_model, words=False)
    manifest = tag_archive(one, InProcess())
    assert manifest["pictures"] == {"absent": 4, "present": 6, "unreadable": 2}
    there = replace(
        one,
        source=f"file://{source}",
        target=str(tmp_path / "two"),
        pictures=f"file://{tmp_path / 'pictures'}",
    )
    assert tag_archive(there, InProcess())["pictures"] == manifest["pictures"]
    parts = [name for name in contents(tmp_path / "one") if name.endswith(".parquet")]
    assert parts
    for name in parts:
        assert contents(tmp_path / "two")[name] == contents(tmp_path / "one")[name]


def test_pictures_beside_an_archive_in_a_store(folder: Path, tmp_path: Path) -> None:
    (folder / "posts.jsonl").write_text('{"id": "1", "text": "Ann", "picture": "1.png"}\n')
    for name in ("posts.jsonl", ""):
        source = Storage(f"file://{folder}/{name}".rstrip("/"))
        plan = make_plan(source, rows=5, fields=Fields())
        job = Job(source, Storage(str(tmp_path / "out")), plan, tmp_path)
        pictures = job.picture_source()
        assert pictures.read(UntrustedReference("1.png")).state == PictureState.PRESENT
        assert pictures.read(UntrustedReference("../secret.png")).state == PictureState.ABSENT
