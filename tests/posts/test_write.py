import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mner.errors import InputError, Problem
from mner.formats import Format, Scheme
from mner.posts.read import read_posts
from mner.posts.write import Style, write_posts
from mner.types import Entity, Post

NEW_YORK = Post("7", ("In", "New", "York"), (Entity(1, 3, "LOC"),), picture="7")
ODD = st.characters(exclude_categories=["Cs"])
HELD_BY_COLUMNS = st.characters(exclude_categories=["Cs"], exclude_characters="\t\n")
TOKENS = st.text(HELD_BY_COLUMNS, min_size=1, max_size=4).filter(
    lambda word: word == word.strip(" \r")
)
"""Of white space, columns keep what is inside of a token and what is no blank."""
UNPADDED = st.text(ODD, min_size=1, max_size=4).filter(lambda word: word == word.strip(" \t\r\n"))
GAPS = st.text(" \t\n\u2003", max_size=2)
LABELS = st.sampled_from(["PER", "creative-work", "Ort\u00a0", "\u2028"])


@st.composite
def posts_of(draw: st.DrawFn, identity: str, *, word: st.SearchStrategy[str] = TOKENS) -> Post:
    """A post that columns can hold, with touching entities and odd characters."""
    tokens: list[str] = []
    entities: list[Entity] = []
    for label, words in draw(
        st.lists(
            st.tuples(st.none() | LABELS, st.lists(word, min_size=1, max_size=3)),
            min_size=1,
            max_size=5,
        )
    ):
        if label is not None:
            entities.append(Entity(len(tokens), len(tokens) + len(words), label))
        tokens += words
    return Post(identity, tuple(tokens), tuple(entities))


def corpora(identities: st.SearchStrategy[str]) -> st.SearchStrategy[list[Post]]:
    unique = st.lists(identities, min_size=1, max_size=4, unique=True)
    return unique.flatmap(lambda ids: st.tuples(*map(posts_of, ids))).map(list)


@st.composite
def full_posts(draw: st.DrawFn) -> Post:
    """A post with all that JSONL can hold; its fields agree."""
    plain = draw(posts_of(draw(st.text(ODD, min_size=1)), word=UNPADDED))
    text, ranges = "", []
    for token in plain.tokens:
        text += draw(GAPS)
        ranges.append((len(text), len(text) + len(token)))
        text += token
    text += draw(GAPS)
    probability = draw(st.none() | st.integers(0, 10_000).map(lambda number: number / 10_000))
    has_text, has_characters = draw(st.tuples(st.booleans(), st.booleans()))
    entities = []
    for entity in plain.entities or ():
        start, end = ranges[entity.start][0], ranges[entity.end - 1][1]
        entities.append(
            replace(
                entity,
                probability=probability,
                text=text[start:end] if has_text else None,
                start_char=start if has_characters else None,
                end_char=end if has_characters else None,
            )
        )
    offsets = draw(st.sampled_from([None, tuple(ranges)]))
    optional = st.none() | st.text(ODD)
    entities_or_none = draw(st.sampled_from([tuple(entities), None]))
    found = tuple(dict.fromkeys(entity.label for entity in entities_or_none or ()))
    annotated = draw(st.none() | st.lists(LABELS).map(lambda others: (*found, *others)))
    return replace(
        plain,
        entities=entities_or_none,
        picture=draw(optional) or None,
        caption=draw(optional),
        text=text,
        offsets=offsets,
        annotated=annotated,
    )


def written(posts: list[Post], style: Style, *, scheme: Scheme = "iob2") -> str:
    stream = io.StringIO()
    write_posts(iter(posts), stream, format=style, scheme=scheme)
    return stream.getvalue()


def read_back(content: str, *, format: Format = "auto", scheme: Scheme = "iob2") -> list[Post]:
    problems: list[Problem] = []
    posts = list(
        read_posts(
            io.BytesIO(content.encode()), format=format, scheme=scheme, on_problem=problems.append
        )
    )
    assert [problem for problem in problems if problem.kind != "duplicate-id"] == []
    return posts


