import numpy as np

from mner.pictures.decode import Picture
from mner.pictures.encode import encode_pictures
from mner.types import PictureState

ABSENT = Picture(PictureState.ABSENT, None, "no such file")
UNREADABLE = Picture(PictureState.UNREADABLE, None, "the file is empty")


def present(value: int) -> Picture:
    return Picture(PictureState.PRESENT, np.full((4, 4, 3), value, np.uint8), None)


def encode(pixels: np.ndarray) -> np.ndarray:
    """Return two regions, three wide: the colours of two pixels."""
    return pixels[:, :2, 0, :].astype(np.float32)


def test_each_picture_gets_its_own_regions_whatever_stands_between() -> None:
    regions = encode_pictures([present(7), ABSENT, present(9), UNREADABLE], encode, width=3)
    assert [entry.state.value for entry in regions] == [
        "present",
        "absent",
        "present",
        "unreadable",
    ]
    assert [entry.reason for entry in regions] == [None, "no such file", None, "the file is empty"]
    assert [entry.vectors.tolist() for entry in regions] == [
        [[7.0] * 3] * 2,
        [],
        [[9.0] * 3] * 2,
        [],
    ]
    assert {entry.vectors.shape[1] for entry in regions} == {3}


def test_nothing_is_encoded_where_there_are_no_pixels() -> None:
    def never(pixels: np.ndarray) -> np.ndarray:
        raise AssertionError

    (regions,) = encode_pictures([ABSENT], never, width=5)
    assert regions.vectors.shape == (0, 5)
    assert encode_pictures([], never, width=5) == []
