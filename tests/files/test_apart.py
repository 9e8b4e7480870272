import os
from pathlib import Path

import pytest

from mner.errors import InputError
from mner.files.apart import check_apart


@pytest.fixture
def given(tmp_path: Path) -> Path:
    path = tmp_path / "posts"
    path.write_text("gold")
    (tmp_path / "soft").symlink_to(path)
    (tmp_path / "hard").hardlink_to(path)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights").touch()
    return path


@pytest.mark.parametrize("name", ["posts", "soft", "hard", "model/../posts", "./posts"])
def test_an_output_that_is_the_input_is_refused(
    given: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(given.parent)
    for output in (Path(name), given.parent / name):
        with pytest.raises(InputError, match=r": is the input, or a file of it, and would be"):
            check_apart(output, {"the captions": None, "the input": "posts"})


def test_so_is_one_within_a_folder_that_is_read(given: Path) -> None:
    folder = given.parent / "model"
    with pytest.raises(InputError, match=r"weights: is the model, or a file of it"):
        check_apart(folder / "weights", {"the model": folder})
    check_apart(folder / "new", {"the model": folder})


def test_so_is_the_file_behind_standard_input(given: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with given.open() as stream:
        monkeypatch.setattr("sys.stdin", stream)
        with pytest.raises(InputError, match="is standard input"):
            check_apart(given, {"standard input": "-"})
        check_apart(given.parent / "model" / "weights", {"standard input": "-"})
    monkeypatch.setattr("sys.stdin", None)
    check_apart(given, {"standard input": "-"})


def test_what_replaces_nothing_is_fine(given: Path) -> None:
    check_apart(given.parent / "new", {"the input": given})
    check_apart(Path(os.devnull), {"the input": os.devnull})
    check_apart(given, {"the input": given.parent / "none"})
