from dataclasses import replace

import numpy as np
import pytest

from mner.tagging.windows import LONGEST, windowed
from mner.types import Batch, Emitted


class Recorder:
    """Answers with the words themselves, and with how far each is from the window's edges."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []

    def __call__(self, batch: Batch) -> Emitted:
        self.batches.append(batch)
        words = batch.words.astype(np.float32)
        behind = np.arange(words.shape[1], dtype=np.float32)[None].repeat(len(words), axis=0)
        ahead = batch.lengths[:, None] - 1 - behind
        regions = batch.regions.sum(axis=2)[:, None].repeat(words.shape[1], axis=1)
        return Emitted(
            np.stack([words, behind, ahead], axis=2),
            regions,
            words[:, :, None] * words[:, None],
            words * np.float32(0.5),
        )


def batch_of(*lengths: int) -> Batch:
    size = (len(lengths), max(lengths))
    mask = np.arange(size[1]) < np.array(lengths)[:, None]
    words = np.where(mask, 1 + np.arange(size[0] * size[1]).reshape(size), 0)
    return Batch(
        words=words,
        vectors=words[:, :, None].repeat(2, axis=2).astype(np.float32),
        characters=words[:, :, None].repeat(3, axis=2),
        shapes=words,
        lengths=np.array(lengths),
        regions=np.arange(len(lengths), dtype=np.float32)[:, None, None].repeat(2, axis=1),
        region_mask=np.ones((len(lengths), 2), dtype=bool),
    )


@pytest.mark.parametrize(
    "lengths",
    [(129,), (130, 1), (160,), (161,), (224,), (225, 128, 129, 3), (5_000,), (1_000, 999, 1)],
)
def test_every_word_is_read_once_and_far_from_edges(lengths: tuple[int, ...]) -> None:
    batch, backend = batch_of(*lengths), Recorder()
    scored = windowed(backend)(batch)
    for row, length in enumerate(lengths):
        words, behind, ahead = scored.emissions[row, :length].T
        assert words.tolist() == batch.words[row, :length].tolist()
        assert scored.gate[row, :length].tolist() == (words / 2).tolist()
        assert (scored.region_weights[row, :length] == row).all()
        places = np.arange(length)
        assert (behind >= np.minimum(places, 16)).all()
        assert (ahead >= np.minimum(length - 1 - places, 16)).all()
    assert scored.word_weights.shape == (*batch.words.shape, LONGEST)
    assert max(part.words.shape[1] for part in backend.batches) <= LONGEST
    assert max(len(part.lengths) for part in backend.batches) <= 8
    for part in backend.batches:
        assert part.lengths.min() >= 1
        for array in (part.words, part.shapes, part.vectors[:, :, 1], part.characters[:, :, 2]):
            assert not array[~part.mask].any()
            assert array[part.mask].all()


def test_short_posts_keep_where_they_looked_beside_a_long_one() -> None:
    batch = batch_of(300, 5, 128, 1)
    scored = windowed(Recorder())(batch)
    for row, length in ((1, 5), (2, 128), (3, 1)):
        words = batch.words[row, :length].astype(np.float32)
        weights = scored.word_weights[row, :length, :length]
        np.testing.assert_array_equal(weights, words[:, None] * words)
    assert not scored.word_weights[0].any()


def test_a_fusion_that_looks_at_no_words_has_no_weights_of_windows() -> None:
    def backend(batch: Batch) -> Emitted:
        emitted = Recorder()(batch)
        return replace(emitted, word_weights=emitted.word_weights[..., :0])

    assert windowed(backend)(batch_of(300, 5)).word_weights.shape == (2, 300, 0)


def test_posts_of_a_usual_length_are_left_alone() -> None:
    backend, batch = Recorder(), batch_of(128, 5)
    assert windowed(backend)(batch).word_weights.shape == (2, 128, 128)
    assert backend.batches[0] is batch


def test_word_pieces_go_with_the_words_of_a_window() -> None:
    batch = batch_of(300, 2)
    # Two words a window of pieces; piece 10 * w + 1 is the first of word w of the first post.
    rows = np.array(
        [[10 * word + 1, 10 * word + 2, 10 * word + 11] for word in range(0, 300, 2)] + [[7, 7, 8]]
    )
    first = np.zeros((2, 300), dtype=np.int64)
    first[0] = [3 * (word // 2) + 2 * (word % 2) for word in range(300)]
    first[1, :2] = [450, 452]
    backend = Recorder()
    windowed(backend)(replace(batch, pieces=rows, piece_mask=rows > 0, first_pieces=first))
    taken = [one.pieces.ravel()[one.first_pieces] for one in backend.batches]
    for one, pieces in zip(backend.batches, taken, strict=True):
        for words, found, length in zip(one.words, pieces, one.lengths, strict=True):
            expected = [7, 8] if length == 2 else [10 * (word - 1) + 1 for word in words[:length]]
            assert found[:length].tolist() == expected
        assert one.piece_mask.shape == one.pieces.shape
        assert len(one.pieces) <= 1 + sum(one.lengths)


def test_windows_have_the_types_and_regions_of_their_batch() -> None:
    batch = batch_of(300, 2)
    batch = replace(batch, region_mask=np.array([[True, False], [True, True]]))
    backend = Recorder()
    scored = windowed(backend)(replace(batch, tags=batch.words))
    kinds = {str(array.dtype) for array in (scored.emissions, scored.gate, scored.region_weights)}
    assert kinds == {"float32"}
    assert scored.word_weights.dtype == np.float32
    (one,) = backend.batches
    assert one.lengths.dtype == np.int64
    assert one.lengths.tolist() == [128, 128, 108, 2]
    assert one.region_mask.tolist() == [[True, False]] * 3 + [[True, True]]
    assert one.tags is None


def test_masks_of_pieces_are_those_of_the_spans_that_are_taken() -> None:
    batch = batch_of(300, 2)
    pieces = np.arange(151 * 2).reshape(151, 2)
    mask = np.arange(302).reshape(151, 2) % 3 > 0
    first = np.zeros((2, 300), dtype=np.int64)
    first[0] = np.arange(300)
    first[1, :2] = [300, 301]
    backend = Recorder()
    windowed(backend)(replace(batch, pieces=pieces, piece_mask=mask, first_pieces=first))
    for one in backend.batches:
        assert one.piece_mask.tolist() == (one.pieces % 3 > 0).tolist()
