import io
import subprocess
import sys
import warnings
from itertools import cycle
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mner.bio import Scheme
from mner.errors import DataWarning, InputError, Problem
from mner.posts.raw import raw_post
from mner.posts.read import Format, read_numbered_posts, read_posts
from mner.posts.write import write_posts
from mner.types import Entity, Post

PLAIN = "IMGID:7\nIn\tO\nNew\tB-LOC\nYork\tI-LOC\n\nIMGID:8\n@me\tO\n#Nike\tB-ORG\n\n"
POSTS = [
    Post("7", ("In", "New", "York"), (Entity(1, 3, "LOC"),), picture="7"),
    Post("8", ("@me", "#Nike"), (Entity(1, 2, "ORG"),), picture="8"),
]


def read(
    content: str | bytes, *, format: Format = "auto", scheme: Scheme = "iob2", strict: bool = False
) -> tuple[list[Post], list[Problem]]:
    """Posts and problems of a file's content."""
    problems: list[Problem] = []
    stream = io.BytesIO(content.encode() if isinstance(content, str) else content)
    stream.name = "posts.txt"
    return list(
        read_posts(stream, format=format, scheme=scheme, strict=strict, on_problem=problems.append)
    ), problems


def kinds_and_lines(problems: list[Problem]) -> list[tuple[str, int]]:
    return [(problem.kind, problem.line) for problem in problems]


def test_an_imgid_file() -> None:
    assert read(PLAIN) == (POSTS, [])


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.rstrip("\n"),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "  \n"),
        PLAIN.replace("\n", " \t\r\n"),
        "\ufeff" + PLAIN,
        "\n \n\t\n" + PLAIN + "\n\n",
        PLAIN.replace("\n\n", "\n   \n"),
        PLAIN.replace("\n\n", "\n\t\n"),
        PLAIN.replace("\n\n", "\n"),
        PLAIN.replace("IMGID:7\n", "IMGID: 7 \n\n"),
    ],
    ids=[
        "no final blank line",
        "CR",
        "trailing blanks",
        "trailing TAB and CR",
        "BOM",
        "leading blank lines",
        "blank lines of spaces",
        "of TABs",
        "none",
        "after IMGID",
    ],
)
def test_white_space_changes_nothing(content: str) -> None:
    assert read(content) == (POSTS, [])


@pytest.mark.parametrize(
    "token",
    [
        "\u00a0",
        "\ufe0f",
        "\u200b",
        "\u2028",
        "\u0085",
        "a\u2029b",
        "\x0b",
        "\x1c",
        " ",
        "a b ",
        "\ufeff",
    ],
)
def test_odd_and_invisible_tokens_survive(token: str) -> None:
    posts, problems = read(f"IMGID:1\nx\tO\n{token}\tB-PER\ny\tO\n")
    assert posts[0].tokens == ("x", token, "y")
    assert posts[0].entities == (Entity(1, 2, "PER"),)
    assert problems == []


def test_a_token_that_looks_like_an_imgid_line_has_a_tag() -> None:
    posts, _ = read("IMGID:1\nIMGID:2\tB-OTHER\n")
    assert posts == [Post("1", ("IMGID:2",), (Entity(0, 1, "OTHER"),), picture="1")]


def test_tokens_without_a_tag_are_outside_of_entities() -> None:
    posts, problems = read("IMGID:1\nsee\tO\nhttp://t.co/a\t \nhttp://t.co/b\n")
    assert posts[0].tokens == ("see", "http://t.co/a", "http://t.co/b")
    assert posts[0].entities == ()
    assert kinds_and_lines(problems) == [("missing-tag", 3), ("missing-tag", 4)]
    assert (
        str(problems[0])
        == "posts.txt:3: token 'http://t.co/a' has no tag: read as O (expected token TAB tag)"
    )


