import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mner.errors import InputError
from mner.posts.read import read_posts
from mner.posts.reading import Columns
from mner.types import Entity, Post
from tests.posts.content import kinds_and_lines, read

LIMA = (Entity(0, 1, "LOC"),)


def noted(content: str, caplog: pytest.LogCaptureFixture, **options: str) -> tuple[list[Post], str]:
    caplog.clear()
    with caplog.at_level("INFO", "mner"):
        posts = list(read_posts(io.BytesIO(content.encode()), columns=options.get("columns")))
    return posts, "; ".join(message.partition("read as: ")[2] for message in caplog.messages)


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (
            "-DOCSTART- -X- -X- O\n\nLima NNP I-NP B-LOC\nis VBZ I-VP O\n",
            "4 columns parted by blanks, token in column 1, tag in column 4; "
            "1 -DOCSTART- line left out",
        ),
        ("-DOCSTART-\tO\n\nLima\tB-LOC\nis\tO\n-DOCSTART-\tO\n", "2 -DOCSTART- lines left out"),
        (
            "Lima -X- _ B-LOC\nis -X- _ O\n",
            "4 columns parted by blanks, token in column 1, tag in column 4",
        ),
        (
            "Lima  B-LOC\nis    O\n",
            "2 columns parted by blanks, token in column 1, tag in column 2",
        ),
        (
            "Lima\t\tB-LOC\nis\t\tO\n",
            "3 columns parted by TAB, token in column 1, tag in column 3",
        ),
        (
            "#\tn-tv.de [2005-02-26]\n1\tLima\tB-LOC\tB-ORG\n2\tis\tO\tO\n",
            "4 columns parted by TAB, column 1 counts the tokens, token in column 2, "
            "tag in column 3",
        ),
        (
            "# newdoc\n# text = Lima is\n1\tLima\tNNP\tB-LOC\n1.1\tnot\tRB\tO\n2-3\tis\tVB\tO\n"
            "2\tis\tVB\tO\n",
            "4 columns parted by TAB, column 1 counts the tokens, token in column 2, "
            "tag in column 4",
        ),
        ("# tweet 17\nLima\tB-LOC\nis\tO\n", ""),
        (
            "# tweet 17\nLima B-LOC\nis O\n",
            "2 columns parted by blanks, token in column 1, tag in column 2",
        ),
        ("Lima\tB-LOC\ris\tO\r", ""),
        ("Lima\tB-LOC\nis\tO\n\u00a0 \n\u2003\n", ""),
    ],
    ids=[
        "CoNLL-2003",
        "docstart",
        "Label Studio",
        "several blanks",
        "double TAB",
        "GermEval",
        "CoNLL-U",
        "comment",
        "comment before blanks",
        "CR alone",
        "white space",
    ],
)
def test_layouts(content: str, note: str, caplog: pytest.LogCaptureFixture) -> None:
    posts, said = noted(content, caplog)
    assert posts == [Post("1", ("Lima", "is"), LIMA)]
    assert said == note


def test_pictures_beside_columns_parted_by_blanks() -> None:
    posts, problems = read("IMGID: 7\nLima B-LOC\nis O\nIMGID:8\nLima B-LOC\n")
    assert posts == [
        Post("7", ("Lima", "is"), LIMA, picture="7"),
        Post("8", ("Lima",), LIMA, picture="8"),
    ]
    assert problems == []


def test_comments_give_ids_and_hashtags_are_no_comments() -> None:
    posts, problems = read(
        "# sent_id = a 7\n#travel\tB-LOC\n#\tO\n# x\tO\n\n# 17\n#\tO\n\n#travel\nis\tO\n"
    )
    assert [(post.id, post.tokens) for post in posts] == [
        ("a 7", ("#travel", "#", "# x")),
        ("2", ("#",)),
        ("3", ("#travel", "is")),
    ]
    assert kinds_and_lines(problems) == [("missing-tag", 9)]
    assert [post.tokens for post in read("# O\n#travel B-LOC\n")[0]] == [("#", "#travel")]
    with pytest.raises(InputError, match=r"^posts\.txt:2: '# later' has blanks but no TAB"):
        read("a\tO\n# later\nb\tO\n")


def test_a_mark_of_documents_is_a_word_of_its_own() -> None:
    (post,), _ = read("-DOCSTART-ed\tO\n")
    assert post.tokens == ("-DOCSTART-ed",)


def test_columns_that_are_named(caplog: pytest.LogCaptureFixture) -> None:
    content = "O Lima B-LOC B-ORG\nO is O O\n"
    posts, note = noted(content, caplog, columns="token=2,tag=3")
    assert posts == [Post("1", ("Lima", "is"), LIMA)]
    assert note == "4 columns parted by blanks, token in column 2, tag in column 3"
    (post,), note = noted(content, caplog, columns="token=-3")
    assert post == Post("1", ("Lima", "is"), (Entity(0, 1, "ORG"),))
    assert note == "4 columns parted by blanks, token in column 2, tag in column 4"


