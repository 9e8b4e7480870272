from pathlib import Path

import numpy as np
import pytest

from mner.encoding.pieces import Pieces
from mner.errors import InputError
from tests.tiny_transformers import PIECES, write_bert, write_roberta


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Pieces:
    return Pieces.pretrained(str(write_bert(tmp_path_factory.mktemp("bert"))))


def names(numbers: object) -> list[str]:
    return [PIECES[number] for number in np.asarray(numbers).tolist()]


def test_a_word_is_its_pieces_and_a_word_of_which_nothing_is_left_is_unknown(bert: Pieces) -> None:
    words = ["Rome", "#love", "xyz", "\u200d", "https://t.co/abc", "a"]
    found = [names(pieces) for pieces in bert.of_words(words)]
    assert found == [["ro", "##me"], ["#", "love"], ["[UNK]"], ["[UNK]"], ["http"], ["a"]]


def test_a_post_is_one_span_with_the_special_pieces_around(bert: Pieces) -> None:
    (span,), first = bert.lay_out(bert.of_words(["saw", "Rome", "here"]))
    assert names(span) == ["[CLS]", "saw", "ro", "##me", "here", "[SEP]"]
    assert first.tolist() == [[0, 1], [0, 2], [0, 4]]


@pytest.mark.parametrize("count", [36, 37, 54, 55, 100, 401])
def test_a_long_post_is_read_in_spans_and_each_word_where_it_has_most_around_it(
    bert: Pieces, count: int
) -> None:
    words = (["saw", "Rome", "here", "a", "was"] * count)[:count]
    pieces = bert.of_words(words)
    spans, first = bert.lay_out(pieces)
    assert all(len(span) <= 38 for span in spans)
    for (number, position), (piece, *_) in zip(first.tolist(), pieces, strict=True):
        assert spans[number][position] == piece
        margin = min(position, len(spans[number]) - 1 - position)
        is_at_start = number == 0 and position <= 19
        is_at_end = number == len(spans) - 1 and position >= 19
        assert margin >= 9 or is_at_start or is_at_end or len(spans) == 1


def test_a_word_without_blanks_is_cut(bert: Pieces) -> None:
    ((*pieces,),) = bert.of_words(["#" * 1000])
    assert len(pieces) == 16


def test_bytes_as_pieces_are_read_with_a_blank_before_each_word(tmp_path: Path) -> None:
    pieces = Pieces.pretrained(str(write_roberta(tmp_path)))
    tokenizer = pieces._tokenizer
    whole = tokenizer.encode(" ann was here", add_special_tokens=False).ids
    (span,), _ = pieces.lay_out(pieces.of_words(["ann", "was", "here"]))
    assert span.tolist() == [0, *whole, 2]
    assert pieces.padding == 1


def test_what_is_saved_gives_the_same_pieces(bert: Pieces, tmp_path: Path) -> None:
    bert.save(tmp_path)
    opened, words = Pieces.open(tmp_path), ["Rome", "xyz", "\u200d", *["a"] * 60]
    assert opened.of_words(words) == bert.of_words(words)
    ours, theirs = opened.lay_out(opened.of_words(words)), bert.lay_out(bert.of_words(words))
    np.testing.assert_equal(ours.spans, theirs.spans)
    np.testing.assert_equal(ours.first_pieces, theirs.first_pieces)


def test_an_unknown_name_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(
        InputError,
        match=r"transformer.model '/.*none': no such folder: expected one with config.json",
    ):
        Pieces.pretrained(str(tmp_path / "none"))
    (tmp_path / "nothing").mkdir()
    with pytest.raises(
        InputError, match=r"transformer.model '.*nothing': no tokenizer can be loaded"
    ):
        Pieces.pretrained(str(tmp_path / "nothing"))
