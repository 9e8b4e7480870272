import hashlib
from pathlib import Path

import numpy as np
import pytest

from benchmarks.small_vectors import quantised
from mner.encoding.vector_cache import load_vectors
from mner.encoding.vectors import VectorTable, surface_forms, word_hash
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


def table_of(words: tuple[str, ...] = ("a", "b", "c")) -> VectorTable:
    numbers = np.arange(2 * len(words), dtype=np.float32).reshape(len(words), 2)
    return VectorTable.from_words(words, numbers)


def ordered() -> dict[str, np.ndarray]:
    """The files of a table of three words in eight bits whose matrix has a row too many."""
    return {
        "hashes.npy": np.array([1, 2, 3], dtype=np.uint64),
        "matrix.npy": np.ones((4, 2), dtype=np.int8),
        "scales.npy": np.array([1, 2, 3, 4], dtype=np.float16),
        "rows.npy": np.array([3, 0, 1], dtype=np.int64),
    }


def write(folder: Path, files: dict[str, np.ndarray]) -> None:
    folder.mkdir(exist_ok=True)
    for name, array in files.items():
        np.save(folder / name, array)


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("hashes.npy", np.array([[1], [2], [3]], dtype=np.uint64)),
        ("hashes.npy", np.array([1, 2, 3], dtype=np.int64)),
        ("matrix.npy", np.ones(4, dtype=np.int8)),
        ("matrix.npy", np.ones((4, 2, 1), dtype=np.int8)),
        ("matrix.npy", np.ones((4, 2), dtype=np.float16)),
        ("matrix.npy", np.ones((2, 2), dtype=np.int8)),
        ("scales.npy", np.ones(4, dtype=np.float32)),
        ("scales.npy", np.ones(3, dtype=np.float16)),
        ("rows.npy", np.array([3, 0, 1], dtype=np.int32)),
        ("rows.npy", np.array([3, 0], dtype=np.int64)),
    ],
)
def test_arrays_of_other_types_or_shapes_do_not_belong_together(
    tmp_path: Path, name: str, array: np.ndarray
) -> None:
    write(tmp_path, ordered())
    assert len(VectorTable.open(tmp_path)) == 3
    write(tmp_path, {name: array})
    message = (
        rf"^{tmp_path}: hashes.npy \(.*\) and matrix.npy \(.*\) do not belong together: convert "
        "the vectors again$"
    )
    with pytest.raises(InputError, match=message):
        VectorTable.open(tmp_path)


@pytest.mark.parametrize("rows", [2, 4])
def test_without_rows_the_matrix_has_one_for_each_hash(tmp_path: Path, rows: int) -> None:
    files = ordered()
    del files["rows.npy"], files["scales.npy"]
    write(tmp_path, files | {"matrix.npy": np.ones((3, 2), dtype=np.float16)})
    assert len(VectorTable.open(tmp_path)) == 3
    write(tmp_path, {"matrix.npy": np.ones((rows, 2), dtype=np.float16)})
    with pytest.raises(InputError, match=rf"hashes.npy \(3,\) and matrix.npy \({rows}, 2\) do not"):
        VectorTable.open(tmp_path)


def test_scales_belong_to_the_rows_of_the_matrix(tmp_path: Path) -> None:
    write(tmp_path / "table", ordered())
    table = VectorTable.open(tmp_path / "table")
    expected = [[4, 4], [1, 1], [2, 2], [0, 0]]
    assert table.vectors(np.array([0, 1, 2, -1])).tolist() == expected
    table.save(tmp_path / "copy")
    copy = VectorTable.open(tmp_path / "copy")
    assert copy.vectors(np.array([0, 1, 2, -1])).tolist() == expected


def test_a_saved_table_gives_each_word_its_vector(tmp_path: Path) -> None:
    table = table_of()
    table.save(tmp_path)
    opened = VectorTable.open(tmp_path)
    rows = opened.rows(["c", "a", "b"])
    assert opened.vectors(rows).tolist() == [[4, 5], [0, 1], [2, 3]]
    assert opened.vectors(rows.reshape(3, 1)).shape == (3, 1, 2)
    assert opened.vectors(rows).dtype == np.float32
    assert rows.dtype == np.int64


def test_the_first_and_the_last_row_of_a_matrix_may_be_named(tmp_path: Path) -> None:
    write(tmp_path, ordered())
    assert {0, 3} < set(np.load(tmp_path / "rows.npy").tolist())
    assert len(VectorTable.open(tmp_path)) == 3
    write(tmp_path, {"rows.npy": np.array([4, 0, 1])})
    message = rf"^{tmp_path}: rows.npy names rows that are not among the 4 of matrix.npy: convert "
    with pytest.raises(InputError, match=message):
        VectorTable.open(tmp_path)


def test_an_opened_table_stays_on_the_disk(tmp_path: Path) -> None:
    table_of().save(tmp_path / "table")
    table = VectorTable.open(tmp_path / "table")
    assert isinstance(table.hashes, np.memmap)
    assert isinstance(table._matrix.base, np.memmap)


def test_a_word_with_half_of_a_surrogate_pair_is_a_word_like_others() -> None:
    table = table_of(("\ud800", "b"))
    assert table.vectors(table.rows(["\ud800", "b", "\udc00"])).tolist() == [[0, 1], [2, 3], [0, 0]]


def test_a_table_of_one_word_finds_it_alone() -> None:
    table = table_of(("only",))
    assert table.rows(["only", "#ONLY", "other", "a"]).tolist() == [0, 0, -1, -1]
    assert table.rows([]).tolist() == []


def test_an_empty_table_has_vectors_of_its_width() -> None:
    vectors = table_of(()).vectors(np.array([[-1, -1]]))
    assert vectors.shape == (1, 2, 2)
    assert vectors.dtype == np.float32


def test_the_hash_of_a_word_is_the_digest_that_is_stated() -> None:
    digest = hashlib.blake2b(b"rome", digest_size=8).digest()
    assert word_hash(b"rome") == sum(byte << 8 * number for number, byte in enumerate(digest))
