import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from mner.errors import InputError, MissingExtraError
from mner.pictures.features import open_features
from mner.pictures.seed_features import SEED_ENCODER, SeedFeatures
from mner.types import PictureState
from tests.pictures.seed_file import seed_map, write_seed_file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_seed_file(tmp_path / "img_vgg_feature_224.h5", ["12", "7.jpg", "100"])


def test_regions_are_the_feature_map_row_by_row(path: Path) -> None:
    features = SeedFeatures(path)
    assert (len(features), features.ids(), features.shape) == (3, ["100", "12", "7"], (49, 512))
    regions = features.regions("12")
    assert regions.state is PictureState.PRESENT
    assert regions.vectors.dtype == np.float32
    assert regions.vectors.shape == (49, 512)
    for row, column in ((0, 0), (0, 6), (3, 2), (6, 6)):
        assert (regions.vectors[7 * row + column] == seed_map("12")[0, :, row, column]).all()


@pytest.mark.parametrize(
    ("asked", "name"), [("12", "12"), ("12.jpg", "12"), ("7", "7"), ("7.jpg", "7")]
)
def test_names_are_found_with_and_without_jpg(path: Path, asked: str, name: str) -> None:
    assert (SeedFeatures(path).regions(asked).vectors[0] == seed_map(name)[0, :, 0, 0]).all()


@pytest.mark.parametrize("asked", ["13", "", ".", "/", "/12", "../12", "1"])
def test_a_picture_that_is_not_there_is_absent(path: Path, asked: str) -> None:
    regions = SeedFeatures(path).regions(asked)
    assert regions.state is PictureState.ABSENT
    assert regions.vectors.shape == (0, 512)


def test_a_file_and_a_folder_are_both_features(path: Path) -> None:
    assert isinstance(open_features(path), SeedFeatures)
    assert open_features(path).encoder == SEED_ENCODER
    with pytest.raises(InputError, match="expected a feature store, but there is none"):
        open_features(path.parent / "store")


@pytest.mark.parametrize(
    ("values", "got"),
    [
        (np.zeros((1, 7, 7, 512), np.float32), r"float32 of shape \(1, 7, 7, 512\)"),
        (np.zeros((512, 7, 7), np.float32), r"float32 of shape \(512, 7, 7\)"),
        (np.zeros((1, 512, 7, 7), np.int32), r"int32 of shape \(1, 512, 7, 7\)"),
        (None, "a group"),
    ],
)
def test_a_data_set_of_something_else_is_an_error(
    path: Path, values: np.ndarray | None, got: str
) -> None:
    with h5py.File(path, "a") as file:
        if values is None:
            file.create_group("5")
        else:
            file.create_dataset("5", data=values)
    with pytest.raises(
        InputError,
        match=(
            rf"224\.h5: picture '5': expected a data set of floats of shape \(1, 512, 7, 7\),"
            rf" got {got}"
        ),
    ):
        SeedFeatures(path).regions("5")


def test_numbers_that_are_not_finite_are_an_error(path: Path) -> None:
    with h5py.File(path, "a") as file:
        file["12"][0, 3, 3, 3] = np.nan
    with pytest.raises(InputError, match="picture '12': expected finite floats"):
        SeedFeatures(path).regions("12")


def test_damaged_numbers_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "f.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("1", data=seed_map("1"))
        file.create_dataset("2", data=seed_map("2"), chunks=True, fletcher32=True)
        offset = file["2"].id.get_chunk_info(0).byte_offset
    with path.open("r+b") as raw:
        raw.seek(offset)
        raw.write(b"damage")
    features = SeedFeatures(path)
    assert features.regions("1").state is PictureState.PRESENT
    with pytest.raises(
        InputError,
        match=(
            r"f\.h5: picture '2': the data set is damaged \(.*\): get the file again, or make"
            r" it again"
        ),
    ):
        features.regions("2")


def test_a_file_of_something_else_is_an_error(path: Path, tmp_path: Path) -> None:
    content = path.read_bytes()
    for data in (content[: len(content) // 2], b"nonsense", b""):
        path.write_bytes(data)
        with pytest.raises(
            InputError,
            match=(
                r"224\.h5: expected a feature store, or an HDF5 file with a data set for each"
                r" picture \("
            ),
        ):
            SeedFeatures(path)
    with h5py.File(tmp_path / "weights.h5", "w") as file:
        file.create_group("block1_conv1")
    with pytest.raises(
        InputError, match=r"weights\.h5: picture 'block1_conv1': expected a data set .* got a group"
    ):
        SeedFeatures(tmp_path / "weights.h5")
    with h5py.File(tmp_path / "empty.h5", "w"):
        pass
    with pytest.raises(
        InputError, match=r"empty\.h5: expected a data set for each picture, got none"
    ):
        SeedFeatures(tmp_path / "empty.h5")


def test_a_picture_that_is_there_twice_has_no_id(tmp_path: Path) -> None:
    features = SeedFeatures(write_seed_file(tmp_path / "f.h5", ["5", "5.jpg"]))
    with pytest.raises(
        InputError, match=r"f\.h5: expected a picture once, got '5\.jpg' with and without \.jpg"
    ):
        features.ids()


def test_without_h5py_the_extra_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(
        MissingExtraError,
        match=(
            r"reading a feature file needs packages that are not installed: pip install"
            r" 'mner\[h5\]'"
        ),
    ):
        open_features(path)
