from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mner.errors import InputError
from mner.pictures.decode import Picture
from mner.pictures.encoders.description import EncoderDescription
from mner.pictures.encoders.encoder import PictureEncoder
from mner.pictures.regions import PictureRegions, StoredRegions
from mner.pictures.source import PictureSource
from mner.pictures.store import FeatureStore
from mner.pictures.store_writer import write_store
from mner.types import Floats, PictureState, Post


class FirstPixel(PictureEncoder):
    """One region: the colour of the first pixel."""

    name, size, regions, width = "first pixel", 4, 1, 3
    preprocessing, fingerprint = "rgb", "none"

    def __init__(self) -> None:
        self.batches: list[int] = []

    def __call__(self, pixels: np.ndarray) -> Floats:
        self.batches.append(len(pixels))
        return pixels[:, :1, 0].astype(np.float32)

    def write_graph(self, target: Path) -> None:
        raise NotImplementedError(target)


def posts(*pictures: str | None) -> list[Post]:
    return [Post(str(row), ("word",), picture=picture) for row, picture in enumerate(pictures)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for value in range(1, 6):
        Image.new("RGB", (8, 8), (value, 0, 0)).save(tmp_path / f"{value}.png")
    (tmp_path / "broken.png").write_bytes(b"")
    return tmp_path


def test_pictures_are_encoded_in_batches_and_stay_with_their_posts(folder: Path) -> None:
    encoder = FirstPixel()
    regions_of = PictureRegions(encoder, pictures=PictureSource(folder), batch_size=2)
    assert (regions_of.width, regions_of.looks_at) == (3, "pictures")
    regions = regions_of(posts("3", None, "gone", "broken", "5", "1", "2"))
    assert [entry.state for entry in regions] == [
        PictureState.PRESENT,
        PictureState.ABSENT,
        PictureState.ABSENT,
        PictureState.UNREADABLE,
        PictureState.PRESENT,
        PictureState.PRESENT,
        PictureState.PRESENT,
    ]
    assert [entry.vectors[:, 0].tolist() for entry in regions] == [[3], [], [], [], [5], [1], [2]]
    assert [entry.reason for entry in regions[:4]] == [
        None,
        None,
        "no file of this name in the folder of pictures",
        "the file is empty",
    ]
    # The pictures of a batch that can be read are encoded together.
    assert encoder.batches == [1, 2, 1]


def test_a_store_gives_the_same_regions(folder: Path, tmp_path: Path) -> None:
    encoder, source = FirstPixel(), PictureSource(folder)
    described: EncoderDescription = encoder.describe()

    def read(picture: str) -> Picture:
        return source.read(picture, size=encoder.size)

    ids = ["3", "gone", "broken", "5"]
    path = tmp_path / "store"
    write_store(path, ids, read=read, encode=encoder, encoder=described, shape=(1, 3))
    stored = StoredRegions(FeatureStore.open(path))
    asked = posts("5", None, "gone", "broken", "3")
    fresh = PictureRegions(encoder, pictures=source)(asked)
    for ours, theirs in zip(stored(asked), fresh, strict=True):
        assert (ours.state, ours.reason) == (theirs.state, theirs.reason)
        assert (ours.vectors == theirs.vectors).all()
    with pytest.raises(InputError, match="picture '1' is not among the 4 of this feature store"):
        stored(posts("1"))
