from pathlib import Path

import numpy as np
import pytest

from mner.data.vectors import VectorTable, load_vectors, surface_forms
from mner.errors import InputError

WORDS = ("paris", "Paris", "x", "…", "new")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "vectors.txt"
    path.write_text("".join(f"{word} {number} -{number}.5\n" for number, word in enumerate(WORDS)), encoding="utf-8")
    return path


def test_every_word_has_its_own_vector(file: Path, tmp_path: Path) -> None:
    table = load_vectors(file, cache=tmp_path / "cache")
    assert (len(table), table.dimension) == (5, 2)
    np.testing.assert_array_equal(table.vectors(table.rows(WORDS)), [[n, -n - 0.5] for n in range(5)])


def test_a_word_is_looked_up_by_its_forms_in_order(file: Path, tmp_path: Path) -> None:
    table = load_vectors(file, cache=tmp_path / "cache")
    exact = {word: int(row) for word, row in zip(WORDS, table.rows(WORDS), strict=True)}
    found = table.rows(["Paris", "PARIS", "#Paris", "@NEW", "#", "nowhere", ""])
    assert found.tolist() == [exact["Paris"], exact["paris"], exact["Paris"], exact["new"], -1, -1, -1]


def test_a_word_without_a_vector_gets_zeros(file: Path, tmp_path: Path) -> None:
    table = load_vectors(file, cache=tmp_path / "cache")
    assert not table.vectors(np.array([-1, -1])).any()


def test_surface_forms_keep_order_and_are_not_repeated() -> None:
    assert surface_forms("#Rio") == ("#Rio", "#rio", "Rio", "rio")
    assert surface_forms("rio") == ("rio",)
    assert surface_forms("#") == ("#",)


def test_the_second_start_maps_what_the_first_converted(file: Path, tmp_path: Path) -> None:
    first = load_vectors(file, cache=tmp_path / "cache")
    (converted,) = (tmp_path / "cache" / "vectors").iterdir()
    before = {path.name: path.stat().st_mtime_ns for path in converted.iterdir()}
    second = load_vectors(file, cache=tmp_path / "cache")
    assert {path.name: path.stat().st_mtime_ns for path in converted.iterdir()} == before
    np.testing.assert_array_equal(first.vectors(first.rows(WORDS)), second.vectors(second.rows(WORDS)))


def test_a_changed_file_is_converted_anew(file: Path, tmp_path: Path) -> None:
    load_vectors(file, cache=tmp_path / "cache")
    file.write_text("other 1 2 3\n", encoding="utf-8")
    assert load_vectors(file, cache=tmp_path / "cache").dimension == 3


def test_the_head_of_a_word2vec_text_file_is_not_a_word(tmp_path: Path) -> None:
    (tmp_path / "w.txt").write_text("2 3\na 1 2 3\nb 4 5 6\n")
    table = load_vectors(tmp_path / "w.txt", cache=tmp_path)
    assert (len(table), table.dimension) == (2, 3)


def test_numbers_are_kept_to_half_precision(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(50, 8)).astype(np.float32)
    words = [f"w{number}" for number in range(50)]
    table = VectorTable.from_words(words, values)
    np.testing.assert_allclose(table.vectors(table.rows(words)), values, rtol=1e-3)


def test_an_empty_table_knows_no_word() -> None:
    table = VectorTable.from_words([], np.zeros((0, 4), dtype=np.float32))
    assert table.rows(["a"]).tolist() == [-1]
    assert table.vectors(table.rows(["a"])).tolist() == [[0.0] * 4]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no word vectors"),
        (b"a 1 2\nb 1\n", r"w.txt:2: expected a word and 2 numbers, got 1 numbers"),
        (b"a 1 2\nb 1 two\n", r"w.txt:2: expected a word in UTF-8 and 2 numbers"),
        (b"a 1 2\n\xff 1 2\n", r"w.txt:2: expected a word in UTF-8 and 2 numbers"),
        (b"a 1 2\nb 1 nan\n", r"w.txt:2: the vector of 'b' has numbers that are not finite"),
        (b"a 1 2\nb 1 2\na 3 4\n", "vectors 1 and 3 are of the same word"),
        (b"word\n", r"w.txt:1: expected a word and its numbers"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "w.txt").write_bytes(content)
    with pytest.raises(InputError, match=message):
        load_vectors(tmp_path / "w.txt", cache=tmp_path / "cache")
    assert not list((tmp_path / "cache").rglob("*.npy"))


def test_a_missing_file_and_a_damaged_table_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file of word vectors"):
        load_vectors(tmp_path / "none.txt")
    VectorTable.from_words(["a"], np.ones((1, 2))).save(tmp_path / "table")
    (tmp_path / "table" / "matrix.npy").write_bytes(b"nonsense")
    with pytest.raises(InputError, match="not a table of word vectors"):
        load_vectors(tmp_path / "table")