def test_orphans_are_named_and_follow_the_policy() -> None:
    content = b"IMGID:1\na\tO\nb\tI-PER\nc\tI-PER\n"
    posts, problems = read(content)
    assert posts[0].entities == (Entity(1, 3, "PER"),)
    assert kinds_and_lines(problems) == [("orphan-tag", 3)]
    assert problems[0].message == "tag I-PER of token 'b' continues no entity: taken as an entity"
    (post,) = read_posts(io.BytesIO(content), orphans="drop", on_problem=problems.append)
    assert post.entities == ()
    assert problems[1].message.endswith("left out")


def test_ids_that_are_missing_or_given_twice() -> None:
    posts, problems = read("IMGID:5\na\tO\n\nIMGID:\nb\tO\n\nc\tO\n\nIMGID:5\nd\tO\n")
    assert [(post.id, post.picture) for post in posts] == [
        ("5", "5"),
        ("line-4", None),
        ("line-7", None),
        ("5", "5"),
    ]
    assert kinds_and_lines(problems) == [("missing-id", 4), ("missing-id", 7), ("duplicate-id", 9)]
    assert problems[2].message == "post id '5' was given in line 1 already: both are kept"


def test_a_first_imgid_line_that_is_missing() -> None:
    posts, problems = read("a\tO\n\nIMGID:5\nb\tO\n", format="imgid")
    assert [post.id for post in posts] == ["line-1", "5"]
    assert kinds_and_lines(problems) == [("missing-id", 1)]
    with pytest.raises(
        InputError,
        match=r"posts\.txt:3: an IMGID line in a file of two columns: give the first post one too",
    ):
        read("a\tO\n\nIMGID:5\nb\tO\n")


def test_posts_without_tokens_and_tokens_without_characters_are_left_out() -> None:
    posts, problems = read("IMGID:1\nIMGID:2\na\tO\n\tO\nb\tB-PER\n\nIMGID:3\n")
    assert [post.id for post in posts] == ["2"]
    assert posts[0].entities == (Entity(1, 2, "PER"),)
    assert kinds_and_lines(problems) == [("empty-post", 1), ("empty-token", 4), ("empty-post", 7)]


def test_two_columns_without_pictures() -> None:
    posts, problems = read("Rain\tO\ntoday\tO\n\t\nParis\tB-location\n")
    assert posts == [
        Post("1", ("Rain", "today"), ()),
        Post("2", ("Paris",), (Entity(0, 1, "location"),)),
    ]
    assert problems == []


@pytest.mark.parametrize(
    ("scheme", "tags"),
    [("iob1", ("I-PER", "I-PER")), ("iob2", ("B-PER", "I-PER")), ("bioes", ("B-PER", "E-PER"))],
)
def test_every_scheme(scheme: Scheme, tags: tuple[str, str]) -> None:
    posts, problems = read(f"a\t{tags[0]}\nb\t{tags[1]}\n", scheme=scheme)
    assert posts[0].entities == (Entity(0, 2, "PER"),)
    assert problems == []