@pytest.mark.parametrize("scheme", ["iob1", "iob2", "bioes", "bilou"])
@given(
    posts=corpora(
        st.text(HELD_BY_COLUMNS, min_size=1).filter(lambda text: text == text.strip(" \r"))
    )
)
def test_imgid_gives_the_same_posts(scheme: Scheme, posts: list[Post]) -> None:
    pictured = [replace(post, picture=post.id) for post in posts]
    assert read_back(written(pictured, "imgid", scheme=scheme), scheme=scheme) == pictured


@pytest.mark.parametrize("scheme", ["iob1", "iob2", "bioes", "bilou"])
@given(
    posts=corpora(st.just("1")).filter(lambda posts: not posts[0].tokens[0].startswith("\ufeff"))
)
def test_two_columns_give_the_same_posts(scheme: Scheme, posts: list[Post]) -> None:
    assert read_back(written(posts, "conll", scheme=scheme), scheme=scheme) == posts


@given(posts=st.lists(full_posts(), min_size=1, max_size=3))
def test_jsonl_gives_the_same_posts(posts: list[Post]) -> None:
    content = written(posts, "jsonl")
    assert read_back(content) == posts
    assert content.count("\n") == len(posts)


@pytest.mark.parametrize("style", ["imgid", "jsonl", "csv", "tsv", "text", "brat"])
def test_posts_without_words_are_written(style: Style) -> None:
    wordless = Post("8", (), (), picture="8", text="")
    content = written([NEW_YORK, wordless, NEW_YORK], style)
    assert {
        "imgid": "IMGID:8\n\nIMGID:7",
        "jsonl": '\n{"id": "8", "tokens": [], "entities": [], "picture": "8", "text": ""}\n',
        "csv": "\n8,,,,,,,,,8,\n",
        "tsv": "\n8\t\t\t\t\t\t\t\t\t8\t\n",
        "text": "\n\n",
        "brat": "==> 8.txt <==\n\n==> 8.ann <==\n\n",
    }[style] in content
    if style in ("imgid", "jsonl"):
        posts = list(read_posts(io.BytesIO(content.encode()), on_problem=lambda _: None))
        assert [post.id for post in posts] == ["7", "8", "7"]
        assert posts[1].entities == ()


def test_the_formats_as_they_look() -> None:
    assert written([NEW_YORK], "imgid") == "IMGID:7\nIn\tO\nNew\tB-LOC\nYork\tI-LOC\n\n"
    assert written([NEW_YORK], "conll", scheme="bioes") == "In\tO\nNew\tB-LOC\nYork\tE-LOC\n\n"
    assert json.loads(written([NEW_YORK], "jsonl")) == {
        "id": "7",
        "tokens": ["In", "New", "York"],
        "entities": [{"start": 1, "end": 3, "label": "LOC"}],
        "picture": "7",
    }
    assert written([NEW_YORK, Post("8", ("a\n", "b"))], "text") == "In [New York LOC]\na b\n"


