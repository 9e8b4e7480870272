import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from mner.encoding.vector_cache import load_vectors
from mner.encoding.vectors import VectorTable
from mner.errors import ConfigError, InputError, MnerError
from mner.files.load import read_json, read_text, read_toml
from mner.files.regular import require_regular, require_source
from mner.pictures.store import FeatureStore
from mner.posts.captions import attach_captions
from mner.posts.read import read_posts
from mner.recipe.read import read_recipe
from mner.training.log import read_log

READERS: dict[str, Callable[[Path], object]] = {
    "json": lambda path: read_json(path, dict[str, int], advice="copy it again"),
    "toml": lambda path: read_toml(path, dict[str, int], advice="copy it again"),
    "text": lambda path: read_text(path, advice="copy it again"),
    "posts": lambda path: list(read_posts(path)),
    "captions": lambda path: list(attach_captions([], path)),
    "vectors": load_vectors,
    "log": read_log,
    "recipe": read_recipe,
}
FOUND_BY_NAME: dict[str, tuple[type[MnerError], str]] = {
    "vectors": (InputError, "no such file of word vectors"),
    "recipe": (ConfigError, "no such recipe"),
}
"""The readers for which a special file is as good as none."""
KINDS = {"pipe": "it is a pipe", "socket": "it is a socket", "device": "it is a device"}


@pytest.fixture(params=KINDS)
def special(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A path of a pipe, a socket and a device, with what errors call it."""
    path = tmp_path / "special"
    if request.param == "pipe":
        os.mkfifo(path)
        yield path, KINDS["pipe"]
    elif request.param == "device":
        path.symlink_to("/dev/zero")
        yield path, KINDS["device"]
    else:
        with socket.socket(socket.AF_UNIX) as opened:
            opened.bind(str(path))
            yield path, KINDS["socket"]


@pytest.mark.parametrize("reader", READERS)
def test_nothing_waits_for_a_pipe_or_reads_a_device(reader: str, special: tuple[Path, str]) -> None:
    path, kind = special
    error, message = FOUND_BY_NAME.get(reader, (InputError, kind))
    with pytest.raises(error, match=message) as caught:
        READERS[reader](path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["hashes.npy", "matrix.npy", "scales.npy", "rows.npy"])
def test_a_table_of_vectors_is_regular_files(
    name: str, special: tuple[Path, str], tmp_path: Path
) -> None:
    VectorTable.from_words(["a"], np.zeros((1, 2))).save(tmp_path / "table")
    (tmp_path / "table" / name).unlink(missing_ok=True)
    special[0].rename(tmp_path / "table" / name)
    with pytest.raises(InputError, match=f"not a table of word vectors .*{special[1]}"):
        VectorTable.open(tmp_path / "table")


def test_a_store_of_features_is_regular_files(special: tuple[Path, str], tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    special[0].rename(tmp_path / "store" / "store.json")
    with pytest.raises(InputError, match=f"store.json: cannot be read .{special[1]}"):
        FeatureStore.open(tmp_path / "store")


def test_a_file_that_is_larger_than_what_is_read_as_a_whole_is_named(tmp_path: Path) -> None:
    with (tmp_path / "a.json").open("wb") as file:
        file.truncate(1 << 40)
    for read in (READERS["json"], READERS["toml"], READERS["text"]):
        with pytest.raises(InputError, match=r"it has 1099511627776 bytes, and at most \d+ are"):
            read(tmp_path / "a.json")


def test_what_the_shell_has_opened_is_read(tmp_path: Path) -> None:
    program = (
        "import sys; from mner.posts.read import read_posts\n"
        "for path in sys.argv[1:]: print([post.tokens for post in read_posts(path)])"
    )
    command = [sys.executable, "-c", program]
    posts = '{"tokens": ["a", "b"]}\n'
    read, write = os.pipe()
    os.write(write, posts.encode())
    os.close(write)
    for path, options in (
        ("/dev/stdin", {"input": posts}),
        ("-", {"input": posts}),
        (f"/dev/fd/{read}", {"pass_fds": [read]}),
    ):
        done = subprocess.run(
            [*command, path], capture_output=True, text=True, check=True, timeout=60, **options
        )
        assert done.stdout == "[('a', 'b')]\n"
    os.close(read)


def test_a_regular_file_is_given_back(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"123")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    for path in (tmp_path / "a", tmp_path / "link"):
        assert require_regular(path, largest=3) == require_source(path) == path
    with pytest.raises(OSError, match="it has 3 bytes, and at most 2 are read"):
        require_regular(tmp_path / "a", largest=2)


def test_every_error_of_a_reader_is_one_of_ours(tmp_path: Path) -> None:
    for read in READERS.values():
        with pytest.raises(MnerError, match="none"):
            read(tmp_path / "none")
