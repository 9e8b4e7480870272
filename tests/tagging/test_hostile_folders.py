"""Model folders that are damaged, mixed, or made to do harm: each is one line of error."""

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mner.errors import ModelError
from mner.tagging.export import export_model
from mner.tagging.load import load
from mner.training.train import train
from tests.tagging.folders import forget_digests, read_all
from tests.tiny import tiny_recipe


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> tuple[Path, Path]:
    """Two models of one recipe and unlike seeds, exported."""
    folders = []
    for seed in (1, 2):
        recipe = tiny_recipe(corpus)
        recipe = replace(recipe, training=replace(recipe.training, epochs=2, seed=seed))
        out = tmp_path_factory.mktemp("folders") / "run"
        folders.append(train(recipe, out).model)
        export_model(folders[-1])
    return folders[0], folders[1]


@pytest.fixture
def copy(models: tuple[Path, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(models[0], tmp_path / "model"))


def assert_refused(folder: Path, message: str, *, weights: bool = False) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        read_all(folder, backend="torch" if weights else "auto")
    assert "\n" not in str(caught.value)


FILES = (
    "recipe.toml",
    "vocabulary.json",
    "mentions.json",
    "decoder.json",
    "texts.json",
    "network.safetensors",
    "emissions.onnx",
    "vectors/hashes.npy",
    "vectors/matrix.npy",
)
WEIGHTS = "network.safetensors"


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def remove(path: Path) -> None:
    path.unlink()


def cut(path: Path) -> None:
    half = path.read_bytes()[: path.stat().st_size // 2]
    if path.suffix == ".toml":
        half = half[: half.rindex(b"\n[") + 3]  # in the head of a section: half a file can be TOML
    path.write_bytes(half)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("change", [flip, remove, cut, empty, pipe, device, folder])
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_named(copy: Path, name: str, change: Callable[[Path], None]) -> None:
    change(copy / name)
    assert_refused(copy, f"{name}: ", weights=name == WEIGHTS)


@pytest.mark.parametrize("change", [cut, empty, pipe, device, folder])
@pytest.mark.parametrize("name", [*FILES, "mner.json"])
def test_a_damaged_file_of_an_earlier_version_is_an_error(
    copy: Path, name: str, change: Callable[[Path], None]
) -> None:
    forget_digests(copy)
    change(copy / name)
    assert_refused(copy, str(copy.parent), weights=name == WEIGHTS)


@pytest.mark.parametrize("name", [name for name in FILES if name != "recipe.toml"])
def test_a_file_of_another_run_is_named(models: tuple[Path, Path], copy: Path, name: str) -> None:
    other = models[1] / name
    if other.read_bytes() == (copy / name).read_bytes():
        other = models[1] / "README.md"  # both runs have the same words
    shutil.copyfile(other, copy / name)
    assert_refused(copy, f"{name}: not the file that mner.json", weights=name == WEIGHTS)


@pytest.mark.parametrize("name", ["vectors/scales.npy", "vectors/rows.npy"])
def test_a_file_that_does_not_belong_to_the_model_is_named(copy: Path, name: str) -> None:
    rows = len(np.load(copy / "vectors" / "hashes.npy"))
    np.save(copy / name, np.arange(rows)[::-1])
    assert_refused(copy, f"{name}: not among the files that mner.json lists")


def test_a_graph_of_another_run_in_a_folder_without_one_is_named(
    models: tuple[Path, Path], tmp_path: Path, corpus: Path
) -> None:
    recipe = tiny_recipe(corpus)
    recipe = replace(recipe, training=replace(recipe.training, epochs=1))
    model = train(recipe, tmp_path / "run").model
    shutil.copyfile(models[1] / "emissions.onnx", model / "emissions.onnx")
    assert_refused(model, r"emissions\.onnx: not among the files that mner\.json lists")


def test_the_description_of_another_run_is_refused(models: tuple[Path, Path], copy: Path) -> None:
    shutil.copyfile(models[1] / "mner.json", copy / "mner.json")
    assert_refused(copy, r"not the file that mner\.json describes")


def test_exporting_again_keeps_the_folder_whole(copy: Path) -> None:
    load(copy)
    export_model(copy, int8=True)
    load(copy, backend="onnx")
    assert_refused(copy.parent / "none", "there is no such folder")


DEEP = "[" * 100_000
RAW: Mapping[str, tuple[str, str]] = {
    "deep description": ("mner.json", '{"format": 1, "sizes": ' + DEEP),
    "deep and unknown": ("mner.json", '{"format": 1, "x": ' + DEEP),
    "huge format": ("mner.json", '{"format": ' + "9" * 5000 + "}"),
    "infinite format": ("mner.json", '{"format": 1e999}'),
    "nan": ("mner.json", '{"format": NaN}'),
    "a list": ("mner.json", "[1]"),
    "deep vocabulary": ("vocabulary.json", DEEP),
    "words that are numbers": (
        "vocabulary.json",
        '{"words": [1], "characters": [], "shapes": [], "labels": ["X"]}',
    ),
    "fewer words": (
        "vocabulary.json",
        '{"words": [], "characters": ["a"], "shapes": ["x"], "labels": ["LOC", "PER"]}',
    ),
    "deep mentions": ("mentions.json", DEEP),
    "mentions of three": ("mentions.json", '[["a", "b", "c"]]'),
    "deep recipe": ("recipe.toml", "x = " + DEEP),
    "huge number": ("recipe.toml", "[text]\nhidden = " + "9" * 5000),
    "huge hexadecimal": ("recipe.toml", "[text]\nhidden = 0x" + "f" * 5000),
    "not a number": ("recipe.toml", "[text]\ndropout = nan"),
    "unknown key": ("recipe.toml", "[text]\nsecret = 1"),
    "section that is a number": ("recipe.toml", "text = 1"),
    "not utf-8": ("recipe.toml", "x = '\udcff'"),
    "transformer that is not there": ("recipe.toml", '[transformer]\nmodel = "bert"'),
    "deep decoder": ("decoder.json", DEEP),
}


@pytest.mark.parametrize("name", RAW)
def test_files_made_to_do_harm_are_an_error_in_one_line(copy: Path, name: str) -> None:
    file, content = RAW[name]
    forget_digests(copy)
    (copy / file).write_text(content, encoding="utf-8", errors="surrogateescape")
    assert_refused(copy, str(copy))


VALUES: Mapping[str, tuple[str, str, Any]] = {
    "no sizes": ("mner.json", "sizes", {}),
    "negative sizes": ("mner.json", "sizes.words", -1),
    "huge sizes": ("mner.json", "sizes.words", 10**18),
    "sizes of more than 64 bits": ("mner.json", "sizes.vector", 10**30),
    "sizes in words": ("mner.json", "sizes.words", "many"),
    "other width": ("mner.json", "sizes.vector", 7),
    "digests that are a list": ("mner.json", "files", ["recipe.toml"]),
    "digests that are numbers": ("mner.json", "files", {"recipe.toml": 1}),
    "digests of other kinds": ("mner.json", "files", {"recipe.toml": "md5:00"}),
    "words twice": ("vocabulary.json", "words", ["a", "a"]),
    "labels twice": ("vocabulary.json", "labels", ["LOC", "LOC"]),
    "no labels": ("vocabulary.json", "labels", []),
    "endless scores": ("decoder.json", "start", [1e300] * 5),
    "endless temperature": ("decoder.json", "temperature", 1e999),
    "no transitions": ("decoder.json", "transitions", []),
}


@pytest.mark.parametrize("name", VALUES)
def test_values_that_do_not_belong_together_are_an_error(copy: Path, name: str) -> None:
    file, key, value = VALUES[name]
    forget_digests(copy)
    values = json.loads((copy / file).read_text())
    *sections, last = key.split(".")
    target = values
    for section in sections:
        target = target[section]
    target[last] = value
    (copy / file).write_text(json.dumps(values).replace("Infinity", "1e999"))
    assert_refused(copy, str(copy))


ARRAYS: Mapping[str, tuple[str, Callable[[np.ndarray], np.ndarray]]] = {
    "unsorted hashes": ("hashes", lambda array: array[::-1]),
    "signed hashes": ("hashes", lambda array: array.astype(np.int64)),
    "fewer hashes": ("hashes", lambda array: array[1:]),
    "another width": ("matrix", lambda array: array[:, 1:]),
    "single precision": ("matrix", lambda array: array.astype(np.float32)),
    "a vector": ("matrix", lambda array: array[0]),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_that_do_not_belong_together_are_an_error(copy: Path, name: str) -> None:
    file, change = ARRAYS[name]
    forget_digests(copy)
    path = copy / "vectors" / f"{file}.npy"
    np.save(path, change(np.load(path)))
    assert_refused(copy, str(copy))
