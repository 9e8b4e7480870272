import gzip
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from mner.encoding.vectors import VectorTable, load_vectors, surface_forms
from mner.errors import InputError
from tests.files.leftovers import killed_while_writing

WORDS = ("paris", "Paris", "x", "…", "new")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "vectors.txt"
    path.write_text(
        "".join(f"{word} {number} -{number}.5\n" for number, word in enumerate(WORDS)),
        encoding="utf-8",
    )
    return path


def test_every_word_has_its_own_vector(file: Path, tmp_path: Path) -> None:
    table = load_vectors(file, cache=tmp_path / "cache")
    assert (len(table), table.dimension) == (5, 2)
    np.testing.assert_array_equal(
        table.vectors(table.rows(WORDS)), [[n, -n - 0.5] for n in range(5)]
    )


def test_a_word_is_looked_up_by_its_forms_in_order(file: Path, tmp_path: Path) -> None:
    table = load_vectors(file, cache=tmp_path / "cache")
    exact = {word: int(row) for word, row in zip(WORDS, table.rows(WORDS), strict=True)}
    found = table.rows(["Paris", "PARIS", "#Paris", "@NEW", "#", "nowhere", ""])
    assert found.tolist() == [
        exact["Paris"],
        exact["paris"],
        exact["Paris"],
        exact["new"],
        -1,
        -1,
        -1,
    ]


def test_a_word_without_a_vector_gets_zeros(file: Path, tmp_path: Path) -> None:
    table = load_vectors(file, cache=tmp_path / "cache")
    assert not table.vectors(np.array([-1, -1])).any()


def test_surface_forms_keep_order_and_are_not_repeated() -> None:
    assert surface_forms("#Rio") == ("#Rio", "#rio", "Rio", "rio")
    assert surface_forms("rio") == ("rio",)
    assert surface_forms("#") == ("#",)


def test_the_second_start_maps_what_the_first_converted(file: Path, tmp_path: Path) -> None:
    first = load_vectors(file, cache=tmp_path / "cache")
    (converted,) = (
        folder for folder in (tmp_path / "cache" / "vectors").iterdir() if folder.is_dir()
    )
    before = {path.name: path.stat().st_mtime_ns for path in converted.iterdir()}
    second = load_vectors(file, cache=tmp_path / "cache")
    assert {path.name: path.stat().st_mtime_ns for path in converted.iterdir()} == before
    np.testing.assert_array_equal(
        first.vectors(first.rows(WORDS)), second.vectors(second.rows(WORDS))
    )


def test_a_changed_file_is_converted_anew(file: Path, tmp_path: Path) -> None:
    load_vectors(file, cache=tmp_path / "cache")
    file.write_text("other 1 2 3\n", encoding="utf-8")
    assert load_vectors(file, cache=tmp_path / "cache").dimension == 3


def test_numbers_are_kept_to_half_precision(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(50, 8)).astype(np.float32)
    words = [f"w{number}" for number in range(50)]
    table = VectorTable.from_words(words, values)
    np.testing.assert_allclose(table.vectors(table.rows(words)), values, rtol=1e-3)


def test_eight_bits_keep_numbers_close_and_are_mapped_again(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(50, 8)).astype(np.float32)
    values[7] = 0.0
    words = [f"w{number}" for number in range(50)]
    VectorTable.from_words(words, values).quantised().save(tmp_path / "table")
    table = VectorTable.open(tmp_path / "table")
    step = np.abs(values).max(axis=1, keepdims=True) / 127
    assert (
        np.abs(table.vectors(table.rows(words)) - values)
        <= 0.51 * step + 127 * step * 2**-11 + 1e-6
    ).all()
    assert not table.vectors(table.rows(["w7", "unknown"])).any()
    assert np.load(tmp_path / "table" / "matrix.npy").dtype == np.int8


def test_eight_bits_without_their_scales_are_no_table(tmp_path: Path) -> None:
    VectorTable.from_words(["a"], np.ones((1, 2))).quantised().save(tmp_path / "table")
    (tmp_path / "table" / "scales.npy").unlink()
    with pytest.raises(InputError, match="do not belong together"):
        VectorTable.open(tmp_path / "table")


def test_vectors_can_be_replaced_and_added() -> None:
    table = VectorTable.from_words(["a", "b"], np.array([[1.0, 2.0], [3.0, 4.0]]))
    changed = table.replaced(["b", "c"], np.array([[5.0, 6.0], [7.0, 8.0]], dtype=np.float32))
    assert changed.vectors(changed.rows(["a", "b", "c", "d"])).tolist() == [
        [1, 2],
        [5, 6],
        [7, 8],
        [0, 0],
    ]
    assert table.vectors(table.rows(["b"])).tolist() == [[3, 4]]


