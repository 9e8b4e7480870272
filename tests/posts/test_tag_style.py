import io
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mner.bio import spans_to_tags
from mner.errors import InputError
from mner.formats import Scheme
from mner.posts.read import read_posts, recognised_scheme
from mner.posts.tag_style import NO_TYPE, TagStyle, recognise_style
from mner.types import Entity, Span
from tests.posts.content import kinds_and_lines, read


def style_of(*posts: str) -> TagStyle:
    pairs: dict[tuple[str, str], int] = {}
    for post in posts:
        for pair in pairwise(["", *post.split()]):
            pairs[pair] = pairs.get(pair, 0) + 1
    return recognise_style(pairs, "auto")


@pytest.mark.parametrize(
    ("posts", "style"),
    [
        (["O O"], TagStyle()),
        (["B-PER I-PER O", "B-PER"], TagStyle()),
        (["B-PER O I-LOC"], TagStyle()),
        (["I-PER I-PER B-PER O I-LOC"], TagStyle("iob1")),
        (["I-PER I-PER", "O I-LOC"], TagStyle("iob1", is_sure=False)),
        (["I-PER"] * 20 + ["B-PER"], TagStyle("iob1")),
        (["I-PER"] * 19 + ["B-PER"], TagStyle()),
        (["S-PER O"], TagStyle("bioes")),
        (["B-PER E-PER O"], TagStyle("bioes")),
        (["B-PER L-PER O", "U-LOC"], TagStyle("bilou")),
        (["PER PER O", "creative-work"], TagStyle("io")),
        (["B I O"], TagStyle(has_types=False)),
        (["O I I B"], TagStyle("iob1", has_types=False)),
        (["S O B E"], TagStyle("bioes", has_types=False)),
        (["b-per i-per o"], TagStyle(is_lower=True)),
        (["I-PER B-LOC E-LOC L-LOC"], TagStyle()),
        (["B-PER O PER"], TagStyle()),
        (["PER LOC"], TagStyle()),
        (["B-PER M-PER E-PER O", "S-LOC"], TagStyle("bioes", has_m=True)),
        (["B M E S O"], TagStyle("bioes", has_types=False, has_m=True)),
        (["M-PER O"], TagStyle()),
        (["B-PER M-PER I-PER E-PER"], TagStyle()),
        (["B_PER I_PER O"], TagStyle(has_underscores=True)),
        (["B_PER M_PER E_PER", "S_my_own"], TagStyle("bioes", has_m=True, has_underscores=True)),
        (["I_PER I_PER B_PER O I_LOC"], TagStyle("iob1", has_underscores=True)),
        (["B_PER O B-LOC"], TagStyle()),
        (["0 O"], TagStyle()),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else str(value),
)
def test_what_tags_show(posts: Sequence[str], style: TagStyle) -> None:
    assert style_of(*posts) == style


@pytest.mark.parametrize(
    ("tags", "spans", "note"),
    [
        ("PER PER O LOC", [(0, 2, "PER"), (3, 4, "LOC")], "scheme IO"),
        (
            "B I O B",
            [(0, 2, NO_TYPE), (3, 4, NO_TYPE)],
            "tags without types, read as ENTITY",
        ),
        ("b-per i-per o b-loc", [(0, 2, "per"), (3, 4, "loc")], "tags in lower case"),
        ("I-PER B-PER O I-LOC", [(0, 1, "PER"), (1, 2, "PER"), (3, 4, "LOC")], "scheme IOB1"),
        (
            "B-PER M-PER E-PER S-LOC",
            [(0, 3, "PER"), (3, 4, "LOC")],
            "scheme BIOES, M as I",
        ),
        (
            "b_per i_per o b_my_own",
            [(0, 2, "per"), (3, 4, "my_own")],
            "tags in lower case, underscores after the prefixes",
        ),
        ("U-PER U-PER O U-LOC", [(0, 1, "PER"), (1, 2, "PER"), (3, 4, "LOC")], "scheme BILOU"),
    ],
)
def test_what_was_recognised_is_named(
    tags: str, spans: list[Span], note: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "mner"):
        (post,), problems = read("".join(f"a\t{tag}\n" for tag in tags.split()), scheme="auto")
    assert [entity.span for entity in post.entities or ()] == spans
    assert problems == []
    assert caplog.messages == [f"posts.txt: read as: {note}"]


def test_a_plain_file_is_not_worth_a_word(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "mner"):
        read("a\tB-PER\nb\tO\n", scheme="auto")
    assert caplog.messages == []


def test_a_named_scheme_is_not_overruled() -> None:
    content = "a\tI-PER\nb\tB-PER\n"
    assert kinds_and_lines(read(content, scheme="iob2")[1]) == [("orphan-tag", 1)]
    assert read(content, scheme="iob1")[1] == []
    (post,), _ = read("a\tE-mail\nb\tE-mail\n", scheme="io")
    assert post.entities == (Entity(0, 2, "E-mail"),)
    with pytest.raises(InputError, match=r"tag 'PER' is not one of the IOB2 scheme.*--scheme"):
        read("a\tPER\nb\tO\n", scheme="iob2")


def test_orphans_alone_are_ambiguous_where_they_are_dropped() -> None:
    content = b"a\tI-PER\nb\tO\n"
    (post,) = read_posts(io.BytesIO(content))
    assert post.entities == (Entity(0, 1, "PER"),)
    with pytest.raises(
        InputError, match=r"^<stream>: all entities begin with I-.*give --scheme iob1 or --scheme"
    ):
        list(read_posts(io.BytesIO(content), orphans="drop"))
    (post,) = read_posts(io.BytesIO(content), orphans="drop", scheme="iob1")
    assert post.entities == (Entity(0, 1, "PER"),)


def test_of_a_stream_the_first_post_is_looked_at() -> None:
    content = "a\tS-PER\n\nb\tE-PER\n"
    (first, second), _ = read(content, scheme="auto")
    assert first.entities == second.entities == (Entity(0, 1, "PER"),)
    assert len(list(read_posts(io.StringIO(content), on_problem=lambda _: None))) == 2
    late = "a\tO\n\nb\tS-PER\n"
    assert len(read(late, scheme="auto")[0]) == 2
    with pytest.raises(InputError, match=r"^<stream>:3: tag 'S-PER' is not one of the IOB2"):
        list(read_posts(io.StringIO(late)))
    assert recognised_scheme(io.StringIO(content)) is None
    # A stream is never taken as IOB1.
    orphan = io.StringIO("a\tI-PER\nb\tB-PER\n")
    assert [post.entities for post in read_posts(orphan, on_problem=lambda _: None)] == [
        (Entity(0, 1, "PER"), Entity(1, 2, "PER"))
    ]


def test_a_label_that_holds_a_tag_is_reported_once() -> None:
    (post,), problems = read("a\tB-a,B-b\nc\tO\nd\tB-a,B-b\n")
    assert [entity.label for entity in post.entities or ()] == ["a,B-b"] * 2
    assert kinds_and_lines(problems) == [("label-holds-tag", 1)]
    assert "keep one of them" in problems[0].message


@st.composite
def annotations(draw: st.DrawFn) -> tuple[list[Span], int]:
    spans: list[Span] = []
    end = 0
    for gap, length, label in draw(
        st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3), st.sampled_from("XYZ")))
    ):
        spans.append((end + gap, end + gap + length, label * 2))
        end += gap + length
    return spans, end + draw(st.integers(0, 2))


