import gzip
import logging
import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from mner.encoding.vector_cache import load_vectors
from mner.encoding.vectors import VectorTable
from mner.errors import InputError
from mner.files.locks import locked
from tests.encoding.conftest import WORDS
from tests.files.leftovers import killed_while_writing

CONVERT = """
import sys
from pathlib import Path
from mner.encoding.vector_cache import load_vectors
load_vectors(Path(sys.argv[1]), cache=Path(sys.argv[2]))
"""


def test_the_second_start_maps_what_the_first_converted(file: Path, tmp_path: Path) -> None:
    first = load_vectors(file, cache=tmp_path / "cache")
    converted = tmp_path / "cache" / "vectors" / converted_name(file)
    before = {path.name: path.stat().st_mtime_ns for path in converted.iterdir()}
    second = load_vectors(file, cache=tmp_path / "cache")
    assert {path.name: path.stat().st_mtime_ns for path in converted.iterdir()} == before
    np.testing.assert_array_equal(
        first.vectors(first.rows(WORDS)), second.vectors(second.rows(WORDS))
    )


def test_a_changed_file_is_converted_again(file: Path, tmp_path: Path) -> None:
    load_vectors(file, cache=tmp_path / "cache")
    file.write_text("other 1 2 3\n", encoding="utf-8")
    assert load_vectors(file, cache=tmp_path / "cache").dimension == 3


def test_nothing_is_left_of_a_conversion_that_fails(tmp_path: Path) -> None:
    (tmp_path / "w.txt").write_bytes(b"a 1 2\nb 1\n")
    with pytest.raises(InputError, match=r"w.txt:2: expected a word and 2 numbers"):
        load_vectors(tmp_path / "w.txt", cache=tmp_path / "cache")
    assert not [path for path in (tmp_path / "cache" / "vectors").iterdir() if path.is_dir()]


def test_what_a_killed_conversion_left_is_not_used(file: Path, tmp_path: Path) -> None:
    part = killed_while_writing(tmp_path / "cache" / "vectors" / converted_name(file))
    for name in ("matrix.npy", "hashes.npy", "rows.npy"):
        (part / name).write_bytes(b"half of an arr")
    assert len(load_vectors(file, cache=tmp_path / "cache")) == 5
    assert not part.exists()


def test_a_second_process_waits_for_the_table_of_the_first(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "vectors" / converted_name(file)
    talking = f"import logging; logging.basicConfig(level=logging.INFO)\n{CONVERT}"
    command = [sys.executable, "-u", "-c", talking, str(file), str(tmp_path / "cache")]
    with locked(folder):
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        assert "waiting for another process that is making it" in process.stderr.readline()
        VectorTable.from_words(["ours"], np.ones((1, 2))).save(folder)
    process.communicate()
    assert process.returncode == 0
    assert len(load_vectors(file, cache=tmp_path / "cache")) == 1, "converted a second time"


def converted_name(file: Path) -> str:
    """The name of the folder that a conversion makes."""
    with TemporaryDirectory() as cache:
        load_vectors(file, cache=Path(cache))
        (folder,) = (path for path in (Path(cache) / "vectors").iterdir() if path.is_dir())
        return folder.name


def test_a_name_is_looked_for_among_downloads_and_in_gensims_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GENSIM_DATA_DIR", str(tmp_path / "gensim"))
    for folder, number in (
        (tmp_path / "gensim" / "tiny-2", 1),
        (tmp_path / "cache" / "downloads", 2),
    ):
        folder.mkdir(parents=True)
        (folder / "tiny-2.gz").write_bytes(gzip.compress(b"1 2\nword %d 0\n" % number))
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
        "mner.errors.InputError: glove-twitter-200: no such file of word vectors; if it is a name "
        "of gensim-data, fetch it with `mner data fetch glove-twitter-200` (glove-twitter-200 only)"
        " or install gensim: pip install 'mner[gensim]'\n" in run.stderr
    )


def test_a_recipe_decides_whether_a_pickle_is_opened(tmp_path: Path) -> None:
    models = pytest.importorskip("gensim.models", reason="gensim is not installed")
    keyed = models.KeyedVectors(2)
    keyed.add_vectors(["a"], np.array([[1.0, 2.0]], dtype=np.float32))
    keyed.save(str(tmp_path / "w.kv"))
    cache = tmp_path / "cache"
    with pytest.raises(InputError, match=r"w.kv: a pickle .*--set text.allow_pickle=true"):
        load_vectors(tmp_path / "w.kv", cache=cache)
    assert len(load_vectors(tmp_path / "w.kv", cache=cache, allow_pickle=True)) == 1


def test_a_table_is_named_after_its_file_and_a_digest(file: Path, tmp_path: Path) -> None:
    assert re.fullmatch("vectors-[0-9a-f]{16}", converted_name(file))
    same_name = tmp_path / "other" / file.name
    same_name.parent.mkdir()
    same_name.write_bytes(file.read_bytes())
    assert converted_name(same_name) != converted_name(file)


def test_a_folder_of_a_table_is_opened_itself(tmp_path: Path) -> None:
    VectorTable.from_words(["a"], np.ones((1, 2))).save(tmp_path / "table")
    assert len(load_vectors(tmp_path / "table", cache=tmp_path / "cache")) == 1
    assert not (tmp_path / "cache").exists()


def test_gensims_folder_is_below_the_users_unless_it_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNER_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GENSIM_DATA_DIR", raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    folder = tmp_path / "gensim-data" / "tiny-2"
    folder.mkdir(parents=True)
    (folder / "tiny-2.gz").write_bytes(gzip.compress(b"word 3 0\n"))
    table = load_vectors("tiny-2")
    assert table.vectors(table.rows(["word"])).tolist() == [[3, 0]]


def test_another_name_is_fetched_by_gensim_which_logs_nothing(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    downloader = pytest.importorskip("gensim.downloader", reason="gensim is not installed")
    monkeypatch.setenv("GENSIM_DATA_DIR", str(tmp_path))

    def load(name: str, *, return_path: bool) -> str:
        logging.getLogger("gensim.downloader").error("a whole traceback")
        assert return_path is True
        assert name == "some-vectors", "it cannot be fetched\nat all"
        return str(file)

    monkeypatch.setattr(downloader, "load", load)
    assert len(load_vectors("some-vectors", cache=tmp_path / "cache")) == len(WORDS)
    message = (
        r"^other-vectors: no such file of word vectors, and gensim.downloader cannot fetch it "
        r"\(AssertionError: it cannot be fetched.*\)$"
    )
    with pytest.raises(InputError, match=message):
        load_vectors("other-vectors", cache=tmp_path / "cache")
    assert not caplog.records
    assert logging.getLogger("gensim").propagate is False
    assert any(type(h) is logging.NullHandler for h in logging.getLogger("gensim").handlers)


@pytest.mark.parametrize("name", ["a/b", "none.txt", "-name", "two words"])
def test_what_is_no_name_of_gensim_data_is_not_fetched(name: str) -> None:
    with pytest.raises(InputError, match=f"^{name}: no such file of word vectors$"):
        load_vectors(name)
