import os
import threading
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from mner.errors import InputError
from mner.pictures.convert import convert_features
from mner.pictures.encoders.vgg_read import read_vgg16_weights
from mner.pictures.hdf5 import own_member, own_values
from mner.pictures.seed_features import SeedFeatures
from tests.pictures.encoders.vgg_layouts import random_layers, write_keras
from tests.pictures.hostile_hdf5 import POINTERS
from tests.pictures.seed_file import seed_map, write_seed_file


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return a file of Keras's VGG-16."""
    path = tmp_path_factory.mktemp("keras") / "vgg16.h5"
    return write_keras(path, random_layers(), order="tf", kernels="tf").read_bytes()


@pytest.mark.parametrize("kind", POINTERS)
@pytest.mark.parametrize("picture", ["0", "9"])
def test_a_feature_file_reads_no_other_file(tmp_path: Path, kind: str, picture: str) -> None:
    point, got = POINTERS[kind]
    path = write_seed_file(tmp_path / "f.h5", ["5"])
    with h5py.File(path, "a") as file:
        point(file, picture, seed_map("5"), tmp_path)
    message = rf"f\.h5: picture '{picture}': expected numbers in the file itself, got {got}"
    # The first picture is read when the file is opened.
    with pytest.raises(InputError, match=message):
        SeedFeatures(path).regions(picture)
    with pytest.raises(InputError, match="expected numbers in the file itself"):
        convert_features(path, tmp_path / "store")


@pytest.mark.parametrize("kind", POINTERS)
def test_weights_of_keras_read_no_other_file(tmp_path: Path, weights: bytes, kind: str) -> None:
    point, got = POINTERS[kind]
    path = tmp_path / "vgg16.h5"
    path.write_bytes(weights)
    with h5py.File(path, "a") as file:
        group = file["block3_conv2"]
        name = str(group.attrs["weight_names"][0])
        values = group[name][()]
        del group[name]
        point(group, name, values, tmp_path)
    message = rf"vgg16\.h5: block3_conv2/{name}: expected numbers in the file itself, got {got}"
    with pytest.raises(InputError, match=message):
        read_vgg16_weights(path)


def test_a_group_of_keras_in_another_file_is_refused(tmp_path: Path, weights: bytes) -> None:
    path, other = tmp_path / "vgg16.h5", tmp_path / "other.h5"
    for file in (path, other):
        file.write_bytes(weights)
    with h5py.File(path, "a") as opened:
        del opened["block3_conv2"]
        opened["block3_conv2"] = h5py.ExternalLink(other, "block3_conv2")
    with pytest.raises(
        InputError, match=r"block3_conv2: expected numbers .* got a link that leaves"
    ):
        read_vgg16_weights(path)


@pytest.mark.parametrize("kind", POINTERS)
def test_what_is_refused_was_not_opened(tmp_path: Path, kind: str) -> None:
    """Put FIFOs in place of the other files: opening one would wait for ever."""
    point, _ = POINTERS[kind]
    path = write_seed_file(tmp_path / "f.h5", ["5"])
    with h5py.File(path, "a") as file:
        point(file, "0", seed_map("5"), tmp_path)
    for other in tmp_path.glob("other.*"):
        other.unlink()
        os.mkfifo(other)
    errors: list[Exception] = []

    def read() -> None:
        try:
            SeedFeatures(path)
        except InputError as exc:
            errors.append(exc)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(timeout=60)
    assert [str(error).partition("expected ")[2][:26] for error in errors] == [
        "numbers in the file itself"
    ]


def test_soft_links_in_the_file_are_followed(tmp_path: Path) -> None:
    path = write_seed_file(tmp_path / "f.h5", ["5"])
    with h5py.File(path, "a") as file:
        file["6"] = h5py.SoftLink("/5")
        file["7"] = h5py.SoftLink("6")
        file["8"] = h5py.SoftLink("nothing")
        file["9"] = file["5"]
    features = SeedFeatures(path)
    for name in ("5", "6", "7", "9"):
        assert (features.regions(name).vectors[0] == seed_map("5")[0, :, 0, 0]).all()
    assert features.regions("8").vectors.shape == (0, 512)


@pytest.mark.parametrize(
    ("options", "got"),
    [
        ({"shape": (10**9,)}, r"\(1000000000,\)"),
        ({"shape": (4,), "maxshape": (None,), "chunks": (10**9,)}, r"\(1000000000,\)"),
        ({"data": h5py.Empty("f4")}, "None"),
    ],
)
def test_a_small_file_of_many_numbers_is_not_read(
    tmp_path: Path, options: dict[str, Any], got: str
) -> None:
    with h5py.File(tmp_path / "f.h5", "w") as file:
        dataset = file.create_dataset("x", **{"dtype": "u1", **options})
        with pytest.raises(
            InputError, match=f"expected at most 100 numbers, got a data set of shape {got}"
        ):
            own_values(dataset, most=100)


def test_members_are_found_by_their_path(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "f.h5", "w") as file:
        file.create_group("a").create_dataset("b", data=np.arange(3))
        for name in ("a/b", "/a/b", "a//b", "./a/./b"):
            assert own_values(own_member(file, name), most=3).tolist() == [0, 1, 2]
        for name in ("b", "a/c", "a/b/c"):
            assert own_member(file, name) is None
