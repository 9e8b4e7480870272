import io
from pathlib import Path

import pytest

from mner.errors import InputError, Problem
from mner.formats import Format
from mner.posts.read import read_posts
from mner.posts.reading import Fields
from mner.types import Post
from tests.posts.content import kinds_and_lines


def read(
    content: str | bytes,
    *,
    name: str = "posts.csv",
    format: Format = "auto",
    fields: Fields | None = None,
    skip: bool = False,
) -> tuple[list[Post], list[Problem], list[str]]:
    """The posts of a table, its problems, and its errors where rows are skipped."""
    stream = io.BytesIO(content.encode() if isinstance(content, str) else content)
    stream.name = name
    problems: list[Problem] = []
    errors: list[InputError] = []
    posts = read_posts(
        stream,
        format=format,
        fields=fields,
        on_problem=problems.append,
        on_error=errors.append if skip else None,
    )
    return list(posts), problems, list(map(str, errors))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_table_is_recognised_by_its_first_line(delimiter: str, end: str) -> None:
    rows = [["ID", "Text", "Image", "likes", ""], ["a", "Ann in Lima", "p/1.jpg", "3", "x"]]
    content = "\ufeff" + "".join(delimiter.join(row) + end for row in rows)
    posts, problems, _ = read(content, name="posts.txt")
    assert [(post.id, post.tokens, post.picture) for post in posts] == [
        ("a", ("Ann", "in", "Lima"), "p/1.jpg")
    ]
    assert posts[0].extra == {"likes": "3", "column 5": "x"}
    assert posts[0].entities is None
    assert problems == []


@pytest.mark.parametrize("delimiter", [",", "\t"])
@pytest.mark.parametrize("last", ["e-mail", "E-Mail", "E-mail address"])
def test_a_column_of_addresses_is_no_tag(delimiter: str, last: str) -> None:
    rows = [["id", "text", last], ["a", "Ann in Lima", "x@y.z"]]
    posts, _, _ = read("".join(delimiter.join(row) + "\n" for row in rows))
    assert [(post.id, post.extra) for post in posts] == [("a", {last: "x@y.z"})]


def test_a_cell_may_hold_newlines_quotes_and_delimiters() -> None:
    content = 'text,n\n"Ann, ""in""\nLima",1\n\nBob,\n'
    posts, problems, _ = read(content)
    assert [post.text for post in posts] == ['Ann, "in"\nLima', "Bob"]
    assert [post.id for post in posts] == ["1", "2"]
    assert [post.extra for post in posts] == [{"n": "1"}, {"n": None}]
    assert problems == []


def test_ids_from_frames_and_spreadsheets() -> None:
    posts, problems, _ = read("id,text\n12.0,a\n1.23E+17,b\n,c\n")
    assert [post.id for post in posts] == ["12", "1.23E+17", "3"]
    assert kinds_and_lines(problems) == [("lost-digits", 3), ("missing-id", 4)]
    assert "lost digits" in problems[0].message


def test_the_user_names_columns_in_any_case_or_by_number() -> None:
    fields = Fields(text="says", id="nr", picture="PIC", caption="alt")
    posts, _, _ = read("nr;Says;pic;alt;text\n7;Ann;1.jpg;a dog;b\n", fields=fields)
    assert posts[0] == Post("7", ("Ann",), None, "1.jpg", "a dog", "Ann", ((0, 3),))
    assert posts[0].extra == {"text": "b"}
    posts, _, _ = read("7\tAnn\n8\tBob\n", name="x", fields=Fields(text="2", id="1"))
    assert [(post.id, post.text) for post in posts] == [("7", "Ann"), ("8", "Bob")]


def test_columns_of_one_name_are_all_kept() -> None:
    posts, _, _ = read("text,n,n\nAnn,1,2\n")
    assert posts[0].extra == {"n": "1", "n_2": "2"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id,words\n1,a\n", r"x\.csv:1: no column is known .*'id', 'words'.*--text-field"),
        ("Text,body\n1,a\n", r"x\.csv:1: several columns may hold .*'Text', 'body'.*--text-field"),
        ("text,n\nAnn\n", r"x\.csv:2: the row has 1 cell parted by ',', the first row has 2"),
        ("text,n\na,b,c\n", r"x\.csv:2: the row has 3 cells"),
        ('text,n\n"Ann" Roe,2\n', r"x\.csv:2: the quotes .* up to line 2"),
        ('text,n\n"Ann,2\nb,3\n', r"x\.csv:2: the quotes .* up to line 3"),
        ('text,n\n"' + "a" * 140_000, r"x\.csv:2: a cell of the row has more than 131072"),
        ("text,n\nA\0nn,2\n", r"x\.csv:2: the line has a NUL character"),
        (b"text,n\nZo\xeb,2\n", r"x\.csv:2: not UTF-8: byte 3"),
        ("text,n\nAnn,1\n".encode("utf-16"), r"x\.csv: is in UTF-16: .*CSV UTF-8"),
        ("text" + ",n" * 1000 + "\n", r"x\.csv:1: the table has 1001 columns"),
        ("text,n\n", r"x\.csv: holds no posts"),
        ("Lima,B-LOC\nis,O\n", r"x\.csv: 'Lima,B-LOC': token and tag are parted by ','"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", r"x\.csv: is a workbook of an old Excel"),
    ],
)
def test_what_is_refused(content: str | bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(content, name="x.csv")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (Fields(text="nope"), r"--text-field 'nope': no such column; columns are 'id', 'text'"),
        (Fields(picture="nope"), "--picture-field 'nope': no such column"),
        (Fields(text="3"), "--text-field '3': expected the number of a column, from 1 to 2"),
        (Fields(text="1", id="id"), "--id-field 'id': expected the number of a column"),
    ],
)
def test_columns_that_are_not_there(fields: Fields, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read("id,text\n1,a\n", fields=fields)


def test_rows_that_cannot_be_read_are_skipped_and_counted() -> None:
    content = 'text,n\nAnn,1\nBob\nZo\udceb,2\n"x"y,3\nEve,4\n'
    posts, _, errors = read(content.encode("utf-8", "surrogateescape"), skip=True)
    assert [(post.id, post.text) for post in posts] == [("1", "Ann"), ("2", "Eve")]
    assert [error.partition(" ")[0] for error in errors] == [
        "posts.csv:3:",
        "posts.csv:4:",
        "posts.csv:5:",
    ]


@pytest.mark.parametrize("content", ["text\tO\nAnn\tB-PER\n", "Post , I-NP O\n", "text\nAnn\n"])
def test_columns_of_tokens_are_no_table(content: str) -> None:
    posts, _, _ = read(content, name="posts.txt")
    assert posts[0].tokens[0] in ("text", "Post")


def test_a_table_of_texts_alone() -> None:
    posts, _, _ = read("Text\nAnn Roe\n", name="posts.csv")
    assert [post.text for post in posts] == ["Ann Roe"]


def test_a_file_that_is_read_in_part_can_be_closed(tmp_path: Path) -> None:
    path = tmp_path / "posts.json"
    path.write_text('[{"text": "a"}, {"text": "b"}]')
    with path.open("rb") as stream:
        posts = read_posts(stream)
        assert next(posts).text == "a"
    del posts


def test_names_of_columns_may_have_blanks_and_capitals() -> None:
    posts, _, _ = read("Tweet Id,Full Text,Image-Path\n7,in Rome,p.jpg\n")
    assert [(post.id, post.text, post.picture) for post in posts] == [("7", "in Rome", "p.jpg")]
