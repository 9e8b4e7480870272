import pickle
from pathlib import Path

import numpy as np
import pytest

from mner.encoding.vector_cache import load_vectors
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


def test_the_first_repetition_in_the_file_is_the_one_that_is_named(tmp_path: Path) -> None:
    content = b"".join(b"w%d 1 2\n" % (number % 50) for number in range(100))
    message = (
        r"w.txt:51: the word stands at line 1 already; the first vector of each word is kept, "
        r"and 50 of 100 are left out$"
    )
    with pytest.warns(DataWarning, match=message):
        assert len(converted(tmp_path, content)) == 50


def test_the_largest_number_of_half_precision_is_kept(tmp_path: Path) -> None:
    vectors = converted(tmp_path, b"a 65504 -65504\nb 1 65503\n")
    assert vectors == {word_hash(b"a"): [65504, -65504], word_hash(b"b"): [1, 65504]}


@pytest.mark.parametrize("number", [b"65505", b"-65505", b"inf", b"-inf"])
def test_larger_numbers_are_refused(tmp_path: Path, number: bytes) -> None:
    message = "w.txt:1: the vector of 'a' has numbers that are not finite or above 65504$"
    with pytest.raises(InputError, match=message):
        converted(tmp_path, b"a 1 " + number + b"\n")


@pytest.mark.parametrize("good", [99, 98])
def test_one_word_in_a_hundred_may_be_unreadable(tmp_path: Path, good: int) -> None:
    content = b"".join(b"w%d 1 2\n" % number for number in range(good)) + b"\xff 1 2\n"
    message = f"w.txt:{good + 1}: the word is missing or not in UTF-8, as are 1 of {good + 1}"
    if good == 99:
        with pytest.warns(DataWarning, match=f"{message}; they are left out$"):
            assert len(converted(tmp_path, content)) == good
        return
    advice = "save the file in UTF-8, with a word on each line$"
    with pytest.raises(InputError, match=f"{message}: {advice}"):
        converted(tmp_path, content)


def test_a_file_of_which_no_word_is_left_holds_no_vectors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"w.txt: holds no word vectors$"):
        converted(tmp_path, b"\xff 1 2\n")


def test_the_arrays_have_the_types_of_a_table(tmp_path: Path) -> None:
    converted(tmp_path, b"b 1 2\na 3 4\n")
    types = {name: np.load(tmp_path / "table" / name).dtype for name in (HASHES, MATRIX, ROWS)}
    assert types == {HASHES: np.uint64, MATRIX: np.float16, ROWS: np.int64}
    assert np.load(tmp_path / "table" / MATRIX).tolist() == [[1, 2], [3, 4]]


def test_warnings_name_the_line_that_asked_for_the_conversion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "w.txt").write_bytes(b"a 1 2\na 1 2\n")
    with pytest.warns(DataWarning, match="already") as warned:
        load_vectors(tmp_path / "w.txt", cache=tmp_path / "cache")
    assert warned[0].filename == __file__
