import logging
from pathlib import Path

import pytest

from mner.errors import InputError
from mner.tagging.argument import contents_named_by, refuse_picture


@pytest.mark.parametrize(
    ("text", "is_one_text", "expected"),
    [
        ("-", False, "-"),
        ("-", True, None),
        ("saw Rome", False, None),
        ("saw Rome.jpg", False, None),
        ("http://a.b/c.jpg", False, None),
        ("Rome.", False, None),
        ("x" * 5_000, False, None),
        ("", False, None),
    ],
)
def test_what_names_no_file_is_words(text: str, is_one_text: bool, expected: str | None) -> None:
    assert contents_named_by(text, is_one_text=is_one_text) == expected


def test_a_file_stands_for_its_contents_unless_a_text_is_asked_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "posts.txt"
    path.write_text("saw Rome\n")
    with caplog.at_level(logging.INFO):
        assert contents_named_by(str(path), is_one_text=False) == str(path)
        assert contents_named_by(str(path), is_one_text=True) is None
    assert contents_named_by(str(tmp_path), is_one_text=False) is None
    assert caplog.messages == [
        f"'{path}': the contents of this file are tagged, not its name",
        f"'{path}': taken as words, as --picture and --caption ask; a file has this name, too",
    ]


@pytest.mark.parametrize(
    "ending",
    [
        *("jpg", "jpeg", "png", "gif", "webp", "bmp", "tif", "tiff", "avif", "heic", "heif"),
        *("jsonl", "csv", "tsv", "conll", "JPG"),
    ],
)
@pytest.mark.parametrize("is_one_text", [False, True])
def test_a_name_of_which_there_is_no_file_is_a_mistake(ending: str, is_one_text: bool) -> None:
    name = f"gone.{ending}"
    message = (
        f"^'{name}': there is no such file: expected a text, or the name of a file of posts; to "
        "tag words that look like a file's name, pipe them into `mner tag - --input-format text`$"
    )
    with pytest.raises(InputError, match=message):
        contents_named_by(name, is_one_text=is_one_text)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.jpg", b"text"),
        ("p.HEIC", b""),
        ("p", b"\xff\xd8\xff\xe0"),
        ("p", b"\x89PNG\r\n\x1a\n"),
        ("p", b"GIF89a"),
        ("p", b"II*\x00"),
        ("p", b"MM\x00*"),
        ("p", b"RIFF\0\0\0\0WEBPVP8 "),
    ],
)
def test_a_picture_is_no_file_of_posts(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    message = (
        f"^{path}: is a picture, expected a text or a file of posts: give the text of the post, "
        f"and its picture by --picture {path}$"
    )
    with pytest.raises(InputError, match=message):
        contents_named_by(str(path), is_one_text=False)
    assert contents_named_by(str(path), is_one_text=True) is None


@pytest.mark.parametrize(
    "content", [b"text", b"RIFF\0\0\0\0WAVE", b"xxxx\0\0\0\0WEBP", b"\xff\xd8"]
)
def test_other_files_may_be_posts(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "p").write_bytes(content)
    refuse_picture(str(tmp_path / "p"))
    refuse_picture(str(tmp_path / "gone.jpg"))
    refuse_picture(str(tmp_path))
