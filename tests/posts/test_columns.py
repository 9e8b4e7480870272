import io

import pytest

from mner.errors import InputError
from mner.formats import Scheme
from mner.posts.read import read_posts
from mner.types import Entity, Post
from tests.posts.content import PLAIN, POSTS, kinds_and_lines, read


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
        "a b",
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
    content = b"IMGID:1\na\tO\nb\tI-PER\nc\tI-PER\nd\tB-LOC\n"
    posts, problems = read(content)
    assert posts[0].entities == (Entity(1, 3, "PER"), Entity(3, 4, "LOC"))
    assert kinds_and_lines(problems) == [("orphan-tag", 3)]
    assert problems[0].message == "tag I-PER of token 'b' continues no entity: taken as an entity"
    (post,) = read_posts(io.BytesIO(content), orphans="drop", on_problem=problems.append)
    assert post.entities == (Entity(3, 4, "LOC"),)
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


def test_posts_without_tokens_are_kept_and_tokens_without_characters_left_out() -> None:
    posts, problems = read("IMGID:1\nIMGID:2\na\tO\n\tO\nb\tB-PER\n\nIMGID:3\n")
    assert [post.id for post in posts] == ["1", "2", "3"]
    assert [post.entities for post in posts] == [(), (Entity(1, 2, "PER"),), ()]
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
        (
            b"IMGID:1\na\tB-PER\nb\tPER\n",
            r"^posts\.txt:3: tag 'PER' is not one of the IOB2 scheme: expected O, B-LABEL, "
            "I-LABEL; correct the line, or say by which scheme",
        ),
        (b"IMGID:1\na\t0\n", r"^posts\.txt:2: tag '0' is not one of"),
        (
            b"I saw Obama in Paris\nhello Rome\n",
            r"^posts\.txt:1: 'I saw Obama in Paris' has blanks but no TAB: expected token TAB tag; "
            "a file with a raw post per line",
        ),
        (
            b"1,so " + b"long " * 20 + b"\n",
            r"^posts\.txt:1: '1,so long [^']{30}\.\.\.' has blanks but no TAB: expected token TAB "
            "tag; .*--input-format text",
        ),
        (
            b"Obama NNP B-PER\nsees VBZ\nRome NNP B-LOC\n",
            r"^posts\.txt:2: 2 columns: expected 3 columns parted by blanks, as in the first lines",
        ),
        (
            b"IMGID:1\na\tO\nb\tO\nc\tNN\tO\n",
            r"^posts\.txt:4: 3 columns: expected token TAB tag, as in the first lines; correct",
        ),
        (
            b"IMGID:1\na\tO\nM\xfcnchen\tB-LOC\n",
            r"^posts\.txt:3: not UTF-8: byte 2 of the line is 0xfc; convert the file to UTF-8$",
        ),
        (
            "IMGID:1\na\tO\n".encode("utf-16"),
            r"^posts\.txt: is in UTF-16: save it in UTF-8, in Excel as CSV UTF-8$",
        ),
    ],
    ids=[
        "empty",
        "blank",
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
    with pytest.raises(InputError, match=message):
        read(content, strict=strict)


def test_a_post_without_words_is_an_error_in_strict_mode() -> None:
    with pytest.raises(
        InputError,
        match=r"^posts\.txt:1: post '1' has no words: kept, without entities; training and scoring "
        r"leave it out \(empty-post, an error in strict mode\)$",
    ):
        read("IMGID:1\n", strict=True)


def test_lines_without_tokens_are_no_post() -> None:
    posts, problems = read("a\tO\n\n\tO\n\nb\tO\n")
    assert [post.tokens for post in posts] == [("a",), ("b",)]
    assert kinds_and_lines(problems) == [("empty-token", 3), ("empty-post", 3)]
    assert problems[1].message == "post '2' has no tokens: left out"
