import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from mner.encoding.pieces import (
    PIECES_FILES,
    Pieces,
    _position_count,
    _Special,
    _special_pieces,
)
from mner.errors import InputError, MissingExtraError
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


@pytest.mark.parametrize(
    ("positions", "longest"), [(514, 512), (42, 40), (1, -1), (0, 512), (-1, 512), (None, 512)]
)
def test_a_span_is_as_long_as_the_transformer_has_positions(
    positions: int | None, longest: int
) -> None:
    assert _position_count(SimpleNamespace(max_position_embeddings=positions)) == longest
    assert _position_count(SimpleNamespace()) == 512


def test_the_special_pieces_of_a_tokenizer_are_found(bert: Pieces, tmp_path: Path) -> None:
    assert bert._special == _Special((2,), (3,), unknown=1, padding=0, longest=38, blank="")
    roberta = Pieces.pretrained(str(write_roberta(tmp_path)))
    assert roberta._special == _Special((0,), (2,), unknown=3, padding=1, longest=40, blank=" ")


class Tokenizer:
    """A tokenizer of transformers that begins a text with 7, 8 and ends it with 9."""

    model_max_length = 100
    pad_token_id: int | None = None
    unk_token_id: int | None = None

    def __call__(
        self, text: str, *, add_special_tokens: bool, return_special_tokens_mask: bool = False
    ) -> dict[str, list[int]]:
        ids = [ord(sign) for sign in text]
        if not add_special_tokens:
            return {"input_ids": ids}
        assert return_special_tokens_mask
        mask = [1, 1, *[0] * len(ids), 1]
        return {"input_ids": [7, 8, *ids, 9], "special_tokens_mask": mask}


@pytest.mark.parametrize(
    ("padding", "unknown", "expected"),
    [(None, None, (0, 0)), (5, None, (5, 5)), (None, 4, (0, 4)), (5, 0, (5, 0))],
)
def test_what_a_tokenizer_does_not_have_is_replaced(
    padding: int | None, unknown: int | None, expected: tuple[int, int]
) -> None:
    tokenizer = Tokenizer()
    tokenizer.pad_token_id, tokenizer.unk_token_id = padding, unknown
    special = _special_pieces(tokenizer, SimpleNamespace(max_position_embeddings=300))
    # A blank is a piece of its own here, so that a word has the same pieces after it.
    assert special == _Special((7, 8), (9,), expected[1], expected[0], longest=100, blank="")


def test_spans_start_at_every_half_of_a_span_and_the_last_ends_with_the_post(
    bert: Pieces,
) -> None:
    words = [(number,) for number in range(90)]
    spans, first = bert.lay_out(words)
    # 38 pieces with [CLS] and [SEP], so 36 words, and a start at every 18.
    assert [span.tolist() for span in spans] == [
        [2, *range(start, start + 36), 3] for start in (0, 18, 36, 54)
    ]
    assert {str(array.dtype) for array in (*spans, first)} == {"int64"}
    for word, (span, position) in enumerate(first.tolist()):
        middles = [abs(word - (start + 18)) for start in (0, 18, 36, 54)]
        assert middles[span] == min(middles)
        assert spans[span][position] == word


def test_a_folder_is_made_and_written_over(bert: Pieces, tmp_path: Path) -> None:
    for _ in range(2):
        bert.save(tmp_path / "a" / "b")
    assert sorted(path.name for path in (tmp_path / "a" / "b").iterdir()) == sorted(PIECES_FILES)
    assert (tmp_path / "a" / "b" / "pieces.json").read_text() == (
        '{\n "before": [\n  2\n ],\n "after": [\n  3\n ],\n "unknown": 1,\n "padding": 0,\n'
        ' "longest": 38,\n "blank": ""\n}\n'
    )


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("pieces.json", "{}", r"pieces.json: .*: expected what `Pieces.save` wrote$"),
        ("tokenizer.json", None, r"tokenizer.json: .*: expected what `Pieces.save` wrote$"),
        ("tokenizer.json", "{}", r"/tokenizer.json: no tokenizer \("),
    ],
)
def test_damaged_files_are_named(
    bert: Pieces, tmp_path: Path, name: str, content: str | None, message: str
) -> None:
    bert.save(tmp_path)
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=message):
        Pieces.open(tmp_path)


@pytest.mark.parametrize(
    ("change", "is_good"),
    [
        ({"unknown": 15}, True),
        ({"unknown": 16}, False),
        ({"before": [-1]}, False),
        ({"before": [0]}, True),
        ({"after": [16]}, False),
        ({"padding": 16}, False),
        ({"longest": 4}, True),
        ({"longest": 3}, False),
        ({"longest": 514}, True),
        ({"longest": 515}, False),
    ],
)
def test_special_pieces_fit_the_tokenizer_and_leave_room(
    bert: Pieces, tmp_path: Path, change: dict[str, object], is_good: bool
) -> None:
    bert.save(tmp_path)
    path = tmp_path / "pieces.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    if is_good:
        assert Pieces.open(tmp_path).of_words(["a"]) == [(15,)]
        return
    message = r"pieces.json: expected pieces among the 16 of the tokenizer, and room for others"
    with pytest.raises(InputError, match=message):
        Pieces.open(tmp_path)


def test_packages_that_are_not_installed_are_named(
    bert: Pieces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bert.save(tmp_path)
    missing = r"needs packages that are not installed: pip install 'mner\[transformers\]'$"
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingExtraError, match=f"^A pretrained transformer {missing}"):
        Pieces.pretrained(str(tmp_path))
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(
        MissingExtraError, match=f"^A model with a pretrained transformer {missing}"
    ):
        Pieces.open(tmp_path)


def test_a_slow_tokenizer_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import transformers

    def load(name: str, *, use_fast: bool) -> object:
        assert use_fast is True
        return SimpleNamespace(is_fast=False)

    write_bert(tmp_path)
    monkeypatch.setattr(transformers.AutoTokenizer, "from_pretrained", load)
    message = (
        rf"^transformer.model '{tmp_path}': expected a tokenizer with a tokenizer.json \(a `fast` "
        r"one\), got SimpleNamespace$"
    )
    with pytest.raises(InputError, match=message):
        Pieces.pretrained(str(tmp_path))