def test_an_entity_never_ended_is_called_so() -> None:
    _, problems = read("a\tB-PER\nb\tO\n", scheme="bioes")
    assert (
        problems[0].message
        == "tag B-PER of token 'a' begins an entity that is never ended: taken as an entity"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"^posts\.txt: holds no posts$"),
        (b" \n\n", r"^posts\.txt: holds no posts$"),
        (b"IMGID:1\n", r"^posts\.txt: holds no posts$"),
        (
            b"IMGID:1\na\tO\nb\tS-PER\n",
            r"^posts\.txt:3: tag 'S-PER' is not one of the IOB2 scheme: expected O, B-LABEL, I-LABEL; correct the line, or say by which scheme",
        ),
        (b"IMGID:1\na\t0\n", r"^posts\.txt:2: tag '0' is not one of"),
        (
            b"I saw Obama in Paris\nhello Rome\n",
            r"^posts\.txt:1: 'I saw Obama in Paris' has blanks but no TAB: expected token TAB tag; a file with a raw post a line",
        ),
        (
            b"1,so " + b"long " * 20 + b"\n",
            r"^posts\.txt:1: '1,so long [^']{30}\.\.\.' has blanks but no TAB: expected token TAB tag; .*--input-format text",
        ),
        (
            b"Obama NNP B-PER\n",
            r"^posts\.txt:1: 'Obama NNP B-PER' has blanks but no TAB: expected token TAB tag",
        ),
        (
            b"IMGID:1\na\tNN\tO\n",
            r"^posts\.txt:2: 3 columns: expected token TAB tag; remove the other columns$",
        ),
        (
            b"IMGID:1\na\tO\nM\xfcnchen\tB-LOC\n",
            r"^posts\.txt:3: not UTF-8: byte 2 of the line is 0xfc; convert the file to UTF-8$",
        ),
        (
            "IMGID:1\na\tO\n".encode("utf-16"),
            r"^posts\.txt:1: not UTF-8: byte 1 of the line is 0xff",
        ),
    ],
    ids=[
        "empty",
        "blank",
        "no tokens",
        "scheme",
        "zero",
        "raw text",
        "csv",
        "blanks",
        "columns",
        "latin-1",
        "utf-16",
    ],
)
@pytest.mark.parametrize("strict", [False, True])
def test_errors_name_file_and_line(content: bytes, message: str, strict: bool) -> None:
    if strict and content == b"IMGID:1\n":
        message = r"^posts\.txt:1: post '1' has no tokens: left out \(empty-post, an error in strict mode\)$"
    with pytest.raises(InputError, match=message):
        read(content, strict=strict)


def test_strict_makes_the_first_problem_an_error() -> None:
    with pytest.raises(
        InputError,
        match=r"^posts\.txt:2: token 'a' has no tag.*\(missing-tag, an error in strict mode\)$",
    ):
        read("IMGID:1\na\nb\tI-PER\n", strict=True)


def test_one_warning_of_each_kind_names_the_first_and_the_count() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert len(list(read_posts(io.BytesIO(b"IMGID:1\na\nb\n\nIMGID:1\nc\tI-PER\n")))) == 2
    assert all(issubclass(warning.category, DataWarning) for warning in caught)
    assert [str(warning.message) for warning in caught] == [
        "<stream>:2: token 'a' has no tag: read as O (expected token TAB tag) (missing-tag: 2 in this file)",
        "<stream>:6: tag I-PER of token 'c' continues no entity: taken as an entity (orphan-tag: 1 in this file)",
        "<stream>:5: post id '1' was given in line 1 already: both are kept (duplicate-id: 1 in this file)",
    ]


def test_paths_text_streams_and_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "posts.txt"
    path.write_text(PLAIN, encoding="utf-8")
    assert list(read_posts(path)) == list(read_posts(str(path))) == POSTS
    assert list(read_posts(io.StringIO(PLAIN))) == POSTS
    with path.open(encoding="latin-1") as stream:
        assert list(read_posts(stream)) == POSTS
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PLAIN.encode())))
    assert list(read_posts("-")) == POSTS


def test_a_path_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.txt: cannot be read: No such file"):
        list(read_posts(tmp_path / "nowhere.txt"))
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        list(read_posts(tmp_path))


class EndlessFile(io.RawIOBase):
    """Posts of one token, for ever."""

    def __init__(self) -> None:
        self._lines = cycle([b"a\tO\n", b"\n"])

    def readline(self, size: int | None = -1, /) -> bytes:
        return next(self._lines)


def test_posts_come_before_the_file_ends() -> None:
    posts = read_posts(cast(BinaryIO, EndlessFile()))
    assert [next(posts).id for _ in range(3)] == ["1", "2", "3"]


@pytest.mark.parametrize("format", ["auto", "imgid", "conll", "jsonl", "text"])
@given(
    lines=st.lists(
        st.binary(max_size=6)
        | st.sampled_from(
            [b"IMGID:", b"IMGID:1", b"a\tO", b"\tB-X", b"a\tI-X", b'{"text": "\\ud800 a"}', b"{}"]
        ),
        max_size=6,
    )
)
def test_whatever_the_bytes_there_are_posts_or_a_clear_error(
    format: Format, lines: list[bytes]
) -> None:
    try:
        posts, _ = read(b"\n".join(lines), format=format)
    except InputError as exc:
        assert str(exc).startswith("posts.txt:")  # noqa: PT017
    else:
        assert all(post.tokens and "" not in post.tokens for post in posts)


