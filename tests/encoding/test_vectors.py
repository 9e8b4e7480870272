from pathlib import Path

import numpy as np
import pytest

from benchmarks.small_vectors import quantised
from mner.encoding.vector_cache import load_vectors
from mner.encoding.vectors import VectorTable, surface_forms
from mner.errors import InputError
from tests.encoding.conftest import WORDS


def test_every_word_has_its_own_vector(file: Path, tmp_path: Path) -> None:
    table = load_vectors(file, cache=tmp_path / "cache")
    assert (len(table), table.dimension) == (5, 2)
    expected = [[n, -n - 0.5] for n in range(5)]
    np.testing.assert_array_equal(table.vectors(table.rows(WORDS)), expected)


def test_a_word_is_looked_up_by_its_forms_in_order(file: Path, tmp_path: Path) -> None:
    table = load_vectors(file, cache=tmp_path / "cache")
    exact = {word: int(row) for word, row in zip(WORDS, table.rows(WORDS), strict=True)}
    found = table.rows(["Paris", "PARIS", "#Paris", "@NEW", "#", "nowhere", ""])
    expected = [exact["Paris"], exact["paris"], exact["Paris"], exact["new"], -1, -1, -1]
    assert found.tolist() == expected


def test_a_word_without_a_vector_gets_zeros(file: Path, tmp_path: Path) -> None:
    table = load_vectors(file, cache=tmp_path / "cache")
    assert not table.vectors(np.array([-1, -1])).any()


def test_surface_forms_keep_order_and_are_not_repeated() -> None:
    assert surface_forms("#Rio") == ("#Rio", "#rio", "Rio", "rio")
    assert surface_forms("rio") == ("rio",)
    assert surface_forms("#") == ("#",)


def test_numbers_are_kept_to_half_precision(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(50, 8)).astype(np.float32)
    words = [f"w{number}" for number in range(50)]
    table = VectorTable.from_words(words, values)
    np.testing.assert_allclose(table.vectors(table.rows(words)), values, rtol=1e-3)


def test_eight_bits_keep_numbers_close_and_are_mapped_again(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(50, 8)).astype(np.float32)
    values[7] = 0.0
    words = [f"w{number}" for number in range(50)]
    quantised(VectorTable.from_words(words, values)).save(tmp_path / "table")
    table = VectorTable.open(tmp_path / "table")
    step = np.abs(values).max(axis=1, keepdims=True) / 127
    errors = np.abs(table.vectors(table.rows(words)) - values)
    assert (errors <= 0.51 * step + 127 * step * 2**-11 + 1e-6).all()
    assert not table.vectors(table.rows(["w7", "unknown"])).any()
    assert np.load(tmp_path / "table" / "matrix.npy").dtype == np.int8


def test_eight_bits_without_their_scales_are_no_table(tmp_path: Path) -> None:
    quantised(VectorTable.from_words(["a"], np.ones((1, 2)))).save(tmp_path / "table")
    (tmp_path / "table" / "scales.npy").unlink()
    with pytest.raises(InputError, match="do not belong together"):
        VectorTable.open(tmp_path / "table")


def test_an_empty_table_knows_no_word() -> None:
    table = VectorTable.from_words([], np.zeros((0, 4), dtype=np.float32))
    assert table.rows(["a"]).tolist() == [-1]
    assert table.vectors(table.rows(["a"])).tolist() == [[0.0] * 4]


@pytest.mark.parametrize("block", [2, 1 << 16])
def test_a_table_in_the_order_of_its_file_is_saved_and_opened(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr("mner.encoding.vectors._BLOCK", block)
    table = load_vectors(file, cache=tmp_path / "cache")
    table.save(tmp_path / "copy")
    files = sorted(path.name for path in (tmp_path / "copy").iterdir())
    assert files == ["hashes.npy", "matrix.npy"]
    copy = VectorTable.open(tmp_path / "copy")
    np.testing.assert_array_equal(copy.vectors(copy.rows(WORDS)), [[n, -n - 0.5] for n in range(5)])


def test_a_missing_file_and_a_damaged_table_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file of word vectors"):
        load_vectors(tmp_path / "none.txt")
    VectorTable.from_words(["a"], np.ones((1, 2))).save(tmp_path / "table")
    (tmp_path / "table" / "matrix.npy").write_bytes(b"nonsense")
    with pytest.raises(InputError, match="not a table of word vectors"):
        load_vectors(tmp_path / "table")


@pytest.mark.parametrize(
    ("name", "numbers", "message"),
    [
        ("hashes.npy", np.array([2, 1], dtype=np.uint64), "hashes.npy is not in ascending order"),
        ("hashes.npy", np.array([2, 2], dtype=np.uint64), "hashes.npy is not in ascending order"),
        ("rows.npy", np.array([0, 2]), "rows.npy names rows that are not among the 2 of matrix"),
        ("rows.npy", np.array([-1, 0]), "rows.npy names rows that are not among the 2 of matrix"),
        ("scales.npy", np.array([1, np.inf], dtype=np.float16), "scales.npy holds numbers that"),
    ],
)
def test_numbers_that_belong_to_no_table_are_named(
    tmp_path: Path, name: str, numbers: np.ndarray, message: str
) -> None:
    table = VectorTable.from_words(["a", "b"], np.ones((2, 2)))
    (quantised(table) if name == "scales.npy" else table).save(tmp_path / "table")
    np.save(tmp_path / "table" / name, numbers)
    with pytest.raises(InputError, match=message):
        VectorTable.open(tmp_path / "table")


@pytest.mark.parametrize("content", ["archive", "objects", "cut", "huge"])
def test_what_is_no_array_is_no_table(tmp_path: Path, content: str) -> None:
    folder, path = tmp_path / "table", tmp_path / "table" / "matrix.npy"
    VectorTable.from_words(["a"], np.ones((1, 2))).save(folder)
    if content == "archive":
        np.savez(tmp_path / "m.npz", np.ones((1, 2)))
        (tmp_path / "m.npz").rename(path)
    elif content == "objects":
        np.save(path, np.array([[None]]), allow_pickle=True)
    elif content == "cut":
        path.write_bytes(path.read_bytes()[:-1])
    else:
        path.write_bytes(path.read_bytes().replace(b"(1, 2)", b"(10000000000000000000, 2)"))
    with pytest.raises(InputError, match="not a table of word vectors"):
        VectorTable.open(folder)
