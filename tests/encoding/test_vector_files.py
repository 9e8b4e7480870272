import gzip
import os
import pickle
import struct
import zlib
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from mner.encoding.vector_blocks import VectorFile
from mner.encoding.vector_files import open_vectors
from mner.errors import InputError

WORDS = ["Paris", "naïve", "…", "#rio", "12"]
VALUES = np.array(
    [
        [0.5, -1.25, 3.0],
        [1e-3, 2.0, -7.5],
        [0.0, 0.25, 1.0],
        [10.0, 32.0, 48.25],
        [-0.125, 5e4, 1.5],
    ],
    dtype=np.float32,
)
"""32 is a blank and 10 a newline in some byte orders and formats; the numbers are exact in half
precision or nearly so."""


def text(words: list[str] = WORDS, *, head: bool = False, end: str = "\n") -> bytes:
    lines = [f"{len(words)} 3"] if head else []
    for word, row in zip(words, VALUES.tolist(), strict=True):
        lines.append(" ".join([word, *map(repr, row)]))
    return "".join(line + end for line in lines).encode()


def binary(*, newline: bool) -> bytes:
    content = b"5 3\n"
    for word, row in zip(WORDS, VALUES.tolist(), strict=True):
        content += word.encode() + b" " + struct.pack("<3f", *row) + b"\n" * newline
    return content


FORMS = {
    "glove": text(),
    "glove, CR": text(end="\r\n"),
    "glove, blanks at the end": text(end=" \n"),
    "glove, no newline at the end": text().rstrip(b"\n"),
    "glove, byte-order mark": b"\xef\xbb\xbf" + text(),
    "glove, blank lines": text(end="\n\n"),
    "word2vec text": text(head=True),
    "word2vec text, blanks at the end": text(head=True, end=" \n"),
    "word2vec binary": binary(newline=True),
    "word2vec binary, no newlines": binary(newline=False),
}


def read(path: Path, *, allow_pickle: bool = False) -> tuple[list[str], np.ndarray, VectorFile]:
    file = open_vectors(path, allow_pickle=allow_pickle)
    blocks = list(file.blocks)
    words = b"\0".join(chain.from_iterable(block.words for block in blocks))
    values = np.concatenate([block.values for block in blocks])
    return words.decode().split("\0"), values, file


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_recognised_from_its_content(tmp_path: Path, form: str, packed: bool) -> None:
    path = tmp_path / "vectors"
    path.write_bytes(gzip.compress(FORMS[form]) if packed else FORMS[form])
    words, values, _ = read(path)
    assert words == WORDS
    np.testing.assert_array_equal(values, VALUES)


