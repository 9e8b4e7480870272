"""Posts that are too long are refused, one by one."""

import io
import json
from pathlib import Path

import pytest

from mner.errors import InputError
from mner.formats import Format
from mner.posts import lines
from mner.posts.bounds import MOST_LINE, MOST_TEXT, MOST_TOKEN, require_bounded
from mner.posts.lines import numbered_lines
from mner.posts.raw import raw_post
from mner.posts.read import read_posts

LONG = "x" * 5_000_000
HUGE = "x" * (MOST_LINE + 1)

FILES: dict[str, tuple[Format, list[str], str]] = {
    "text of one word": ("text", [LONG], "the text has 5000000 characters"),
    "text of many words": ("text", ["x " * MOST_TEXT], "the text has 400000 characters"),
    "a long word": ("text", ["x" * (MOST_TOKEN + 1)], "a token has 100001 characters"),
    "a line of text": ("text", [HUGE], "the line has more than 10000000 bytes"),
    "JSON with a text": ("jsonl", [json.dumps({"text": LONG})], "the text has 5000000 characters"),
    "JSON with a caption": (
        "jsonl",
        [json.dumps({"text": "a", "caption": LONG})],
        "the caption has 5000000 characters",
    ),
    "JSON with a token": (
        "jsonl",
        [json.dumps({"tokens": ["x" * 110_000]})],
        "a token has 110000 characters: expected at most 100000, got 'xxx",
    ),
    "JSON with tokens": (
        "jsonl",
        [json.dumps({"tokens": ["x"] * 300_000})],
        "the tokens have 300000 characters together",
    ),
    "a line of JSON": ("jsonl", [json.dumps({"text": HUGE})], "the line has more than 10000000"),
    "a token in a column": ("conll", [f"{LONG}\tO", ""], "the tokens have 5000000 characters"),
    "a post in columns": (
        "conll",
        [*["x\tO"] * (MOST_TEXT + 5), ""],
        "the tokens have 200001 characters",
    ),
    "a line of columns": ("conll", [f"{HUGE}\tO", ""], "the line has more than 10000000 bytes"),
    "a tag": ("conll", ["x\t" + "B-" + HUGE, ""], "the line has more than 10000000 bytes"),
    "an id": ("imgid", ["IMGID:" + HUGE, "x\tO", ""], "the line has more than 10000000 bytes"),
}
GOOD: dict[Format, list[str]] = {
    "text": ["saw Rome"],
    "jsonl": ['{"tokens": ["saw", "Rome"]}'],
    "conll": ["saw\tO", "Rome\tB-LOC", ""],
    "imgid": ["IMGID:1", "saw\tO", "Rome\tB-LOC", ""],
}


@pytest.mark.parametrize("kind", FILES)
def test_a_post_that_is_too_long_can_be_skipped(tmp_path: Path, kind: str) -> None:
    format, bad, message = FILES[kind]
    path = tmp_path / "posts"
    path.write_text("\n".join([*GOOD[format], *bad, *GOOD[format]]) + "\n")
    errors: list[InputError] = []
    posts = list(read_posts(path, format=format, on_error=errors.append, check_ids=False))
    assert [post.tokens for post in posts] == [("saw", "Rome")] * 2
    (error,) = errors
    assert str(error).startswith(f"{path}:{len(GOOD[format]) + 1}: {message}")
    assert len(str(error)) < 500
    with pytest.raises(InputError, match=message):
        list(read_posts(path, format=format))


@pytest.mark.parametrize("first", [json.dumps({"text": HUGE}), "IMGID:" + HUGE])
def test_a_format_is_recognised_by_the_begin_of_a_long_line(tmp_path: Path, first: str) -> None:
    good = GOOD["jsonl" if first.startswith("{") else "imgid"]
    path = tmp_path / "posts"
    path.write_text("\n".join([first, *good, ""]))
    errors: list[InputError] = []
    assert list(read_posts(path, on_error=errors.append))[-1].tokens == ("saw", "Rome")
    assert "the line has more than" in str(errors[0])


@pytest.mark.parametrize("is_text", [False, True])
@pytest.mark.parametrize("length", [9, 10, 11, 12, 21, 22, 23, 100])
def test_long_lines_are_passed_over_whole(
    monkeypatch: pytest.MonkeyPatch, is_text: bool, length: int
) -> None:
    monkeypatch.setattr(lines, "MOST_LINE", 10)
    content = "a\n" + "x" * length + "\nb\n"
    stream = io.StringIO(content) if is_text else io.BytesIO(content.encode())
    found = list(numbered_lines(stream, keep_undecodable=True))
    middle = "x" * length + ("" if length < 10 else "\n")
    assert found == [(1, "a"), (2, middle[:11] if length < 10 else found[1][1]), (3, "b")]
    assert found[1][1].endswith("\n") == (length >= 10)


def test_what_is_as_long_as_it_may_be_is_read() -> None:
    text = " ".join(["x" * (MOST_TOKEN - 1)] * 2)
    assert len(raw_post("1", text).tokens) == 2
    require_bounded(text="x" * MOST_TEXT, tokens=["x" * MOST_TOKEN] * 2, caption="x" * MOST_TEXT)


@pytest.mark.parametrize(
    "word", ["x", "-x", "#", "@x", "a.", "\U0001f600", "e\u0301", "&amp;", "."]
)
def test_texts_within_the_bounds_are_cut_into_words(word: str) -> None:
    text = word * (MOST_TOKEN // len(word))
    assert "".join(raw_post("1", text).tokens) == text


@pytest.mark.parametrize(
    "record",
    [
        {"id": ["x" * 9_000], "tokens": ["a"]},
        {"tokens": "x" * 9_000},
        {"text": {"x" * 9_000: 1}},
        {"tokens": ["a"], "entities": ["x" * 9_000]},
        {"tokens": ["a"], "entities": "x" * 9_000},
        {"tokens": ["a"], "picture": ["x" * 9_000, 1]},
        {"tokens": ["a"], "annotated": "x" * 9_000},
        {"id": "x" * 9_000, "tokens": ["a"], **{"key" * 100 + str(n): n for n in range(50)}},
        {"id": "x" * 9_000, "tokens": []},
    ],
)
def test_a_message_shows_little_of_what_was_given(tmp_path: Path, record: object) -> None:
    (tmp_path / "posts.jsonl").write_text(json.dumps(record))
    with pytest.raises(InputError, match=r"posts\.jsonl:1: ") as raised:
        list(read_posts(tmp_path / "posts.jsonl", strict=True))
    assert len(str(raised.value)) < len(str(tmp_path)) + 700
