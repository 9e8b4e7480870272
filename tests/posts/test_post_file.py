import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mner.errors import InputError, MnerError
from mner.posts.post_file import PostFile
from mner.types import Entity, PictureBytes, PictureEntity, Post, UntrustedReference

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.integers(0, 2**40)
SHARES = st.floats(0, 1)
ENTITIES = st.builds(
    Entity, NUMBERS, NUMBERS, TEXT, SHARES | st.none(), TEXT | st.none(), NUMBERS | st.none()
)
PICTURES = st.one_of(
    TEXT,
    st.builds(UntrustedReference, TEXT),
    st.builds(PictureBytes, TEXT, st.binary(max_size=8)),
)
PICTURE_ENTITIES = st.builds(
    PictureEntity, TEXT, TEXT, SHARES, st.tuples(SHARES, SHARES, SHARES, SHARES), TEXT, TEXT
)


def tuples(items: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, max_size=3).map(tuple)


POSTS = st.builds(
    Post,
    id=TEXT,
    tokens=tuples(TEXT),
    entities=tuples(ENTITIES) | st.none(),
    caption=TEXT | st.none(),
    text=TEXT | st.none(),
    offsets=tuples(st.tuples(NUMBERS, NUMBERS)) | st.none(),
    annotated=tuples(TEXT) | st.none(),
    picture_entities=tuples(PICTURE_ENTITIES) | st.none(),
)
SMALL = [Post(id=str(number), tokens=("saw", f"Ann{number}")) for number in range(600)]


def pictures_of(post: Post) -> list[tuple[type, str, bytes | None]]:
    """What an equality of strings does not tell."""
    return [
        (type(picture), str(picture), getattr(picture, "content", None))
        for picture in post.pictures
    ]


@given(st.lists(st.tuples(POSTS, st.lists(PICTURES, max_size=3)), max_size=5))
def test_posts_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, given: list[tuple[Post, list[str]]]
) -> None:
    posts = [post.with_pictures(pictures) for post, pictures in given]
    kept = PostFile(iter(posts), tmp_path_factory.getbasetemp())
    assert len(kept) == len(posts)
    assert list(kept) == posts
    assert [kept[position] for position in range(len(posts))] == posts
    assert list(map(pictures_of, kept)) == list(map(pictures_of, posts))


def test_other_fields_of_a_post_are_left_out(tmp_path: Path) -> None:
    (post,) = PostFile([Post(id="1", tokens=("Ann",), extra={"likes": 3})], tmp_path)
    assert post.extra is None


@pytest.mark.parametrize(
    "part",
    [
        slice(None),
        slice(5, 9),
        slice(-3, None),
        slice(250, 520),
        slice(9, 5),
        slice(None, None, -1),
        slice(1, 600, 7),
        slice(599, 10_000),
    ],
    ids=str,
)
def test_a_slice_is_that_of_a_list(part: slice, tmp_path: Path) -> None:
    assert PostFile(SMALL, tmp_path)[part] == SMALL[part]


def test_a_position_is_that_of_a_list(tmp_path: Path) -> None:
    kept = PostFile(SMALL, tmp_path)
    assert (kept[-1], kept[-600], kept[599]) == (SMALL[-1], SMALL[0], SMALL[599])
    with pytest.raises(IndexError, match=r"^post 600 of 600$"):
        kept[600]
    with pytest.raises(IndexError, match=r"^post -601 of 600$"):
        kept[-601]


def test_two_may_read_at_once(tmp_path: Path) -> None:
    kept = PostFile(SMALL, tmp_path)
    assert list(zip(kept, kept, reversed(kept), strict=True)) == list(
        zip(SMALL, SMALL, reversed(SMALL), strict=True)
    )


def test_posts_are_written_as_they_come(tmp_path: Path) -> None:
    """No post is referred to when the next but one is taken."""
    alive: set[int] = set()

    class Watched(Post):
        def __del__(self) -> None:
            alive.discard(id(self))

    most = 0

    def posts() -> Iterator[Post]:
        nonlocal most
        for number in range(1000):
            post = Watched(id=str(number), tokens=("Ann",))
            alive.add(id(post))
            most = max(most, len(alive))
            yield post

    assert len(PostFile(posts(), tmp_path)) == 1000
    assert most <= 2


def test_the_folder_stays_as_it_was(tmp_path: Path) -> None:
    kept = PostFile(SMALL, tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert len(kept) == 600


def test_nothing_is_left_after_a_kill(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, signal, sys\n"
        "from mner.posts.post_file import PostFile\n"
        "from mner.types import Post\n"
        "def posts():\n"
        "    for number in range(100_000):\n"
        "        yield Post(id=str(number), tokens=('Ann',))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "PostFile(posts(), pathlib.Path(sys.argv[1]))\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert list(tmp_path.iterdir()) == []


def test_half_of_a_character_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"^post '7' holds half of a character \(.*\): replace it by U\+FFFD$"
    ):
        PostFile([Post(id="7", tokens=("\ud800",))], tmp_path)


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, limits[1]))
    try:
        with pytest.raises(
            MnerError,
            match=r"the posts cannot be kept in a temporary file there \(.*File too large\): "
            "make room, or name a folder on another disk$",
        ):
            PostFile(SMALL, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(MnerError, match=r"/none: the posts cannot be kept in a temporary file"):
        PostFile(SMALL, tmp_path / "none")


def test_an_error_of_the_reader_passes_through(tmp_path: Path) -> None:
    def posts() -> Iterator[Post]:
        yield SMALL[0]
        raise InputError("posts.txt:3: no tag")

    with pytest.raises(InputError, match=r"^posts\.txt:3: no tag$"):
        PostFile(posts(), tmp_path)


@pytest.mark.parametrize("change", ["shortened", "overwritten"])
def test_a_damaged_file_is_one_line(
    change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[IO[bytes]] = []
    open_temporary = tempfile.TemporaryFile

    def open_and_keep(**options: Any) -> IO[bytes]:
        opened.append(open_temporary(**options))
        return opened[-1]

    monkeypatch.setattr(tempfile, "TemporaryFile", open_and_keep)
    kept = PostFile(SMALL, tmp_path)
    (file,) = opened
    if change == "shortened":
        os.truncate(file.fileno(), 100)
    else:
        os.pwrite(file.fileno(), b"\xff" * 100, 0)
    with pytest.raises(MnerError, match=r"the temporary file of posts there is damaged \(.*\): "):
        list(kept)
