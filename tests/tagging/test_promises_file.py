"""The file of a model folder that keeps promises: what is read of it, written to it, refused."""

import json
import re
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from mner.errors import InputError, ModelError
from mner.tagging.digests import read_digests
from mner.tagging.least import LeastProbability
from mner.tagging.load import load
from mner.tagging.loaded import Loaded
from mner.tagging.promises_file import (
    KeptPromise,
    least_probability,
    network_digest,
    save_promises,
)


def loaded_from(folder: Path, *, backend: Any = "onnx") -> Loaded:
    tagger = load(folder, backend=backend)
    assert tagger.loaded is not None
    return tagger.loaded


@pytest.fixture
def loaded(exported_model: Path, tmp_path: Path) -> Loaded:
    return loaded_from(Path(shutil.copytree(exported_model, tmp_path / "model")))


def promise(loaded: Loaded, **values: Any) -> KeptPromise:
    made = KeptPromise(
        label=None,
        precision=0.8,
        confidence=0.95,
        threshold=0.6,
        count=20,
        correct=18,
        effective=19,
        gold_fingerprint="abc",
        scoring="lenient",
        network=network_digest(loaded),
    )
    return replace(made, **values)


def test_what_is_saved_is_kept(loaded: Loaded) -> None:
    made = [
        promise(loaded),
        promise(loaded, label="PER", threshold=0.7),
        promise(loaded, label="LOC", threshold=0.5, precision=0.9),
    ]
    save_promises(loaded, made)
    assert least_probability(loaded, "precision=0.80") == LeastProbability(0.6)
    by_label = LeastProbability(by_label={"PER": 0.7, "LOC": 0.5})
    assert least_probability(loaded, "PER:precision=0.8,LOC:precision=0.9") == by_label
    path = loaded.folder / "promises.json"
    assert json.loads(path.read_text(encoding="utf-8")) == list(map(asdict, made))
    assert path.read_text(encoding="utf-8").endswith("]\n")
    assert load(loaded.folder).tag(["x"], promise="precision=0.8") is not None

    # A new one takes the place of the old one of the same words, and others stay
    save_promises(loaded, [promise(loaded, threshold=0.65)])
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert [(one["label"], one["threshold"]) for one in kept] == [
        ("PER", 0.7),
        ("LOC", 0.5),
        (None, 0.65),
    ]


def test_a_promise_that_was_not_made_is_refused_with_those_that_were(loaded: Loaded) -> None:
    advice = f"find its threshold by `mner evaluate {loaded.folder} FILE --promise precision=0.7`"
    refused = f"{loaded.folder}: no promise precision=0.7; "
    with pytest.raises(InputError, match=f"^{re.escape(f'{refused}it has none: {advice}')}$"):
        least_probability(loaded, "precision=0.7")
    save_promises(loaded, [promise(loaded), promise(loaded, label="LOC")])
    made = "it has LOC:precision=0.8, precision=0.8"
    with pytest.raises(InputError, match=f"^{re.escape(f'{refused}{made}: {advice}')}$"):
        least_probability(loaded, "precision=0.7")


def test_a_promise_of_the_graph_is_none_of_the_weights(loaded: Loaded) -> None:
    save_promises(loaded, [promise(loaded)])
    of_torch = loaded_from(loaded.folder, backend="torch")
    digests = read_digests(loaded.folder / "mner.json")
    assert network_digest(loaded) == digests.digest("emissions.onnx") is not None
    assert network_digest(of_torch) == digests.digest("network.safetensors") is not None
    message = (
        f"{loaded.folder}: the promise precision=0.8 was made with another network than "
        "network.safetensors, which runs now: find its threshold by `mner evaluate "
        f"{loaded.folder} FILE --promise precision=0.8`"
    )
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        least_probability(of_torch, "precision=0.8")
    save_promises(of_torch, [promise(of_torch, precision=0.9)])
    (only,) = json.loads((loaded.folder / "promises.json").read_text(encoding="utf-8"))
    assert only["precision"] == 0.9, "the promise of the other network is dropped"


def test_a_damaged_or_foreign_file_of_promises_is_refused(loaded: Loaded) -> None:
    save_promises(loaded, [promise(loaded)])
    path = loaded.folder / "promises.json"
    path.write_text("[]")
    with pytest.raises(ModelError, match=r"promises\.json: not the file that mner\.json describes"):
        least_probability(loaded, "precision=0.8")
    path.unlink()
    with pytest.raises(ModelError, match=r"promises\.json"):
        least_probability(loaded, "precision=0.8")


def test_a_folder_that_cannot_be_written_is_one_line(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mner.tagging.promises_file.json.dumps", full)
    path = loaded.folder / "promises.json"
    message = f"^{path}: cannot be written: No space left on device: evaluate a copy of the model$"
    with pytest.raises(ModelError, match=message):
        save_promises(loaded, [promise(loaded)])
    assert not path.exists()
