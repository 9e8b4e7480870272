import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from mner.corpora.unpack import unpack
from mner.errors import InputError

FILES = {"top/a.txt": b"a" * 10, "top/deep/b.txt": b"b" * 3000}


def tar(path: Path, *members: tarfile.TarInfo, mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in FILES.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in members:
            archive.addfile(info, io.BytesIO(b"x" * info.size))
    return path


def member(
    name: str, kind: bytes = tarfile.REGTYPE, *, link: str = "", size: int = 0
) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, size
    return info


def packed(path: Path, **more: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**FILES, **more}.items():
            archive.writestr(name, content)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def open_archive(archive: Path, tmp_path: Path, *, largest: int = 10_000, most: int = 10) -> None:
    unpack(archive, tmp_path / "out" / "folder", largest=largest, most=most)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_is_unpacked(tmp_path: Path, mode: str) -> None:
    open_archive(tar(tmp_path / "t", member("top/empty", tarfile.DIRTYPE), mode=mode), tmp_path)
    assert contents(tmp_path / "out" / "folder") == FILES
    assert (tmp_path / "out" / "folder" / "top" / "empty").is_dir()


def test_a_zip_is_unpacked(tmp_path: Path) -> None:
    open_archive(packed(tmp_path / "z"), tmp_path)
    assert contents(tmp_path / "out" / "folder") == FILES


def test_permissions_and_owners_of_an_archive_are_not_taken_over(tmp_path: Path) -> None:
    program = member("program", size=3)
    program.mode, program.uid = 0o6777, 12345
    open_archive(tar(tmp_path / "t", program), tmp_path)
    unpacked = (tmp_path / "out" / "folder" / "program").stat()
    assert stat.S_IMODE(unpacked.st_mode) & 0o6111 == 0
    assert unpacked.st_uid == tmp_path.stat().st_uid


EVIL = [
    (member("../outside", size=3), "leads out of the folder"),
    (member("top/../../outside", size=3), "leads out of the folder"),
    (member("/tmp/outside", size=3), "leads out of the folder"),
    (member("top\\..\\outside", size=3), "leads out of the folder"),
    (member("../outside", tarfile.DIRTYPE), "leads out of the folder"),
    (
        member("link", tarfile.SYMTYPE, link="/etc"),
        "link: is a link: expected files and folders only",
    ),
    (member("link", tarfile.LNKTYPE, link="top/a.txt"), "is a link"),
    (member("null", tarfile.CHRTYPE), "is a device"),
    (member("pipe", tarfile.FIFOTYPE), "is a device"),
    (member("top/a.txt", size=3), "two members have this name"),
    (member("top/a.txt/below", size=3), "two members have this name"),
    (member("big", size=8000), "the files have more than 10000 bytes"),
]


@pytest.mark.parametrize(("evil", "message"), EVIL)
def test_a_tar_that_means_harm_leaves_nothing(
    tmp_path: Path, evil: tarfile.TarInfo, message: str
) -> None:
    archive = tar(tmp_path / "t", evil)
    with pytest.raises(InputError, match=message):
        open_archive(archive, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"t", "out"}
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    ("name", "message"),
    [("../outside", "leads out of the folder"), ("/outside", "leads out of the folder")],
)
def test_a_zip_that_leads_outside_leaves_nothing(tmp_path: Path, name: str, message: str) -> None:
    archive = packed(tmp_path / "z", **{name: b"x"})
    with pytest.raises(InputError, match=message):
        open_archive(archive, tmp_path)
    assert not list((tmp_path / "out").iterdir())


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z", "w") as archive:
        info = zipfile.ZipInfo("link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(InputError, match="link: is a link"):
        open_archive(tmp_path / "z", tmp_path)


def test_bombs_are_stopped(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="more than 10000 bytes"):
        open_archive(packed(tmp_path / "z", bomb=bytes(10_000_000)), tmp_path)
    with pytest.raises(InputError, match="holds more than 10 files"):
        open_archive(
            packed(tmp_path / "y", **{f"f{number}": b"" for number in range(20)}), tmp_path
        )


def test_a_zip_that_lies_about_a_size_is_damaged(tmp_path: Path) -> None:
    archive = packed(tmp_path / "z", bomb=bytes(100_000))
    lie = archive.read_bytes().replace((100_000).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    archive.write_bytes(lie)
    with pytest.raises(InputError, match="damaged"):
        open_archive(archive, tmp_path)


@pytest.mark.parametrize("content", [b"", b"no archive at all" * 100, b"\x1f\x8b nonsense" * 50])
def test_what_is_no_archive_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t").write_bytes(content)
    with pytest.raises(InputError, match="t: damaged"):
        open_archive(tmp_path / "t", tmp_path)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_an_archive_that_is_cut_off_is_named(tmp_path: Path, mode: str) -> None:
    archive = tar(tmp_path / "t", mode=mode)
    archive.write_bytes(archive.read_bytes()[: 1800 if mode == "w" else 60])
    with pytest.raises(InputError, match="t: damaged"):
        open_archive(archive, tmp_path)
    assert not list((tmp_path / "out").iterdir())
