import numpy as np

from mner.encoding.caption_regions import caption_regions
from mner.encoding.vectors import VectorTable
from mner.types import PictureState

VECTORS = VectorTable.from_words(
    ["ann", "paris", "rome", "a", "tower"], np.arange(1, 11, dtype=np.float32).reshape(5, 2)
)


def test_the_words_of_a_caption_that_have_a_vector_are_its_regions() -> None:
    regions = caption_regions("A tower, in Rome.", VECTORS)
    assert regions.words == ("A", "tower", "Rome")
    assert regions.state is PictureState.PRESENT
    assert regions.vectors.tolist() == [[7, 8], [9, 10], [5, 6]]
    for nothing in (None, "", "zzz"):
        regions = caption_regions(nothing, VECTORS)
        assert (regions.state, regions.vectors.shape, regions.words) == (
            PictureState.ABSENT,
            (0, 2),
            (),
        )
