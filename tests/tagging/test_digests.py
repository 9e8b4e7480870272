import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mner.errors import ModelError
from mner.tagging import digests
from mner.tagging.digests import read_digests, replacing_file, write_digests


@pytest.fixture
def about(tmp_path: Path) -> Path:
    """The description of a folder with a small file, one of 9 MB, and one of 65 MB."""
    folder = tmp_path / "model"
    (folder / "vectors").mkdir(parents=True)
    (folder / "mner.json").write_text('{"format": 1}\n')
    (folder / "small").write_bytes(b"small")
    (folder / "README.md").write_text("a card")
    (folder / "vectors" / "checked").write_bytes(b"x" * (9 << 20))
    with (folder / "vectors" / "sampled").open("wb") as file:
        file.truncate(65 << 20)
    write_digests(folder / "mner.json", but=["README.md"])
    return folder / "mner.json"


NAMES = ("small", "vectors/checked", "vectors/sampled")


def test_all_files_but_the_card_and_the_description_are_listed(about: Path) -> None:
    values = json.loads(about.read_text())
    assert list(values) == ["format", "files"]
    assert list(values["files"]) == list(NAMES)
    kinds = [digest.partition(":")[0] for digest in values["files"].values()]
    assert kinds == ["sha256", "crc32", "crc32-of-samples"]
    found = read_digests(about)
    found.require(NAMES)
    assert found.names("vectors") == set(NAMES[1:])
    assert found.lists("small")
    assert not found.lists("README.md")


def flip_at(path: Path, position: int) -> None:
    with path.open("r+b") as file:
        file.seek(position)
        byte = file.read(1)[0]
        file.seek(position)
        file.write(bytes([byte ^ 1]))


def flip(path: Path) -> None:
    """Change one bit at the end of a file."""
    flip_at(path, path.stat().st_size - 1)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def lengthen(path: Path) -> None:
    os.truncate(path, path.stat().st_size + 1)


def exchange(path: Path) -> None:
    """Put other bytes of the same number in the place of a file."""
    path.write_bytes(b"y" * path.stat().st_size)


@pytest.mark.parametrize("change", [flip, cut, lengthen, exchange])
@pytest.mark.parametrize("name", NAMES)
def test_a_changed_file_is_named(about: Path, name: str, change: Callable[[Path], None]) -> None:
    change(about.parent / name)
    with pytest.raises(
        ModelError, match=rf"{name}: not the file that mner.json describes; it was .* copy it again"
    ):
        read_digests(about).require(NAMES)


def test_only_between_the_samples_of_a_large_file_a_single_change_is_not_found(
    about: Path,
) -> None:
    flip_at(about.parent / "vectors" / "checked", 3 << 20)
    with pytest.raises(ModelError, match=r"vectors/checked: not the file that mner\.json"):
        read_digests(about).require(NAMES[1:])
    flip_at(about.parent / "vectors" / "sampled", 3 << 20)
    read_digests(about).require(NAMES[2:])


def test_a_missing_and_an_added_file_are_named(about: Path) -> None:
    (about.parent / "vectors" / "scales.npy").write_bytes(b"of another model")
    found = read_digests(about)
    with pytest.raises(ModelError, match=r"vectors/scales.npy: not among the files that mner.json"):
        found.require(found.names("vectors"))
    (about.parent / "vectors" / "scales.npy").unlink()
    (about.parent / "vectors" / "checked").unlink()
    with pytest.raises(ModelError, match=r"vectors/checked: cannot be read .No such file"):
        found.require(found.names("vectors"))


def test_a_folder_of_an_earlier_version_has_no_digests(about: Path) -> None:
    about.write_text('{"format": 1}')
    found = read_digests(about)
    found.require(["small", "none"])
    assert not found.names("vectors")
    assert not found.lists("small")
    with replacing_file(about, "small") as part:
        part.write_bytes(b"new")
    assert about.read_text() == '{"format": 1}'
    assert (about.parent / "small").read_bytes() == b"new"


def test_a_file_is_replaced_with_its_digest(about: Path) -> None:
    for name in ("small", "new"):
        with replacing_file(about, name) as part:
            part.write_bytes(b"a new one")
        read_digests(about).require([*NAMES, name])
    values = json.loads(about.read_text())
    assert list(values["files"]) == ["new", *NAMES]
    assert values["files"]["new"] == values["files"]["small"]
    assert "replacing" not in values


def test_a_graph_that_was_removed_is_forgotten_when_another_is_written(about: Path) -> None:
    (about.parent / "small").unlink()
    with replacing_file(about, "new") as part:
        part.write_bytes(b"new")
    assert not read_digests(about).lists("small")
    read_digests(about).require(["new", *NAMES[1:]])


def test_a_file_that_fails_leaves_folder_and_digests(about: Path) -> None:
    before = about.read_bytes()
    with pytest.raises(ZeroDivisionError), replacing_file(about, "small") as part:  # noqa: PT012
        part.write_bytes(b"half")
        raise ZeroDivisionError
    assert about.read_bytes() == before
    read_digests(about).require(NAMES)


class KilledError(Exception):
    """A program ends here."""


@pytest.mark.parametrize("name", ["small", "new"])
@pytest.mark.parametrize(("updates", "is_renamed"), [(0, False), (1, False), (1, True)])
def test_a_program_that_is_killed_at_any_step_leaves_a_folder_that_loads(
    about: Path, monkeypatch: pytest.MonkeyPatch, name: str, updates: int, is_renamed: bool
) -> None:
    done: list[None] = []

    def update(about: Path, files: dict[str, str], replacing: dict[str, str]) -> None:
        if len(done) == updates:
            raise KilledError
        real(about, files, replacing)
        done.append(None)

    real = digests._update
    monkeypatch.setattr(digests, "_update", update)
    with pytest.raises(KilledError), replacing_file(about, name) as part:
        part.write_bytes(b"new")
    monkeypatch.setattr(digests, "_update", real)
    if updates and not is_renamed:
        (about.parent / name).unlink()
        if name == "small":
            (about.parent / name).write_bytes(b"small")
    found = read_digests(about)
    found.require([*NAMES, *(["new"] if (about.parent / "new").exists() else [])])
    # Another program goes on from there.
    with replacing_file(about, "third") as part:
        part.write_bytes(b"third")
    found = read_digests(about)
    found.require([*NAMES, "third", *(["new"] if (about.parent / "new").exists() else [])])
    assert "replacing" not in json.loads(about.read_text())


def test_a_folder_put_together_from_two_is_refused(about: Path, tmp_path: Path) -> None:
    shutil.copytree(about.parent, tmp_path / "other")
    (tmp_path / "other" / "small").write_bytes(b"other")
    write_digests(tmp_path / "other" / "mner.json")
    shutil.copy(tmp_path / "other" / "small", about.parent / "small")
    with pytest.raises(ModelError, match=r"small: not the file that mner\.json describes"):
        read_digests(about).require(NAMES)
