import struct
from pathlib import Path

import numpy as np
import pytest

from mner.encoding.vector_files import open_vectors
from mner.errors import InputError
from tests.encoding.test_vector_files import WORDS, binary, read


def test_a_large_binary_file_is_read_over_the_ends_of_chunks(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(3000, 120)).astype("<f4")
    content = b"3000 120\n"
    for number, row in enumerate(values):
        content += b"word%d " % number + row.tobytes() + b"\n"
    (tmp_path / "w").write_bytes(content)
    words, read_values, file = read(tmp_path / "w")
    assert words == [f"word{number}" for number in range(3000)]
    np.testing.assert_array_equal(read_values, values)
    assert file.unit == "byte"


def test_a_binary_file_that_is_cut_by_one_byte_is_cut_off(tmp_path: Path) -> None:
    content = binary(newline=False)[:-1]
    (tmp_path / "w").write_bytes(content)
    message = (
        f"w: byte {len(content)}: the file ends inside vector 5 of 5: it is cut off; download or "
        "copy it again$"
    )
    with pytest.raises(InputError, match=message):
        read(tmp_path / "w")


@pytest.mark.parametrize("rest", [b"\t", b" ", b"\n \n", b"x"])
def test_only_line_ends_may_follow_the_last_vector(tmp_path: Path, rest: bytes) -> None:
    content = binary(newline=False)
    (tmp_path / "w").write_bytes(content + b"\r\n")
    assert read(tmp_path / "w")[0] == WORDS
    (tmp_path / "w").write_bytes(content + rest)
    message = (
        f"w: byte {len(content)}: more follows after the 5 vectors that the first line announces: "
        "the file is damaged$"
    )
    with pytest.raises(InputError, match=message):
        read(tmp_path / "w")


def test_only_newlines_before_a_word_are_none_of_it(tmp_path: Path) -> None:
    vector = struct.pack("<f", 1.5)
    records = [b"\x0bfirst ", b"\n\n\x0csecond\n ", b" ", b"last "]
    (tmp_path / "w").write_bytes(b"4 1\n" + b"".join(word + vector for word in records))
    blocks = list(open_vectors(tmp_path / "w").blocks)
    assert blocks[0].words == [b"\x0bfirst", b"\x0csecond\n", b"", b"last"]
    assert blocks[0].positions == [4, 17, 30, 35]
    assert blocks[0].values.tolist() == [[1.5]] * 4


@pytest.mark.parametrize("length", [1 << 14, (1 << 14) + 1])
def test_a_word_of_a_binary_file_has_at_most_sixteen_kilobytes(tmp_path: Path, length: int) -> None:
    begin = b"3 1\nword \0\0\0\0"
    (tmp_path / "w").write_bytes(begin + b"x" * length)
    if length == 1 << 14:
        message = f"w: byte {len(begin) + length}: the file ends inside vector 2 of 3"
    else:
        message = (
            f"w: byte {len(begin)}: expected word 2 of 3 and a blank after it: the file is "
            "damaged; copy it again$"
        )
    with pytest.raises(InputError, match=message):
        read(tmp_path / "w")


def test_vectors_of_a_large_binary_file_are_named_by_their_bytes(tmp_path: Path) -> None:
    content, positions = b"3000 200\n", []
    for number in range(3000):
        positions.append(len(content))
        content += b"word%d " % number + bytes(800) + b"\n"
    (tmp_path / "w").write_bytes(content)
    blocks = list(open_vectors(tmp_path / "w").blocks)
    assert [len(block.words) for block in blocks] == [1024, 1024, 952]
    assert [position for block in blocks for position in block.positions] == positions
    assert {str(block.values.dtype) for block in blocks} == {"float32"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"2 2\na 1 2\nb 1 2\n", ["a", "b"]),
        (b"2 2\na 1 x\n", None),
        (b"1 3\nab 1 x y\n", "binary"),
        (b"1 2\nabcdefgh\n", 0),
    ],
)
def test_a_file_whose_first_line_is_half_numbers_is_text(
    tmp_path: Path, content: bytes, words: list[str] | str | int | None
) -> None:
    (tmp_path / "w").write_bytes(content)
    if words == 0:
        with pytest.raises(InputError, match=r"w:2: expected a word and 2 numbers, got 0 numbers"):
            read(tmp_path / "w")
    elif words == "binary":
        with pytest.raises(InputError, match=r"w: byte \d+: "):
            read(tmp_path / "w")
    elif words is None:
        with pytest.raises(InputError, match=r"w:2: expected 2 numbers after the word: could not"):
            read(tmp_path / "w")
    else:
        assert read(tmp_path / "w")[0] == words
