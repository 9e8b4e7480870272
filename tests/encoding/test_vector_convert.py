import pickle
from pathlib import Path

import numpy as np
import pytest

from mner.encoding.vector_convert import convert_vectors
from mner.encoding.vectors import HASHES, MATRIX, ROWS, word_hash
from mner.errors import DataWarning, InputError


def converted(tmp_path: Path, content: bytes) -> dict[int, list[float]]:
    """The vector of each hash."""
    file, folder = tmp_path / "w.txt", tmp_path / "table"
    file.write_bytes(content)
    folder.mkdir()
    convert_vectors(file, folder)
    hashes, rows, matrix = (np.load(folder / name) for name in (HASHES, ROWS, MATRIX))
    assert matrix.dtype == np.float16
    assert np.all(np.diff(hashes.astype(object)) > 0)
    return dict(zip(hashes.tolist(), matrix[rows].tolist(), strict=True))


def test_every_word_keeps_its_vector(tmp_path: Path) -> None:
    content, expected = b"", {}
    for number in range(2500):
        content += b"word%d %d -1\n" % (number, number % 1000)
        expected[word_hash(b"word%d" % number)] = [number % 1000, -1.0]
    assert converted(tmp_path, content) == expected


def test_the_first_vector_of_a_word_is_kept_and_others_are_counted(tmp_path: Path) -> None:
    expected = {word_hash(b"a"): [1, 2], word_hash(b"b"): [3, 4]}
    with pytest.warns(
        DataWarning,
        match=r"w.txt:4: the word stands at line 2 already; the first vector of each word is kept, "
        r"and 3 of 5 are left out",
    ):
        assert converted(tmp_path, b"b 3 4\na 1 2\n\na 1 2\na 5 6\nb 7 8\n") == expected


def test_repeated_words_of_a_binary_file_are_named_by_their_bytes(tmp_path: Path) -> None:
    with pytest.warns(DataWarning, match=r"w.txt: byte 11: the word stands at byte 4 already"):
        vectors = converted(tmp_path, b"2 1\na \0\0\x80?\na \0\0\0@\n")
    assert vectors == {word_hash(b"a"): [1]}


def test_words_that_differ_in_case_are_different_words(tmp_path: Path) -> None:
    assert len(converted(tmp_path, b"Rio 1 2\nrio 3 4\n")) == 2


def test_a_few_words_that_are_not_utf8_are_left_out_and_said(tmp_path: Path) -> None:
    content = b"".join(b"w%d 1 2\n" % number for number in range(300))
    with pytest.warns(
        DataWarning,
        match=r"w.txt:301: the word is missing or not in UTF-8, as are 1 of 301; they are left out",
    ):
        assert len(converted(tmp_path, content + b"caf\xc3 1 2\n")) == 300


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"a 1 2\n\xff 1 2\n",
            r"w.txt:2: the word is missing or not in UTF-8, as are 1 of 2: save the file in UTF-8",
        ),
        (
            b"a 1 2\nb 1 nan\n",
            r"w.txt:2: the vector of 'b' has numbers that are not finite or above 65504",
        ),
        (b"a 1 2\nb 1 1e9\n", r"w.txt:2: the vector of 'b' has numbers"),
        (b"a 1 2\n 1 2\nc 1 2\n", r"w.txt:2: the word is missing or not in UTF-8, as are 1 of 3"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        converted(tmp_path, content)


class Program:
    """What makes a folder when its pickle is opened."""

    def __init__(self, made: Path) -> None:
        self.made = made

    def __reduce__(self) -> tuple[object, ...]:
        return Path.mkdir, (self.made,)


def test_converting_opens_no_pickle_unless_it_is_told_to(tmp_path: Path) -> None:
    (tmp_path / "w.kv").write_bytes(pickle.dumps(Program(tmp_path / "ran")))
    (tmp_path / "table").mkdir()
    with pytest.raises(InputError, match=r"w\.kv: a pickle .*--set text\.allow_pickle=true"):
        convert_vectors(tmp_path / "w.kv", tmp_path / "table")
    assert not (tmp_path / "ran").exists()
