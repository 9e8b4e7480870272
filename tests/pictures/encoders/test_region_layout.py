import re

import pytest

from mner.errors import InputError
from mner.pictures.encoders.region_layout import RegionLayout, read_layout


@pytest.mark.parametrize(
    ("shape", "regions", "width", "dropped"),
    [
        ((1, 512, 7, 7), 49, 512, 0),
        ((1, 7, 7, 512), 49, 512, 0),
        ((1, 49, 768), 49, 768, 0),
        ((1, 197, 768), 196, 768, 1),
        ((1, 261, 384), 256, 384, 5),
        ((1, 640), 1, 640, 0),
    ],
)
def test_regions_are_found_by_shape(
    shape: tuple[int, ...], regions: int, width: int, dropped: int
) -> None:
    layout = read_layout(shape)
    assert (layout.regions, layout.width, layout.dropped) == (regions, width, dropped)


def test_a_map_that_could_be_either_is_read_as_the_pictures_are() -> None:
    assert read_layout((1, 8, 8, 8), channels_first=True) == RegionLayout(
        (0, 2, 3, 1), dropped=0, regions=64, width=8
    )
    assert read_layout((1, 8, 8, 8), channels_first=False) == RegionLayout(
        (0, 1, 2, 3), dropped=0, regions=64, width=8
    )


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (
            (1,),
            (
                "expected shape (1, V, h, h), (1, h, h, V), (1, tokens, V) or (1, V) for one"
                " picture, got (1,)"
            ),
        ),
        ((50, 1, 768), "for one picture, got (50, 1, 768)"),
        ((1, 0, 4), "got (1, 0, 4)"),
        ((1, 3, 4, 5), "expected a square map (1, V, h, h) or (1, h, h, V), got (1, 3, 4, 5)"),
        (
            (1, 210, 8),
            "expected a square number of patches after at most 8 other tokens, got 210 tokens",
        ),
        ((1, 1, 224, 224), "expected at most 4096 regions, got 50176"),
    ],
)
def test_other_shapes_are_an_error(shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        read_layout(shape)
