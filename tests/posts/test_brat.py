import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mner.errors import InputError
from mner.posts.brat import brat_document, write_brat
from mner.posts.write import write_posts
from mner.types import Entity, Post

POST = Post(
    "7",
    ("In", "New", "York", "😀", "Ann"),
    (Entity(1, 3, "LOC", 0.9), Entity(4, 5, "creative work")),
    text="In New\r\nYork 😀Ann",
    offsets=((0, 2), (3, 6), (8, 12), (13, 14), (14, 17)),
)
ANNOTATIONS = (
    "T1\tLOC 3 6;8 12\tNew York\n"
    "#1\tAnnotatorNotes T1\tprobability 0.9000\n"
    "T2\tcreative_work 14 17\tAnn\n"
)


def test_a_document() -> None:
    assert brat_document(POST) == (POST.text, ANNOTATIONS)


@given(tokens=st.lists(st.text(min_size=1), min_size=1, max_size=4))
def test_offsets_count_the_characters_of_the_text(tokens: list[str]) -> None:
    text, annotations = brat_document(
        Post(
            "1", tuple(tokens), tuple(Entity(place, place + 1, "X") for place in range(len(tokens)))
        )
    )
    lines = re.split("\n(?=T)", annotations.removesuffix("\n"))
    assert len(lines) == len(tokens)
    for line, token in zip(lines, tokens, strict=True):
        _, place, quoted = line.split("\t", 2)
        fragments = [
            tuple(map(int, part.split())) for part in place.removeprefix("X ").split(";") if part
        ]
        assert " ".join(text[start:end] for start, end in fragments) == quoted
        assert "".join(text[start:end] for start, end in fragments) == re.sub("[\r\n]", "", token)


def test_labels_in_other_letters_stay_apart() -> None:
    _, annotations = brat_document(
        replace(POST, entities=(Entity(1, 2, "人名"), Entity(4, 5, "地名")))
    )
    assert [line.split()[1] for line in annotations.splitlines()] == [
        "_u4eba_u540d",
        "_u5730_u540d",
    ]


def test_one_stream() -> None:
    stream = io.StringIO(newline="")
    write_posts([POST], stream, format="brat")
    assert stream.getvalue() == f"==> 7.txt <==\n{POST.text}\n==> 7.ann <==\n{ANNOTATIONS}\n"


def test_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "brat"
    write_brat([POST, Post("../x y", ("a",), ())], folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        "%2E.%2Fx%20y.ann",
        "%2E.%2Fx%20y.txt",
        "7.ann",
        "7.txt",
        "annotation.conf",
    ]
    assert (folder / "7.txt").read_bytes().decode() == POST.text
    assert (folder / "7.ann").read_bytes().decode() == ANNOTATIONS
    assert (folder / "%2E.%2Fx%20y.ann").read_bytes() == b""
    assert (
        (folder / "annotation.conf")
        .read_text()
        .startswith("[entities]\nLOC\ncreative_work\n\n[relations]")
    )


@pytest.mark.parametrize(
    ("posts", "message"),
    [
        ([POST, POST], r"7\.txt: id '7' comes twice"),
        (
            [replace(POST, entities=(Entity(0, 1, "a b"), Entity(1, 2, "a_b")))],
            "post '7': the labels 'a b' and 'a_b' would both be 'a_b': rename one",
        ),
        ([Post("x" * 300, ("a",))], "an id of 300 bytes cannot name a file: expected at most 200"),
        ([Post("7", ("\ud83d",))], r"post '7' holds '\\ud83d', which cannot be written as utf-8"),
    ],
)
def test_what_cannot_be_files(tmp_path: Path, posts: list[Post], message: str) -> None:
    with pytest.raises(InputError, match=message):
        write_brat(posts, tmp_path / "brat")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["folder", "link", "here"])
def test_a_folder_that_is_there_is_filled_or_left_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    folder = tmp_path / "real"
    folder.mkdir()
    (tmp_path / "link").symlink_to(folder)
    monkeypatch.chdir(folder)
    given = {"folder": folder, "link": tmp_path / "link", "here": Path()}[kind]
    with pytest.raises(InputError, match="id '7' comes twice"):
        write_brat([POST, POST], given)
    assert list(folder.iterdir()) == []
    write_brat([POST], given)
    assert sorted(path.name for path in folder.iterdir()) == ["7.ann", "7.txt", "annotation.conf"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "real"]


def test_a_folder_that_is_in_use(tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_text("x")
    with pytest.raises(InputError, match="is not empty: name another folder"):
        write_brat([POST], tmp_path)
    with pytest.raises(InputError, match=r"old\.txt: cannot be written"):
        write_brat([POST], tmp_path / "old.txt")


def test_a_second_writer_of_an_empty_folder_is_refused(tmp_path: Path) -> None:
    def posts() -> Iterator[Post]:
        with pytest.raises(InputError, match="another process writes into this folder"):
            write_brat([Post("other", ("a",), ())], tmp_path)
        yield POST

    write_brat(posts(), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["7.ann", "7.txt", "annotation.conf"]


def test_a_folder_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    def posts() -> Iterator[Post]:
        write_brat([Post("other", ("a",), ())], tmp_path / "brat")
        yield POST

    with pytest.raises(InputError, match="another program has written it meanwhile"):
        write_brat(posts(), tmp_path / "brat")
    assert [path.name for path in tmp_path.iterdir()] == ["brat"]
    assert (tmp_path / "brat" / "other.txt").is_file()