@pytest.mark.parametrize(
    ("content", "columns", "message"),
    [
        (
            "O\tAnn\nO\tflew\n",
            None,
            "column 2 holds 'Ann' and no tags, but column 1 does: name the "
            "columns by --columns token=2,tag=1$",
        ),
        ("a\tO\n", "predicted=2", "which only `mner score` of one file reads: remove predicted=N"),
        ("a\tO\n", "tag=3", "column 3 for the tag is not there: the first lines have 2 columns"),
        ("a\tO\n", "token=2", "have 2 columns, and column 2 cannot hold both token and tag"),
        ("Lima,B-LOC\nis,O\n", None, "'Lima,B-LOC': token and tag are parted by ',', which is not"),
        ("Lima|B_LOC\nis|O\n", None, "'Lima|B_LOC': token and tag are parted by '|'"),
        ("Lima/B-LOC is/O\n", None, "'Lima/B-LOC is/O': token and tag are parted by '/'"),
        ("Lima;S-LOC\n", None, "parted by ';'.*one token a line.*replace it by a TAB"),
    ],
    ids=[
        "swapped",
        "predicted",
        "no column",
        "one column twice",
        "comma",
        "pipe",
        "slash",
        "semicolon",
    ],
)
def test_what_is_not_supported_is_named(content: str, columns: str | None, message: str) -> None:
    with pytest.raises(InputError, match=message.replace("|", r"\|")):
        list(read_posts(io.BytesIO(content.encode()), columns=columns))


@pytest.mark.parametrize("text", ["", "token", "token=0", "tag=x", "token=1,token=2", "id=1"])
def test_columns_that_cannot_be_named(text: str) -> None:
    with pytest.raises(InputError, match="are not known: expected a name and a number"):
        Columns.parse(text)


def test_without_tags_posts_are_not_annotated() -> None:
    posts, problems = read("Ann\nflew\n\nok\n")
    assert [(post.tokens, post.entities) for post in posts] == [
        (("Ann", "flew"), None),
        (("ok",), None),
    ]
    assert problems == []
    posts, problems = read("Ann\nflew\n\nok\tO\nnot\n")
    assert [post.entities for post in posts] == [None, ()]
    assert kinds_and_lines(problems) == [("missing-tag", 5)]


def test_padded_tokens_are_trimmed() -> None:
    (post,), problems = read("Ann \tB-PER\n flew\tO\n \tO\n")
    assert post == Post("1", ("Ann", "flew"), (Entity(0, 1, "PER"),))
    assert kinds_and_lines(problems) == [
        ("padded-token", 1),
        ("padded-token", 2),
        ("empty-token", 3),
    ]


def test_a_file_without_blank_lines_seems_to_be_several_posts() -> None:
    sentences = "Ann\tB-PER\nflew\tO\n.\tO\nBob\tB-PER\n.\tO\n"
    (post,), problems = read(sentences)
    assert len(post.tokens) == 5
    assert kinds_and_lines(problems) == [("no-blank-line", 1)]
    assert read(sentences + "\n")[1] == []
    assert kinds_and_lines(read("a\tO\n" * 101)[1]) == [("no-blank-line", 1)]
    assert read("a\tO\n" * 100)[1] == []
    assert read("IMGID:1\n" + sentences)[1] == []


@pytest.mark.parametrize("bracket", ["{", "["])
@pytest.mark.parametrize("separator", ["\t", " "])
def test_a_bracket_as_the_first_token_is_no_json(bracket: str, separator: str) -> None:
    content = f"{bracket} - O\n0 - O\n\n".replace(" ", separator)
    assert [post.tokens for post in read_posts(io.BytesIO(content.encode()))] == [(bracket, "0")]


WORDS = st.text(st.characters(exclude_categories=["Cs", "Z", "Cc"]), min_size=1, max_size=4).filter(
    lambda word: not word.startswith(("-DOCSTART-", "IMGID:", "\ufeff", "#"))
)
ROWS = st.lists(st.tuples(WORDS, st.sampled_from(["O", "B-PER", "B-LOC"])), min_size=2, max_size=6)


@pytest.mark.parametrize("separator", ["\t", " ", "   "])
@pytest.mark.parametrize("between", [0, 1, 3])
@pytest.mark.parametrize("is_numbered", [False, True])
@given(posts=st.lists(ROWS, min_size=1, max_size=3))
def test_any_number_of_columns_gives_the_same_posts(
    separator: str, between: int, is_numbered: bool, posts: list[list[tuple[str, str]]]
) -> None:
    lines = []
    for rows in posts:
        for number, (token, tag) in enumerate(rows, start=1):
            first = [str(number)] if is_numbered else ["x"] * (between == 3)
            lines.append(separator.join([*first, token, *["-"] * between, tag]))
        lines.append("")
    column = 2 if is_numbered or between == 3 else 1
    content = "\n".join([*lines, ""]).encode()
    read_back = list(read_posts(io.BytesIO(content), columns=f"token={column}"))
    assert [post.tokens for post in read_back] == [tuple(t for t, _ in rows) for rows in posts]
    assert [[entity.label for entity in post.entities or ()] for post in read_back] == [
        [tag[2:] for _, tag in rows if tag != "O"] for rows in posts
    ]