def test_an_unknown_format_is_refused_at_once() -> None:
    with pytest.raises(
        InputError,
        match="format 'xml' is not known: expected one of auto, imgid, conll, jsonl, text",
    ):
        read_posts("posts.txt", format="xml")  # type: ignore[arg-type]


def test_an_unknown_scheme_or_policy_is_refused_at_once() -> None:
    with pytest.raises(
        InputError, match="scheme 'x' is not known: expected one of iob1, iob2, bioes"
    ):
        read_posts("posts.txt", scheme="x")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="orphans 'x' is not known: expected one of begin, drop"):
        read_posts("posts.txt", orphans="x")  # type: ignore[arg-type]


def test_numbered_posts_know_where_they_start() -> None:
    assert [number for number, _ in read_numbered_posts(io.BytesIO(PLAIN.encode()))] == [1, 6]


def test_raw_text() -> None:
    posts, _ = read("Hello  New York\r\n\nbye\n", format="text")
    assert posts[0] == Post(
        "1", ("Hello", "New", "York"), text="Hello  New York", offsets=((0, 5), (7, 10), (11, 15))
    )
    assert posts[1].id == "3"


def test_a_raw_line_of_nothing_that_is_seen_is_left_out() -> None:
    posts, problems = read("a\n\u200b\u2060\nb", format="text")
    assert [post.id for post in posts] == ["1", "3"]
    assert kinds_and_lines(problems) == [("empty-post", 2)]


