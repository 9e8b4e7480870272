import numpy as np
import pytest

from mner.encoding.batches import IndexedPost, pad_posts
from mner.encoding.pieces import PieceSpans
from mner.types import Batch, Floats, PictureState, Regions


def indexed(length: int, *, tags: bool = False, spans: tuple[int, ...] = ()) -> IndexedPost:
    """A post of some words; word number n has row n, and the first piece of a span is n too."""
    numbers = np.arange(1, length + 1)
    pieces = None
    if spans:
        contents = tuple(np.arange(1, size + 1) for size in spans)
        first_pieces = np.stack([np.zeros(length, dtype=np.int64), numbers - 1], axis=1)
        first_pieces[-1] = (len(spans) - 1, 0)
        pieces = PieceSpans(contents, first_pieces)
    return IndexedPost(
        words=numbers,
        vectors=np.ones((length, 2), dtype=np.float32),
        characters=np.ones((length, 3 + length), dtype=np.int64),
        shapes=numbers,
        piece_spans=pieces,
        tags=numbers if tags else None,
        allowed=np.eye(6, dtype=np.bool_)[numbers] if tags else None,
    )


def regions(count: int, *, width: int = 2) -> Regions:
    vectors: Floats = np.ones((count, width), dtype=np.float32)
    return Regions(PictureState.PRESENT if count else PictureState.ABSENT, vectors)


def batch(*posts: IndexedPost) -> Batch:
    return pad_posts(posts, None, padding_piece=9)


def test_a_batch_is_its_posts_and_padding() -> None:
    posts = [indexed(4, tags=True), indexed(1, tags=True)]
    padded = pad_posts(posts, [regions(3), regions(0)], padding_piece=0)
    assert padded.lengths.tolist() == [4, 1]
    assert padded.mask.tolist() == [[True] * 4, [True, False, False, False]]
    assert padded.words.tolist() == padded.shapes.tolist() == [[1, 2, 3, 4], [1, 0, 0, 0]]
    assert padded.characters.sum(axis=-1).tolist() == [[7, 7, 7, 7], [4, 0, 0, 0]]
    assert padded.vectors.sum(axis=-1).tolist() == [[2, 2, 2, 2], [2, 0, 0, 0]]
    assert padded.region_mask.tolist() == [[True] * 3, [False] * 3]
    assert padded.regions.sum(axis=-1).tolist() == [[2, 2, 2], [0, 0, 0]]
    assert padded.tags is not None
    assert padded.tags.tolist() == [[1, 2, 3, 4], [1, 0, 0, 0]]


def test_a_batch_without_any_picture_keeps_one_masked_region() -> None:
    padded = pad_posts([indexed(2)], [regions(0, width=7)], padding_piece=0)
    assert padded.regions.shape == (1, 1, 7)
    assert not padded.region_mask.any()


def test_a_batch_of_a_text_only_model_has_no_regions_and_no_pieces() -> None:
    padded = batch(indexed(2), indexed(3))
    assert padded.regions.shape == (2, 0, 0)
    assert padded.region_mask.shape == (2, 0)
    assert padded.pieces.shape == padded.first_pieces.shape == (0, 0)
    assert padded.tags is None
    assert padded.allowed is None


def test_tags_that_are_left_open_are_kept_only_where_there_are_some() -> None:
    whole, open_ = indexed(1, tags=True), indexed(3, tags=True)
    assert batch(whole, open_).allowed is None
    assert open_.allowed is not None
    open_.allowed[2, 0] = True
    allowed = batch(whole, open_).allowed
    assert allowed is not None
    assert allowed.sum(axis=-1).tolist() == [[1, 0, 0], [1, 1, 2]]


def test_spans_of_pieces_of_all_posts_stand_one_below_the_other() -> None:
    padded = batch(indexed(2, spans=(2, 3)), indexed(3, spans=(4,)))
    assert padded.pieces.tolist() == [[1, 2, 9, 9], [1, 2, 3, 9], [1, 2, 3, 4]]
    assert padded.piece_mask.sum(axis=-1).tolist() == [2, 3, 4]
    # The first word of either post is in its first span, the last word in its last.
    assert padded.first_pieces.tolist() == [[0, 4, 0], [8, 9, 8]]


def test_either_all_posts_have_tags_or_none() -> None:
    with pytest.raises(AssertionError):
        batch(indexed(2, tags=True), indexed(2))


TYPES = {
    "words": "int64",
    "vectors": "float32",
    "characters": "int64",
    "shapes": "int64",
    "lengths": "int64",
    "regions": "float32",
    "region_mask": "bool",
    "tags": "int64",
    "allowed": "bool",
    "pieces": "int64",
    "piece_mask": "bool",
    "first_pieces": "int64",
}


def types(batch: Batch) -> dict[str, str]:
    arrays = {name: getattr(batch, name) for name in TYPES}
    return {name: str(array.dtype) for name, array in arrays.items() if array is not None}


def test_arrays_have_the_same_types_whatever_is_in_the_batch() -> None:
    open_ = indexed(3, tags=True, spans=(4,))
    assert open_.allowed is not None
    open_.allowed[2, 0] = True
    assert types(pad_posts([open_], [regions(2)], padding_piece=9)) == TYPES
    without = {name: kind for name, kind in TYPES.items() if name not in {"tags", "allowed"}}
    assert types(batch(indexed(2))) == without
    assert types(pad_posts([indexed(2)], [regions(0)], padding_piece=9)) == without


def test_the_first_pieces_of_the_third_post_stand_after_the_spans_of_two() -> None:
    padded = batch(indexed(2, spans=(2, 3)), indexed(1, spans=(2,)), indexed(1, spans=(1,)))
    assert padded.first_pieces.tolist() == [[0, 3], [6, 0], [9, 0]]


def test_either_all_posts_have_pieces_or_none() -> None:
    with pytest.raises(ValueError, match="shorter than argument 1"):
        batch(indexed(2, spans=(2,)), indexed(2))