@pytest.mark.parametrize("scheme", ["iob1", "iob2", "bioes", "bilou"])
@given(posts=st.lists(annotations().filter(lambda post: post[1] > 0), min_size=1, max_size=4))
def test_all_schemes_are_recognised_and_give_the_same_entities(
    scheme: Scheme, posts: list[tuple[list[Span], int]]
) -> None:
    tagged = [spans_to_tags(spans, length, scheme=scheme) for spans, length in posts]
    content = "\n".join("".join(f"a\t{tag}\n" for tag in tags) for tags in tagged)
    read_back, problems = read(content, scheme="auto")
    assert [[entity.span for entity in post.entities or ()] for post in read_back] == [
        spans for spans, _ in posts
    ]
    assert {problem.kind for problem in problems} <= {"no-blank-line"}


@given(post=annotations().filter(lambda post: bool(post[0])))
def test_labels_without_prefixes_give_the_same_entities_where_none_touch(
    post: tuple[list[Span], int],
) -> None:
    spans, length = post
    touching = any(a[1] == b[0] and a[2] == b[2] for a, b in pairwise(spans))
    if touching:
        with pytest.raises(InputError, match="touches one of its label: tags without B- and I-"):
            spans_to_tags(spans, length, scheme="io")
        return
    tags = [*spans_to_tags(spans, length, scheme="io"), "O"]
    (read_back,), _ = read("".join(f"a\t{tag}\n" for tag in tags), scheme="auto")
    assert [entity.span for entity in read_back.entities or ()] == spans