class TestJsonl:
    def test_all_of_a_post(self) -> None:
        line = (
            '{"id": "a", "tokens": ["New", "York"], "text": "New York", "offsets": [[0, 3], [4, 8]], "picture": "p.jpg", "caption": "a city", "likes": 3, '
            '"entities": [{"start": 0, "end": 2, "label": "LOC", "probability": 1, "text": "New York", "start_char": 0, "end_char": 8, "note": null}]}\n'
        )
        entity = Entity(0, 2, "LOC", 1.0, "New York", 0, 8)
        posts, problems = read(line)
        assert posts == [
            Post("a", ("New", "York"), (entity,), "p.jpg", "a city", "New York", ((0, 3), (4, 8)))
        ]
        assert kinds_and_lines(problems) == [("unknown-key", 1)] * 2

    def test_keys_that_are_not_known_are_named(self) -> None:
        line = '{"text": "a", "image": "p.jpg", "likes": 3}\n'
        _, problems = read('{"text": "a"}\n' + line)
        assert str(problems[0]) == (
            "posts.txt:2: post '2' has `image`, `likes`: left out (known are `id`, `tokens`, `entities`, `picture`, `caption`, `text`, `offsets`, `annotated`)"
        )
        with pytest.raises(
            InputError,
            match=r"^posts\.txt:1: post '1' has `image`, `likes`: .*\(unknown-key, an error in strict mode\)$",
        ):
            read(line, strict=True)
        with pytest.warns(
            DataWarning, match=r"`image`.*\(unknown-key: 2 in this file\)$"
        ) as warned:
            assert len(list(read_posts(io.StringIO(line * 2)))) == 2
        assert len(warned) == 1

    def test_keys_of_entities_that_are_not_known_are_named(self) -> None:
        _, problems = read(
            '{"tokens": ["a", "b"], "entities": [{"start": 0, "end": 1, "label": "X", "score": 0.5}]}\n'
        )
        assert str(problems[0]) == (
            "posts.txt:1: entities of post '1' have `score`: left out (known are `start`, `end`, `label`, `probability`, `text`, `start_char`, `end_char`)"
        )

    def test_keys_that_mner_writes_are_known(self) -> None:
        post = Post(
            "1", ("a",), (Entity(0, 1, "X", 0.5, "a", 0, 1),), "p", "c", "a", ((0, 1),), ("X",)
        )
        stream = io.StringIO()
        write_posts([post], stream, format="jsonl")
        assert (
            read(stream.getvalue())[1]
            == read('{"text": "a", "explanation": {"picture": "absent"}}\n')[1]
            == []
        )

    def test_a_post_of_a_picture_alone_is_left_out(self) -> None:
        posts, problems = read('{"text": null, "picture": "p.jpg"}\n{"text": "a", "picture": ""}\n')
        assert [(post.id, post.picture) for post in posts] == [("2", None)]
        assert kinds_and_lines(problems) == [("empty-post", 1)]

    def test_text_alone_is_tokenised(self) -> None:
        posts, _ = read('\n{"text": "hi 😀  there", "picture": "1.jpg"}\n{"text": "bye"}')
        assert posts[0] == Post(
            "1",
            ("hi", "😀", "there"),
            None,
            "1.jpg",
            text="hi 😀  there",
            offsets=((0, 2), (3, 4), (6, 11)),
        )
        assert posts[1].id == "2"

    def test_entities_come_in_order_and_numbers_are_ids(self) -> None:
        posts, _ = read(
            '{"id": 12, "tokens": ["a", "b"], "entities": [{"start": 1, "end": 2, "label": "X"}, {"start": 0, "end": 1, "label": "Y"}]}'
        )
        assert posts == [Post("12", ("a", "b"), (Entity(0, 1, "Y"), Entity(1, 2, "X")))]

    def test_no_entities_differ_from_unknown_ones(self) -> None:
        posts, _ = read(
            '{"tokens": ["a"], "entities": []}\n{"tokens": ["a"], "entities": null}\n{"tokens": ["a"]}'
        )
        assert [post.entities for post in posts] == [(), None, None]

    def test_half_a_character_and_empty_posts(self) -> None:
        posts, problems = read(
            '{"id": "a", "tokens": ["x\\ud83d", "\\ud83d\\ude00", "\\\\ud83d"]}\n{"id": "b", "text": " "}'
        )
        assert [post.tokens for post in posts] == [("x\ufffd", "😀", "\\ud83d")]
        assert kinds_and_lines(problems) == [("lone-surrogate", 1), ("empty-post", 2)]

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ('{"id": "b"', "expected one JSON object a line, got something else"),
            ('{"x":' * 100_000, "expected one JSON object a line, got something else"),
            ("[1]", "expected a JSON object, got list"),
            ('{"id": "b"}', "a post needs `tokens` or `text`, got neither"),
            (
                '{"id": "", "text": "a"}',
                "`id` must be a string that is not empty, or an integer, got ''",
            ),
            (
                '{"id": true, "text": "a"}',
                "`id` must be a string that is not empty, or an integer, got True",
            ),
            ('{"tokens": "a b"}', "`tokens` must be a list of strings, got 'a b'"),
            ('{"tokens": ["a", 1]}', "`tokens` must be a list of strings"),
            (
                '{"tokens": ["a", ""]}',
                "token 1 of `tokens` is empty: expected at least one character",
            ),
            (
                '{"tokens": ["a"], "annotated": "PER"}',
                "`annotated` must be a list of labels or null, got 'PER'",
            ),
            (
                '{"tokens": ["a"], "entities": [{"start": 0, "end": 1, "label": "X"}], "annotated": ["Y"]}',
                r"entity \(0, 1, 'X'\) is of a label that `annotated` does not hold",
            ),
            ('{"text": 5}', "`text` must be a string or null, got 5"),
            ('{"text": "a", "picture": []}', "`picture` must be a string or null"),
            (
                '{"text": "a", "entities": [{"start": 0, "end": 1, "label": "X"}]}',
                "the post has only `text`: give its `tokens` too",
            ),
            ('{"tokens": ["a"], "entities": {}}', "`entities` must be a list or null"),
            (
                '{"tokens": ["a"], "entities": [[0, 1, "X"]]}',
                "an entity must be an object with start, end and label",
            ),
            (
                '{"tokens": ["a"], "entities": [{"start": 0, "label": "X"}]}',
                "an entity needs integers `start` and `end`",
            ),
            (
                '{"tokens": ["a"], "entities": [{"start": false, "end": 1, "label": "X"}]}',
                "an entity needs integers `start` and `end`",
            ),
            (
                '{"tokens": ["a"], "entities": [{"start": 0, "end": 1, "label": ""}]}',
                "and a string `label`",
            ),
            (
                '{"tokens": ["a"], "entities": [{"start": 0, "end": 2, "label": "X"}]}',
                "entity X at tokens 0 to 2 does not fit a post of 1 tokens",
            ),
            (
                '{"tokens": ["a"], "entities": [{"start": 0, "end": 1, "label": "X"}, {"start": 0, "end": 1, "label": "Y"}]}',
                "overlap: keep one of them",
            ),
            (
                '{"tokens": ["a"], "entities": [{"start": 0, "end": 1, "label": "X", "probability": NaN}]}',
                "`probability` must be a number from 0 to 1, got nan",
            ),
            (
                '{"tokens": ["a"], "entities": [{"start": 0, "end": 1, "label": "X", "start_char": 3}]}',
                "`start_char` and `end_char` must be two integers",
            ),
            ('{"tokens": ["a"], "offsets": [[0, 1]]}', "`offsets` without the `text`"),
            (
                '{"tokens": ["a"], "text": "a", "offsets": [[0, 2]]}',
                "must be 1 pairs .start, end. with start < end within the 1 characters of the text",
            ),
            (
                '{"tokens": ["a"], "text": "a", "offsets": [[1, 1]]}',
                "must be 1 pairs .start, end. with start < end within",
            ),
            (
                '{"tokens": ["a", "b"], "text": "a b", "offsets": [[2, 3], [0, 1]]}',
                r"must be in order and not overlap, .* got \[0, 1\] after \[2, 3\]",
            ),
            (
                '{"tokens": ["a", "b"], "text": "a b", "offsets": [[0, 2], [1, 3]]}',
                r"must be in order and not overlap, .* got \[1, 3\] after \[0, 2\]",
            ),
            ('{"tokens": ["a"], "text": "a", "offsets": []}', "must be 1 pairs"),
        ],
    )
    def test_errors_name_file_and_line(self, line: str, message: str) -> None:
        with pytest.raises(InputError, match=r"^posts\.txt:2: .*" + message):
            read('{"text": "a"}\n' + line + "\n")

    def test_columns_that_begin_with_a_brace_are_no_json(self) -> None:
        posts, _ = read('{\tO\n"\tO\n')
        assert posts == [Post("1", ("{", '"'), ())]