class Program:
    """What makes a folder when its pickle is opened."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", ["glove.txt", "w2v.model", "glove-twitter-200.gz", "w.npy"])
def test_no_pickle_is_opened_under_any_name(
    tmp_path: Path, name: str, protocol: int, packed: bool
) -> None:
    content = pickle.dumps(Program(tmp_path / "ran"), protocol)
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if packed else content)
    is_recognised = protocol >= 2  # older ones are text, and wrong as such
    message = (
        r"a pickle \(gensim's own format\), which can run any" if is_recognised else "expected"
    )
    with pytest.raises(InputError, match=message):
        list(open_vectors(path).blocks)
    assert not (tmp_path / "ran").exists()


def test_a_refused_pickle_says_how_to_allow_it(tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(pickle.dumps([1]))
    with pytest.raises(InputError, match=r"trust its maker, .* --set text.allow_pickle=true "):
        open_vectors(tmp_path / "w")


@pytest.mark.parametrize(
    "content",
    [
        b"a\t1 2\nb c\t3 4\n3\t5 6\n",
        b"a\t1\t2\nb c\t3\t4\n3\t5\t6\n",
        b"a  1 2\nb c  3 4 \n3  5\t6\t\n",
        b"3\t2\na\t1 2\nb c\t3 4\n3\t5 6\n",
    ],
)
def test_tabs_and_several_blanks_part_a_word_from_its_numbers(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "w").write_bytes(content)
    words, values, _ = read(tmp_path / "w")
    assert words == ["a", "b c", "3"]
    assert values.tolist() == [[1, 2], [3, 4], [5, 6]]


def test_a_word_may_hold_blanks(tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(b". . . 1 2\n, 3 4\nat name@domain.com 5 6\na 7 8\n  9 10\n")
    words, values, _ = read(tmp_path / "w")
    assert words == [". . .", ",", "at name@domain.com", "a", ""]
    np.testing.assert_array_equal(values, np.arange(1, 11).reshape(5, 2))


def test_a_word_may_hold_what_other_readers_take_for_a_line_end(tmp_path: Path) -> None:
    words = ["a\x85b", "\u2028", "\xa0"]
    content = "".join(f"{word} 1 2\n" for word in words)
    (tmp_path / "w").write_bytes(content.encode())
    assert read(tmp_path / "w")[0] == words


def test_a_large_file_comes_in_blocks_with_the_places_of_its_vectors(tmp_path: Path) -> None:
    (tmp_path / "w").write_text("".join(f"w{number} {number} 0.5\n" for number in range(3000)))
    file = open_vectors(tmp_path / "w")
    blocks = list(file.blocks)
    assert len(blocks) > 1
    positions = np.concatenate([block.positions for block in blocks])
    values = np.concatenate([block.values for block in blocks])
    assert positions.tolist() == list(range(1, 3001))
    np.testing.assert_array_equal(values[:, 0], np.arange(3000))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no word vectors"),
        (b"\n \n", "holds no word vectors"),
        (b"word\n", r"w:1: expected a word and its numbers, parted by blanks or TABs"),
        (b"a 0,1 2,5\nb 1,0 3,5\n", r"w:1: the numbers have decimal commas, got b'a 0,1 2,5'"),
        (b"a\t1 2\nb\t1 2\nc\t1\n", r"w:3: expected a word and 2 numbers, got 1 numbers"),
        (
            b"a 1 2\nb 1 2\n3 4 1 2\n",
            r"w:3: expected a word and 2 numbers, got 3 numbers: correct or remove the line",
        ),
        (b"a 1 2\nb 1\n", r"w:2: expected a word and 2 numbers, got 1 numbers"),
        (b"a 1 2\nb 1 2\nb 1 2 3\n", r"w:3: expected a word and 2 numbers, got 3 numbers"),
        (b"a 1\nb 1 2\nc 1 2\n", r"w:1: expected a word and 2 numbers, got 1 numbers"),
        (
            b"a 1 2\nb 1 two\n",
            r"w:2: expected 2 numbers after the word: could not convert string 'two'",
        ),
        (b"a 1 2\nb 1 \xd9\xa3\n", r"w:2: expected 2 numbers after the word"),
        (b"a 1 2\nb 1  \n", r"w:2: expected a word and 2 numbers, got 1 numbers"),
        (b"3 2\na 1 2\nb 1 2\n", r"w:1: announces 3 vectors, but 2 follow"),
        (b"1 2\na 1 2\nb 1 2\n", r"w:1: announces 1 vectors, but 2 follow"),
        (b"2 3\na 1 2\nb 1 2\n", r"w:2: expected a word and 3 numbers, got 2 numbers"),
        (b"2 0\na\nb\n", r"w:1: expected a count and a dimension of at least 1, got '2 0'"),
        (
            b"\x93NUMPY\x01\x00v\x00{'descr': '<f4'}\n",
            "not a file of word vectors in a known format: expected GloVe text",
        ),
        (
            binary(newline=True)[:-8],
            rf"w: byte {len(binary(newline=True)) - 8}: the file ends inside vector 5 of 5",
        ),
        (binary(newline=True)[:12], r"w: byte 12: the file ends inside vector 1 of 5"),
        (
            binary(newline=True).replace(b"5 3", b"4 3"),
            r"w: byte \d+: more follows after the 4 vectors",
        ),
        (
            b"5 3\nword \0" + b"x" * 40_000,
            r"w: byte \d+: expected word 2 of 5 and a blank after it",
        ),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_what_is_wrong_is_said_with_its_line_or_byte(
    tmp_path: Path, content: bytes, message: str, packed: bool
) -> None:
    (tmp_path / "w").write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(InputError, match=message):
        read(tmp_path / "w")


def test_a_packed_file_that_is_cut_off_or_damaged_is_named(tmp_path: Path) -> None:
    packed = gzip.compress(
        "".join(f"w{number} {number} 0.5\n" for number in range(30_000)).encode()
    )
    (tmp_path / "cut").write_bytes(packed[: len(packed) * 2 // 3])
    with pytest.raises(
        InputError, match=r"cut: the .gz is damaged or cut off after byte \d+ of its content"
    ):
        read(tmp_path / "cut")
    middle = len(packed) // 2
    (tmp_path / "bad").write_bytes(packed[:middle] + bytes(64) + packed[middle + 64 :])
    with pytest.raises(InputError, match=r"bad:"):
        read(tmp_path / "bad")


@pytest.mark.parametrize(
    ("begin", "rest", "fault"),
    [
        (b"a 1 2\n" * 200_000, b"\n", "210001: the line is after too many blank lines"),
        (b"a 1 2\n" * 200_000, b" \r\n", "210001: the line is after too many blank lines"),
        (b"a 1 2\n" * 200_000, b"1 ", "200001: the line is too long: expected a word and its numb"),
        (b"2 2\na 1 2\n", b"\n", "10003: the line is after too many blank lines"),
    ],
)
def test_a_small_gz_of_endless_lines_is_not_read_to_its_end(
    tmp_path: Path, begin: bytes, rest: bytes, fault: str
) -> None:
    """Stop long before the end of the content, which is damaged there."""
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress(begin) + packer.compress(rest * 5_000_000) + packer.flush()
    (tmp_path / "w.gz").write_bytes(packed[:-9] + b"damaged!!")
    with pytest.raises(InputError, match=f"w.gz:{fault}"):
        list(open_vectors(tmp_path / "w.gz").blocks)


def test_what_a_file_is_taken_for_is_said(tmp_path: Path) -> None:
    for content, unit, count in (
        (text(), "line", None),
        (text(head=True), "line", 5),
        (binary(newline=True), "byte", 5),
    ):
        (tmp_path / "w").write_bytes(content)
        _, values, file = read(tmp_path / "w")
        assert (file.path, file.dimension, file.count, file.unit) == (
            tmp_path / "w",
            3,
            count,
            unit,
        )
        assert values.dtype == np.float32
    assert file.location(7) == f"{tmp_path / 'w'}: byte 7"


def test_a_file_longer_than_its_head_is_judged_by_whole_lines(tmp_path: Path) -> None:
    # The head ends within the second line, whose part must not be counted.
    wide = b"1 " * 60_000
    (tmp_path / "w").write_bytes(b"a " + wide + b"\nb " + wide + b"\n")
    assert open_vectors(tmp_path / "w").dimension == 60_000
    # A line that is longer than the head tells nothing.
    (tmp_path / "w").write_bytes(b"a " + b"1 " * 70_000 + b"\n")
    message = (
        "w: not a file of word vectors in a known format: expected GloVe text, word2vec text or "
        r"binary, each also as .gz, or gensim's KeyedVectors \(not the .npy beside it\)$"
    )
    with pytest.raises(InputError, match=message):
        open_vectors(tmp_path / "w")


def test_the_dimension_is_that_of_most_lines(tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(b"a 1\nb 1 2 3\nc 1 2\nd 1 2\n")
    assert open_vectors(tmp_path / "w").dimension == 2
    (tmp_path / "w").write_bytes(b"a 1\n")
    assert open_vectors(tmp_path / "w").dimension == 1
    (tmp_path / "w").write_bytes(b"2 1\na 1\nb 2\n")
    assert read(tmp_path / "w")[1].tolist() == [[1], [2]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a 0,1 2,5\n", r"w:1: .* replace the commas between digits$"),
        (
            b"word\n",
            r"w:1: expected a word and its numbers, parted by blanks or TABs, got b'word'$",
        ),
        (b"3 2\na 1 2\n", "w:1: .*: the file is cut off or damaged; download or copy it again$"),
        (
            b"a 1 2\nb 1\n",
            "w:2: expected a word and 2 numbers, got 1 numbers: correct or remove the",
        ),
        (b"a 1 2\nb 1 two\n", "w:2: .*: could not convert string 'two' to float32$"),
    ],
)
def test_messages_end_with_what_helps(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "w").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read(tmp_path / "w")


def test_words_may_hold_other_signs_that_look_blank(tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(b"\x0b 1 2\n\x0ca 1 2\n# 1 2\n")
    assert read(tmp_path / "w")[0] == ["\x0b", "\x0ca", "#"]


def test_a_byte_order_mark_is_only_at_the_beginning(tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(b"\xef\xbb\xbfa 1 2\n\xef\xbb\xbfb 1 2\n")
    assert read(tmp_path / "w")[0] == ["a", "\ufeffb"]
