import io
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mner.errors import DataWarning, InputError, Problem
from mner.formats import Format
from mner.posts.read import read_numbered_posts, read_posts
from tests.posts.content import PLAIN, kinds_and_lines, read


def test_strict_makes_the_first_problem_an_error() -> None:
    with pytest.raises(
        InputError,
        match=r"^posts\.txt:2: token 'a' has no tag.*\(missing-tag, an error in strict mode\)$",
    ):
        read("IMGID:1\na\nb\tI-PER\nc\tB-LOC\n", strict=True)


def test_one_warning_of_each_kind_names_the_first_and_the_count() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert (
            len(
                list(
                    read_posts(
                        io.BytesIO(
                            b"IMGID:1\na\nb\nc\tO\n\nIMGID:1\nc\tI-PER\nd\tB-PER\n\nIMGID:2\ne\tB-PER\n"
                        )
                    )
                )
            )
            == 3
        )
    assert all(issubclass(warning.category, DataWarning) for warning in caught)
    assert [str(warning.message) for warning in caught] == [
        "<stream>:2: token 'a' has no tag: read as O (expected token TAB tag) "
        "(missing-tag: 2 in this file)",
        "<stream>:7: tag I-PER of token 'c' continues no entity: taken as an entity "
        "(orphan-tag: 1 in this file)",
        "<stream>:6: post id '1' was given in line 1 already: both are kept "
        "(duplicate-id: 1 in this file)",
    ]


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
        assert posts
        assert all("" not in post.tokens for post in posts)


def test_an_unknown_format_is_refused_at_once() -> None:
    with pytest.raises(
        InputError,
        match="format 'xml' is not known: expected one of auto, imgid, conll, jsonl, text",
    ):
        read_posts("posts.txt", format="xml")  # type: ignore[arg-type]


def test_an_unknown_scheme_or_policy_is_refused_at_once() -> None:
    with pytest.raises(
        InputError, match="scheme 'x' is not known: expected one of auto, iob1, iob2, bioes"
    ):
        read_posts("posts.txt", scheme="x")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="orphans 'x' is not known: expected one of begin, drop"):
        read_posts("posts.txt", orphans="x")  # type: ignore[arg-type]


def test_numbered_posts_know_where_they_start() -> None:
    assert [number for number, _ in read_numbered_posts(io.BytesIO(PLAIN.encode()))] == [1, 6]


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
        ("tweets/tweebank.dev.conll", 700, 11_562, 417, 0, 430, 39),
        ("cp_mner/valid.txt", 119, 32_304, 3204, 17, 0, 499),
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
    kinds = [problem.kind for problem in problems if problem.kind != "padded-token"]
    assert kinds == ["orphan-tag"] * orphans
    assert len(problems) - len(kinds) == (17 if name == "tweets/btc.train.conll" else 0)


def test_real_raw_posts(real_data: Path) -> None:
    posts = list(read_posts(real_data / "posts" / "posts.jsonl"))
    assert len(posts) == 500
    assert all(str(post.picture).startswith("images/") for post in posts)
    assert all(post.text is not None and post.entities is None for post in posts)


@pytest.mark.parametrize(
    ("format", "content", "ids", "errors"),
    [
        (
            "jsonl",
            b'{"id": "a", "text": "x"}\n{"id"\n'
            b'{"id": "\xff", "text": "y"}\n{"id": "b", "text": "z"}\n',
            ["a", "b"],
            ["2: expected one JSON", "3: not UTF-8: byte 9"],
        ),
        ("text", b"x\ny\xffz\nw\n", ["1", "3"], ["2: not UTF-8: byte 2 of the line is 0xff"]),
        (
            "conll",
            b"a\tO\n\nb\tO\nc\tNN\tO\nd\tO\n\ne\xff\tO\nf\tO\n\ng\t0\n\nh\tO\n",
            ["1", "5"],
            ["4: 3 columns", "7: not UTF-8: byte 2", "10: tag '0' is not one of"],
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
