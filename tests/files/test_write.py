import os
import stat
from pathlib import Path

import pytest

from mner.files.write import new_file, new_folder, new_text
from tests.files.leftovers import killed_while_writing


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write(path: Path, text: str, *, fails: bool = False) -> None:
    with new_text(path) as stream:
        stream.write(text)
        if fails:
            raise OSError("full")


def test_a_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    for content in ("old", "new"):
        with new_file(tmp_path / "f") as temporary:
            temporary.write_text(content)
            assert (tmp_path / "f").exists() == (content == "new")
    assert (names(tmp_path), (tmp_path / "f").read_text()) == (["f"], "new")


def test_text_is_utf_8_with_plain_line_ends(tmp_path: Path) -> None:
    write(tmp_path / "f", "é\n")
    assert (tmp_path / "f").read_bytes() == b"\xc3\xa9\n"


def test_a_file_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("old")
    with pytest.raises(OSError, match="full"):
        write(tmp_path / "f", "new", fails=True)
    assert (names(tmp_path), (tmp_path / "f").read_text()) == (["f"], "old")


def test_a_file_keeps_its_permissions_and_is_open_to_nobody_else_meanwhile(tmp_path: Path) -> None:
    (tmp_path / "f").touch(mode=0o440)
    with new_file(tmp_path / "f") as temporary:
        assert stat.S_IMODE(temporary.stat().st_mode) == 0o600
        temporary.write_text("new")
    assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == 0o440


def test_links_to_files_and_folders_stay(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "f").touch()
    (tmp_path / "disk" / "model").mkdir()
    for name in ("f", "model"):
        (tmp_path / name).symlink_to(tmp_path / "disk" / name)
    write(tmp_path / "f", "new")
    with new_folder(tmp_path / "model") as temporary:
        (temporary / "weights").touch()
    assert (tmp_path / "disk" / "f").read_text() == "new"
    assert names(tmp_path / "disk" / "model") == ["weights"]
    assert (tmp_path / "f").is_symlink()
    assert (tmp_path / "model").is_symlink()
    assert (names(tmp_path), names(tmp_path / "disk")) == (["disk", "f", "model"], ["f", "model"])


def test_a_device_is_written_directly() -> None:
    write(Path("/dev/null"), "text")
    assert not Path("/dev/null").is_file()
    with pytest.raises(OSError, match="No space left"):
        write(Path("/dev/full"), "text")


def test_two_writers_of_one_file_do_not_lose_each_other_s(tmp_path: Path) -> None:
    with new_file(tmp_path / "f") as first, new_file(tmp_path / "f") as second:
        first.write_text("first")
        second.write_text("second")
        assert (first.read_text(), second.read_text()) == ("first", "second")
    assert (names(tmp_path), (tmp_path / "f").read_text()) == (["f"], "first")


def test_two_writers_of_one_folder_do_not_lose_each_other_s(tmp_path: Path) -> None:
    with new_folder(tmp_path / "d") as first, new_folder(tmp_path / "d") as second:
        (first / "first").touch()
        (second / "second").touch()
        assert (names(first), names(second)) == (["first"], ["second"])
    assert (names(tmp_path), names(tmp_path / "d")) == (["d"], ["first"])


def test_a_new_folder_takes_the_place_of_the_old_one_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "a" / "model"
    for content in ("old", "new"):
        with new_folder(target) as part:
            (part / content).touch()
            assert [path.name for path in target.parent.glob("model/*")] == (
                ["old"] if content == "new" else []
            )
    assert [path.name for path in target.parent.rglob("*")] == ["model", "new"]


def test_a_folder_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    leftover = killed_while_writing(tmp_path / "model")
    (leftover / "of a program that was killed").touch()

    def write() -> None:
        with new_folder(tmp_path / "model") as part:
            assert list(part.iterdir()) == []
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        write()
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_what_a_killed_program_left_of_a_file_is_removed(tmp_path: Path) -> None:
    killed_while_writing(tmp_path / "f", function="new_file")
    write(tmp_path / "f", "new")
    assert names(tmp_path) == ["f"]


@pytest.mark.parametrize("owner", ["{process}-same", "0-00000000-00000000", "x-y-z", "notes"])
def test_what_may_be_of_a_running_program_stays(tmp_path: Path, owner: str) -> None:
    owner = owner.format(process=os.getpid())
    (tmp_path / f".f.{owner}.part").touch()
    write(tmp_path / "f", "new")
    assert names(tmp_path) == [f".f.{owner}.part", "f"]