@pytest.mark.parametrize(
    ("post", "style", "message"),
    [
        (
            replace(NEW_YORK, tokens=("In", "New\tYork", "!")),
            "conll",
            r"^post '7': columns cannot hold the token 'New\\tYork'; write JSONL$",
        ),
        (
            replace(NEW_YORK, tokens=("In", "New\n", "!")),
            "imgid",
            r"cannot hold the token 'New\\n'",
        ),
        (replace(NEW_YORK, tokens=("In", "", "!")), "conll", "cannot hold the token ''"),
        (
            replace(NEW_YORK, tokens=("\ufeffIn", "a", "b")),
            "conll",
            "cannot hold a byte-order mark as its first character",
        ),
        (replace(NEW_YORK, tokens=("In ", "a", "b")), "conll", "cannot hold the token 'In '"),
        (replace(NEW_YORK, tokens=("In", "\r", "b")), "imgid", r"cannot hold the token '\\r'"),
        (
            replace(NEW_YORK, tokens=("In", "-DOCSTART-", "b")),
            "conll",
            "cannot hold the token '-DOCSTART-'",
        ),
        (replace(NEW_YORK, tokens=(), entities=()), "conll", "cannot hold that it has no words"),
        (replace(NEW_YORK, entities=None), "conll", "cannot hold that it is not annotated"),
        (
            replace(NEW_YORK, entities=(Entity(0, 1, "LOC "),)),
            "conll",
            "cannot hold the label 'LOC '",
        ),
        (replace(NEW_YORK, entities=(Entity(0, 1, ""),)), "conll", "cannot hold the label ''"),
        (replace(NEW_YORK, id="7\n", picture="7\n"), "imgid", r"cannot hold the id '7\\n'"),
        (replace(NEW_YORK, id=" 7", picture=" 7"), "imgid", "cannot hold the id ' 7'"),
        (
            replace(NEW_YORK, picture="images/7.jpg"),
            "imgid",
            r"cannot hold the picture 'images/7\.jpg', which is not the post's id",
        ),
        (replace(NEW_YORK, picture=None), "imgid", "cannot hold the picture None"),
        (
            replace(NEW_YORK, entities=(Entity(0, 2, "A"), Entity(1, 3, "B"))),
            "conll",
            "^post '7': entity B at tokens 1 to 3 overlaps",
        ),
        (
            replace(NEW_YORK, entities=(Entity(2, 4, "A"),)),
            "conll",
            "^post '7': entity A at tokens 2 to 4 does not fit",
        ),
    ],
)
def test_what_columns_cannot_hold_is_refused(post: Post, style: Style, message: str) -> None:
    with pytest.raises(InputError, match=message):
        written([post], style)


def test_a_byte_order_mark_may_stand_later() -> None:
    posts = [
        replace(
            NEW_YORK, id=number, picture=None, tokens=("\ufeff" * (number == "2") + "In", "a", "b")
        )
        for number in ("1", "2")
    ]
    assert read_back(written(posts, "conll")) == posts


def test_a_byte_order_mark_may_follow_an_imgid_line() -> None:
    posts = [replace(NEW_YORK, tokens=("\ufeffIn", "a", "b"))]
    assert read_back(written(posts, "imgid")) == posts


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(
        InputError,
        match="format 'xml' is not known: expected one of imgid, conll, jsonl, csv, tsv, brat",
    ):
        written([NEW_YORK], "xml")  # type: ignore[arg-type]


def failing() -> Iterator[Post]:
    yield NEW_YORK
    raise InputError("the second post is bad")


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(InputError, match="the second post is bad"):
        write_posts(failing(), path, format="jsonl")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_replaced_when_all_is_written(tmp_path: Path) -> None:
    path = tmp_path / "posts.txt"
    path.write_text("old", encoding="utf-8")

    def posts() -> Iterator[Post]:
        yield NEW_YORK
        assert path.read_text(encoding="utf-8") == "old"

    write_posts(posts(), path, format="imgid")
    assert list(read_posts(path)) == [NEW_YORK]
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    path, link = tmp_path / "posts.txt", tmp_path / "link.txt"
    path.write_text("old", encoding="utf-8")
    link.symlink_to(path)
    write_posts([NEW_YORK], link, format="imgid")
    assert link.is_symlink()
    assert list(read_posts(path)) == [NEW_YORK]


def test_a_device_is_written_directly() -> None:
    write_posts([NEW_YORK], "/dev/null", format="jsonl")
    assert not Path("/dev/null").is_file()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"posts\.txt: cannot be written: No such file"):
        write_posts([NEW_YORK], tmp_path / "nowhere" / "posts.txt", format="imgid")


@pytest.mark.parametrize("style", ["imgid", "jsonl"])
def test_half_a_character_is_refused(tmp_path: Path, style: Style) -> None:
    with pytest.raises(
        InputError, match=r"post '7' holds '\\ud83d', which cannot be written as utf-8"
    ):
        write_posts(
            [replace(NEW_YORK, tokens=("In", "New", "\ud83d"))], tmp_path / "posts", format=style
        )


@pytest.mark.parametrize("style", ["imgid", "jsonl"])
def test_real_posts_survive(real_data: Path, style: Style) -> None:
    for name in ("twitter2015/valid.txt", "twitter2017/valid.txt"):
        posts = list(read_posts(real_data / name, on_problem=lambda _: None))
        assert read_back(written(posts, style)) == posts