@pytest.mark.parametrize(
    ("name", "posts", "tokens", "entities", "orphans", "bare", "longest"),
    [
        ("twitter2015/train.txt", 4000, 64_439, 6352, 186, 104, 37),
        ("twitter2015/valid.txt", 1000, 16_178, 1594, 53, 31, 41),
        ("twitter2015/test.txt", 3257, 52_822, 5207, 135, 89, 36),
        ("twitter2017/train.txt", 3373, 53_007, 6049, 0, 392, 50),
        ("twitter2017/valid.txt", 723, 11_309, 1324, 0, 76, 33),
        ("tweets/wnut17.train.conll", 3394, 62_730, 1975, 0, 2166, 41),
        ("tweets/btc.train.conll", 6338, 99_933, 8779, 0, 2393, 57),
    ],
)
def test_real_files(
    real_data: Path,
    name: str,
    posts: int,
    tokens: int,
    entities: int,
    orphans: int,
    bare: int,
    longest: int,
) -> None:
    problems: list[Problem] = []
    read_all = list(read_posts(real_data / name, on_problem=problems.append))
    spans = [entity for post in read_all for entity in post.entities or ()]
    lengths = [len(post.tokens) for post in read_all]
    assert (
        len(read_all),
        sum(lengths),
        len(spans),
        sum(not post.entities for post in read_all),
        max(lengths),
    ) == (posts, tokens, entities, bare, longest)
    assert [problem.kind for problem in problems] == ["orphan-tag"] * orphans