def test_an_empty_table_knows_no_word() -> None:
    table = VectorTable.from_words([], np.zeros((0, 4), dtype=np.float32))
    assert table.rows(["a"]).tolist() == [-1]
    assert table.vectors(table.rows(["a"])).tolist() == [[0.0] * 4]


def test_nothing_is_left_of_a_conversion_that_fails(tmp_path: Path) -> None:
    (tmp_path / "w.txt").write_bytes(b"a 1 2\nb 1\n")
    with pytest.raises(InputError, match=r"w.txt:2: expected a word and 2 numbers"):
        load_vectors(tmp_path / "w.txt", cache=tmp_path / "cache")
    assert not [path for path in (tmp_path / "cache" / "vectors").iterdir() if path.is_dir()]


CONVERT = "import sys; from pathlib import Path; from mner.encoding.vectors import load_vectors; load_vectors(Path(sys.argv[1]), cache=Path(sys.argv[2]))"


def test_what_a_killed_conversion_left_is_not_used(file: Path, tmp_path: Path) -> None:
    part = killed_while_writing(tmp_path / "cache" / "vectors" / converted_name(file))
    for name in ("matrix.npy", "hashes.npy", "rows.npy"):
        (part / name).write_bytes(b"half of an arr")
    assert len(load_vectors(file, cache=tmp_path / "cache")) == 5
    assert not part.exists()


def test_two_processes_at_once_make_one_table(tmp_path: Path) -> None:
    file, cache = tmp_path / "w.txt", tmp_path / "cache"
    file.write_bytes(b"".join(b"word%d 1 2\n" % number for number in range(3000)))
    processes = [
        subprocess.Popen([sys.executable, "-W", "error", "-c", CONVERT, str(file), str(cache)])
        for _ in range(2)
    ]
    assert [process.wait(60) for process in processes] == [0, 0]
    assert [path.name for path in (cache / "vectors").iterdir() if path.is_dir()] == [
        converted_name(file)
    ]


def converted_name(file: Path) -> str:
    """The name of the folder that a conversion makes."""
    with TemporaryDirectory() as cache:
        load_vectors(file, cache=Path(cache))
        (folder,) = (path for path in (Path(cache) / "vectors").iterdir() if path.is_dir())
        return folder.name


@pytest.mark.parametrize("block", [2, 1 << 16])
def test_a_table_in_the_order_of_its_file_is_saved_and_opened(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr("mner.encoding.vectors._BLOCK", block)
    table = load_vectors(file, cache=tmp_path / "cache")
    table.save(tmp_path / "copy")
    assert sorted(path.name for path in (tmp_path / "copy").iterdir()) == [
        "hashes.npy",
        "matrix.npy",
    ]
    copy = VectorTable.open(tmp_path / "copy")
    np.testing.assert_array_equal(copy.vectors(copy.rows(WORDS)), [[n, -n - 0.5] for n in range(5)])


def test_a_name_is_looked_for_among_downloads_and_in_gensims_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GENSIM_DATA_DIR", str(tmp_path / "gensim"))
    for place, number in (
        (tmp_path / "gensim" / "tiny-2", 1),
        (tmp_path / "cache" / "downloads", 2),
    ):
        place.mkdir(parents=True)
        (place / "tiny-2.gz").write_bytes(gzip.compress(b"1 2\nword %d 0\n" % number))
        table = load_vectors("tiny-2")
        assert table.vectors(table.rows(["word"])).tolist() == [[number, 0]]


def test_a_name_that_nobody_knows_is_an_error_that_says_how_to_get_vectors(tmp_path: Path) -> None:
    blocked = f"import sys; sys.modules['gensim'] = None\n{CONVERT}"
    environment = {**os.environ, "MNER_CACHE": str(tmp_path), "GENSIM_DATA_DIR": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", blocked, "glove-twitter-200", str(tmp_path)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert (
        "mner.errors.InputError: glove-twitter-200: no such file of word vectors; if it is a name of gensim-data, bring it with `mner data fetch"
        in run.stderr
    )


def test_a_missing_file_and_a_damaged_table_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file of word vectors"):
        load_vectors(tmp_path / "none.txt")
    VectorTable.from_words(["a"], np.ones((1, 2))).save(tmp_path / "table")
    (tmp_path / "table" / "matrix.npy").write_bytes(b"nonsense")
    with pytest.raises(InputError, match="not a table of word vectors"):
        load_vectors(tmp_path / "table")
