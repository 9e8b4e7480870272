import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

from mner.encoding.vector_files import open_vectors
from mner.errors import InputError, MissingExtraError
from tests.encoding.test_vector_files import VALUES, WORDS, read


def test_gensims_keyed_vectors_are_read_through_gensim(tmp_path: Path) -> None:
    models = pytest.importorskip("gensim.models", reason="gensim is not installed")
    keyed = models.KeyedVectors(3)
    keyed.add_vectors(WORDS, VALUES)
    keyed.save(str(tmp_path / "w.kv"), separately=["vectors"], sep_limit=0)
    assert list(tmp_path.glob("*.npy"))
    words, values, _ = read(tmp_path / "w.kv", allow_pickle=True)
    assert words == WORDS
    np.testing.assert_array_equal(values, VALUES)


def test_gensims_models_are_read_through_gensim(tmp_path: Path) -> None:
    models = pytest.importorskip("gensim.models", reason="gensim is not installed")
    model = models.Word2Vec([WORDS], vector_size=3, min_count=1, epochs=1, seed=1, workers=1)
    model.save(str(tmp_path / "w.model"))
    words, values, _ = read(tmp_path / "w.model", allow_pickle=True)
    assert sorted(words) == sorted(WORDS)
    np.testing.assert_array_equal(values, [model.wv[word] for word in words])


def test_what_gensim_writes_in_word2vecs_formats_is_read(tmp_path: Path) -> None:
    models = pytest.importorskip("gensim.models", reason="gensim is not installed")
    keyed = models.KeyedVectors(3)
    keyed.add_vectors(WORDS, VALUES)
    for is_binary in (False, True):
        keyed.save_word2vec_format(str(tmp_path / "w"), binary=is_binary)
        words, values, _ = read(tmp_path / "w")
        assert words == WORDS
        np.testing.assert_allclose(values, VALUES, rtol=1e-6)


def test_gensims_files_without_their_arrays_are_named(tmp_path: Path) -> None:
    models = pytest.importorskip("gensim.models", reason="gensim is not installed")
    keyed = models.KeyedVectors(3)
    keyed.add_vectors(WORDS, VALUES)
    keyed.save(str(tmp_path / "w.kv"), separately=["vectors"], sep_limit=0)
    (tmp_path / "w.kv.vectors.npy").unlink()
    with pytest.raises(
        InputError, match=r"w.kv: gensim cannot read it \(FileNotFoundError.*are the .npy files"
    ):
        open_vectors(tmp_path / "w.kv", allow_pickle=True)


def test_a_model_of_gensims_without_vectors_is_no_file_of_vectors(tmp_path: Path) -> None:
    corpora = pytest.importorskip("gensim.corpora", reason="gensim is not installed")
    corpora.Dictionary([["a"]]).save(str(tmp_path / "d"))
    with pytest.raises(InputError, match=r"expected word vectors of gensim.*got Dictionary"):
        open_vectors(tmp_path / "d", allow_pickle=True)


def test_gensims_vectors_come_in_blocks_with_their_numbers(tmp_path: Path) -> None:
    models = pytest.importorskip("gensim.models", reason="gensim is not installed")
    keyed = models.KeyedVectors(2)
    words = [*(f"w{number}" for number in range(2499)), "\ud800"]
    keyed.add_vectors(words, np.arange(5000, dtype=np.float64).reshape(2500, 2))
    keyed.save(str(tmp_path / "w.kv"))
    file = open_vectors(tmp_path / "w.kv", allow_pickle=True)
    assert (file.path, file.count, file.unit, file.dimension) == (
        tmp_path / "w.kv",
        2500,
        "word",
        2,
    )
    assert file.location(7) == f"{tmp_path / 'w.kv'}: word 7"
    blocks = list(file.blocks)
    assert [len(block.words) for block in blocks] == [1024, 1024, 452]
    assert blocks[2].words[-1] == b"\xed\xa0\x80"
    positions = [position for block in blocks for position in block.positions]
    assert positions == list(range(1, 2501))
    assert {str(block.values.dtype) for block in blocks} == {"float32"}
    values = np.concatenate([block.values for block in blocks])
    np.testing.assert_array_equal(values, np.arange(5000).reshape(2500, 2))


def test_gensim_that_is_not_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gensim", None)
    path = tmp_path / "w.kv"
    path.write_bytes(pickle.dumps({}))
    message = (
        f"^{path}: reading a file of gensim's own needs packages that are not installed: "
        r"pip install 'mner\[gensim\]'$"
    )
    with pytest.raises(MissingExtraError, match=message):
        open_vectors(path, allow_pickle=True)