def test_real_raw_posts(real_data: Path) -> None:
    with pytest.warns(DataWarning, match=r"`image`: left out .*unknown-key: 500 in this file"):
        posts = list(read_posts(real_data / "posts" / "posts.jsonl"))
    assert len(posts) == 500
    assert all(post.text is not None and post.entities is None for post in posts)


@pytest.mark.parametrize(
    ("format", "content", "ids", "errors"),
    [
        (
            "jsonl",
            b'{"id": "a", "text": "x"}\n{"id"\n{"id": "\xff", "text": "y"}\n{"id": "b", "text": "z"}\n',
            ["a", "b"],
            ["2: expected one JSON", "3: not UTF-8: byte 9"],
        ),
        ("text", b"x\ny\xffz\nw\n", ["1", "3"], ["2: not UTF-8: byte 2 of the line is 0xff"]),
        (
            "conll",
            b"a\tO\n\nb\tO\nc\tNN\tO\nd\tO\n\ne\xff\tO\nf\tO\n\ng\tX\n\nh\tO\n",
            ["1", "5"],
            ["4: 3 columns", "7: not UTF-8: byte 2", "10: tag 'X' is not one of"],
        ),
        (
            "imgid",
            b"IMGID:1\na\tO\n\nIMGID:2\xff\nb\tO\n\nIMGID:3\nc\tO\n",
            ["1", "3"],
            ["4: not UTF-8: byte 8"],
        ),
    ],
    ids=["jsonl", "text", "conll", "imgid"],
)
def test_what_cannot_be_read_is_left_out_on_request(
    format: Format, content: bytes, ids: list[str], errors: list[str]
) -> None:
    refused: list[InputError] = []
    posts = list(read_posts(io.BytesIO(content), format=format, on_error=refused.append))
    assert [post.id for post in posts] == ids
    assert [
        str(error).startswith(f"<stream>:{expected}")
        for error, expected in zip(refused, errors, strict=True)
    ] == [True] * len(errors)


def test_nothing_but_bad_lines_is_no_post() -> None:
    with pytest.raises(InputError, match="holds no posts"):
        list(read_posts(io.BytesIO(b"{\n{\n"), on_error=lambda _: None))


def test_ids_are_compared_only_on_request() -> None:
    problems: list[Problem] = []
    content = b'{"id": "a", "text": "x"}\n' * 3
    assert (
        len(list(read_posts(io.BytesIO(content), on_problem=problems.append, check_ids=False))) == 3
    )
    assert problems == []
    list(read_posts(io.BytesIO(content), on_problem=problems.append))
    assert kinds_and_lines(problems) == [("duplicate-id", 2), ("duplicate-id", 3)]


def test_standard_input_is_read_to_its_end_in_another_process(tmp_path: Path) -> None:
    path = tmp_path / "posts.txt"
    path.write_text(PLAIN, encoding="utf-8")
    program = "from mner.posts.read import read_posts; print([post.id for post in read_posts('-')])"
    with path.open("rb") as stream:
        done = subprocess.run(
            [sys.executable, "-c", program],
            stdin=stream,
            capture_output=True,
            text=True,
            check=True,
        )
    assert done.stdout == "['7', '8']\n"


def test_raw_text_of_odd_characters() -> None:
    for text in ("😀👩‍👩‍👧 🇩🇪", "\u202eשלום עולם", "a\x00b", "x" * 100_000, "word " * 5_000):
        post = raw_post("1", text)
        assert post.offsets is not None
        assert post.tokens == tuple(text[start:end] for start, end in post.offsets)
    assert raw_post("1", "a\udcffb 😀").text == "a\ufffdb 😀"
    assert raw_post("1", "").tokens == ()
