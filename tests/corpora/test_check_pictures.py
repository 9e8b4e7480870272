import json
import os
from pathlib import Path

import pytest

from mner.corpora.check import check_files
from mner.errors import InputError
from mner.pictures.decode import Picture, read_picture
from mner.types import PictureState
from tests.corpora.found import by_kind


def inspect(path: Path) -> Picture:
    if path.read_bytes().startswith(b"picture"):
        return Picture(PictureState.PRESENT, None, None)
    return Picture(PictureState.UNREADABLE, None, "a text")


def test_pictures(files: tuple[Path, Path], tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for name, content in {"1.jpg": b"picture", "2.png": b"picture", "4": b"text"}.items():
        (pictures / name).write_bytes(content)
    found = check_files(files, pictures=pictures, inspect=inspect).found
    assert {key: count for key, count in by_kind(found).items() if key[0].endswith("picture")} == {
        ("absent-picture", "train.txt"): 1,
        ("absent-picture", "test.txt"): 1,
        ("unreadable-picture", "test.txt"): 1,
        ("placeholder-picture", "train.txt"): 3,
    }
    examples = {finding.kind: finding.examples[0] for finding in found}
    assert examples["unreadable-picture"] == f"{files[1]}:1: {pictures / '4'}: a text"
    assert examples["absent-picture"] == f"{files[1]}:7: no picture '5'"


def test_a_folder_of_pictures_that_is_none(files: tuple[Path, Path], tmp_path: Path) -> None:
    for pictures, problem in (
        (tmp_path / "none", "no such folder"),
        (files[0], "is a file, expected a folder"),
    ):
        with pytest.raises(InputError, match=f"{pictures}: {problem} of pictures"):
            check_files(files, pictures=pictures)


def test_pictures_are_found_as_tagging_finds_them(files: tuple[Path, Path], tmp_path: Path) -> None:
    for name in ("4.JPG", "5.tif"):
        (tmp_path / name).write_bytes(b"picture")
    assert not [
        finding
        for finding in check_files([files[1]], pictures=tmp_path, inspect=inspect).found
        if finding.kind.endswith("picture")
    ]


def test_what_is_no_regular_file_is_not_waited_for(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "4")
    found = check_files([files[1]], pictures=tmp_path, inspect=read_picture).found
    assert by_kind(found)["unreadable-picture", "test.txt"] == 1


def test_posts_that_name_no_picture_and_names_that_no_file_can_have(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text(
        "\n".join(
            json.dumps({"text": "a", "picture": picture}) for picture in (None, "x" * 5000, "a\0b")
        ),
        encoding="utf-8",
    )
    found = check_files([path], pictures=tmp_path).found
    assert by_kind(found)["absent-picture", "posts.jsonl"] == 3
    assert [finding.examples[0] for finding in found if finding.kind == "absent-picture"] == [
        f"{path}:1: the post names no picture"
    ]


def test_each_picture_of_a_post_is_checked_once(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    for name in ("here", "broken"):
        (tmp_path / name).write_bytes(name.encode())
    pictures = ["here", "gone", "broken", "here", "here"]
    path.write_text(json.dumps({"text": "a", "pictures": pictures}), encoding="utf-8")
    found = check_files([path], pictures=tmp_path, inspect=read_picture).found
    assert by_kind(found) == {
        ("absent-picture", "posts.jsonl"): 1,
        ("unreadable-picture", "posts.jsonl"): 2,
    }


def test_two_posts_may_share_a_picture(files: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(b"picture")
    (tmp_path / "4").write_bytes(b"picture")
    assert not [
        finding
        for finding in check_files(files, pictures=tmp_path, inspect=inspect).found
        if finding.kind == "placeholder-picture"
    ]


def test_real_pictures(real_data: Path) -> None:
    pairs = real_data / "pairs30"
    found = check_files(
        [pairs / "twitter2015.txt", pairs / "twitter2017.txt"], pictures=pairs / "images"
    ).found
    assert not [finding for finding in found if finding.kind.endswith("picture")]
