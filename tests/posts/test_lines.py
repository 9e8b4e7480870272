import io
import subprocess
import sys
from itertools import cycle
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from mner.errors import InputError
from mner.posts.lines import numbered_lines, rewindable
from mner.posts.read import read_posts
from tests.posts.content import PLAIN, POSTS


def test_paths_text_streams_and_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "posts.txt"
    path.write_text(PLAIN, encoding="utf-8")
    assert list(read_posts(path)) == list(read_posts(str(path))) == POSTS
    assert list(read_posts(io.StringIO(PLAIN))) == POSTS
    with path.open(encoding="latin-1") as stream:
        assert list(read_posts(stream)) == POSTS
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PLAIN.encode())))
    assert list(read_posts("-")) == POSTS


def test_a_path_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.txt: cannot be read: No such file"):
        list(read_posts(tmp_path / "nowhere.txt"))
    with pytest.raises(InputError, match="is a folder, expected a file of posts"):
        list(read_posts(tmp_path))


class EndlessFile(io.RawIOBase):
    """Posts of one token, for ever."""

    def __init__(self) -> None:
        self._lines = cycle([b"a\tO\n", b"\n"])

    def readline(self, size: int | None = -1, /) -> bytes:
        return next(self._lines)


def test_posts_come_before_the_file_ends() -> None:
    posts = read_posts(cast(BinaryIO, EndlessFile()))
    assert [next(posts).id for _ in range(3)] == ["1", "2", "3"]


def test_standard_input_is_read_to_its_end_in_another_process(tmp_path: Path) -> None:
    path = tmp_path / "posts.txt"
    path.write_text(PLAIN, encoding="utf-8")
    program = "from mner.posts.read import read_posts; print([post.id for post in read_posts('-')])"
    with path.open("rb") as stream:
        done = subprocess.run(
            [sys.executable, "-c", program],
            stdin=stream,
            capture_output=True,
            text=True,
            check=True,
        )
    assert done.stdout == "['7', '8']\n"


def test_a_carriage_return_ends_a_line_where_there_is_no_newline() -> None:
    assert [number for number, _ in numbered_lines(io.BytesIO(b"a\rb\r"))] == [1, 2, 3]
    assert [line for _, line in numbered_lines(io.BytesIO(b"\xef\xbb\xbfa\rb"))] == ["a", "b"]
    assert list(numbered_lines(io.BytesIO(b"a\rb\n"))) == [(1, "a\rb")]


def test_what_can_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "posts.txt"
    path.write_text(PLAIN)
    with rewindable(path)() as stream:
        assert stream is not None
        assert stream.read() == PLAIN.encode()
    with path.open("rb") as opened:
        opened.read(3)
        again = rewindable(opened)
        opened.read(4)
        with again() as stream:
            assert stream is not None
            assert stream.read(3) == PLAIN.encode()[3:6]
        assert opened.tell() == 7
    for source in ("-", io.StringIO(PLAIN), cast(BinaryIO, EndlessFile()), tmp_path / "none"):
        with rewindable(source)() as stream:
            assert stream is None
    gone = rewindable(path)
    path.unlink()
    with pytest.raises(InputError, match=r"posts\.txt: cannot be read: No such file"), gone():
        pass
