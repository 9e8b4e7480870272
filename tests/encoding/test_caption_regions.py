import numpy as np

from mner.encoding.caption_regions import CaptionRegions, caption_regions
from mner.encoding.vectors import VectorTable
from mner.types import PictureState, Post

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


def test_the_captions_of_posts_are_read_as_regions_of_a_vectors_width() -> None:
    source = CaptionRegions(VECTORS)
    assert (source.looks_at, source.width) == ("captions", 2)
    posts = [
        Post("1", ("a",), caption="ann"),
        Post("2", ("a",)),
        Post("3", ("a",), caption="Paris"),
    ]
    regions = source(posts)
    assert [region.words for region in regions] == [("ann",), (), ("Paris",)]
    assert [region.vectors.tolist() for region in regions] == [[[1, 2]], [], [[3, 4]]]


def test_every_word_of_the_table_is_found_in_a_caption() -> None:
    words = ("ann", "paris", "rome", "a", "tower")
    assert caption_regions(" ".join(words), VECTORS).words == words
