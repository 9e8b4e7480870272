import io
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from mner.errors import InputError, Problem
from mner.posts.read import read_posts
from mner.posts.reading import Fields
from mner.types import Entity, Post
from tests.posts.content import kinds_and_lines, read


def lines(*objects: dict[str, Any]) -> str:
    return "".join(json.dumps(record) + "\n" for record in objects)


def spans(posts: list[Post]) -> list[list[tuple[int, int, str]] | None]:
    return [
        None if post.entities is None else [entity.span for entity in post.entities]
        for post in posts
    ]


def doccano(text: str, *label: tuple[int, int, str]) -> tuple[list[Post], list[Problem]]:
    return read(lines({"text": text, "label": [list(span) for span in label]}))


def test_characters_become_tokens() -> None:
    posts, problems = doccano("😀 Ann Roe, Lima ", (2, 9, "PER"), (11, 16, "LOC"))
    assert spans(posts) == [[(1, 3, "PER"), (4, 5, "LOC")]]
    assert posts[0].tokens == ("😀", "Ann", "Roe", ",", "Lima")
    assert problems == []


def test_a_span_within_a_token_grows_to_it() -> None:
    posts, problems = doccano("saw Lisbon", (5, 8, "LOC"))
    assert posts[0].entities == (Entity(1, 2, "LOC", None, "Lisbon", 4, 10),)
    assert str(problems[0]) == "posts.txt:1: post '1': LOC 'isb' cuts a token: read as 'Lisbon'"
    assert kinds_and_lines(problems) == [("cut-token", 1)]


def test_blanks_at_the_edges_of_a_span_do_not_matter() -> None:
    posts, problems = doccano("saw Lisbon now", (3, 11, "LOC"))
    assert (spans(posts), problems) == ([[(1, 2, "LOC")]], [])


def test_a_span_of_blanks_is_left_out() -> None:
    posts, problems = doccano("a  b", (1, 3, "X"), (0, 0, "Y"))
    assert (spans(posts), kinds_and_lines(problems)) == ([[]], [("empty-span", 1)] * 2)


def test_of_nested_spans_the_outer_is_kept() -> None:
    posts, problems = doccano("the New York Times", (4, 12, "LOC"), (4, 18, "ORG"), (13, 18, "X"))
    assert spans(posts) == [[(1, 4, "ORG")]]
    assert [problem.message for problem in problems] == [
        "post '1': LOC at tokens 1 to 3 overlaps ORG at 1 to 4, which is kept: left out",
        "post '1': X at tokens 3 to 4 overlaps ORG at 1 to 4, which is kept: left out",
    ]


def test_of_overlapping_spans_the_longer_is_kept() -> None:
    posts, problems = doccano("a b c d e", (0, 3, "X"), (2, 7, "Y"), (0, 3, "X"))
    assert spans(posts) == [[(1, 4, "Y")]]
    assert kinds_and_lines(problems) == [("overlapping-entity", 1)]
    posts, problems = doccano("a b c d e", (0, 3, "X"), (2, 5, "Y"), (0, 3, "X"))
    assert spans(posts) == [[(0, 2, "X")]]
    assert kinds_and_lines(problems) == [("overlapping-entity", 1)]


def test_the_fields_of_doccano() -> None:
    posts, _ = read(
        lines(
            {"id": 7, "data": "in Lima", "labels": [[3, 7, "LOC"]], "picture": "p.jpg"},
            {"id": 8, "text": "in Lima", "caption": "a city"},
            {"text": "in Lima", "entities": [{"start_offset": 3, "end_offset": 7, "label": "L"}]},
        )
    )
    assert spans(posts) == [[(1, 2, "LOC")], None, [(1, 2, "L")]]
    assert [(post.id, post.picture, post.caption) for post in posts] == [
        ("7", "p.jpg", None),
        ("8", None, "a city"),
        ("3", None, None),
    ]


def test_rows_of_a_data_set() -> None:
    posts, problems = read(
        lines(
            {"id": 0, "tokens": ["Ann", "flew"], "ner_tags": ["S-PER", "O"]},
            {"tokens": ["New", "York"], "ner_tags": ["B-LOC", "E-LOC"]},
            {"tokens": ["New", "York"]},
        )
    )
    assert spans(posts) == [[(0, 1, "PER")], [(0, 2, "LOC")], None]
    assert problems == []


def test_numbers_get_their_names() -> None:
    content = io.StringIO(lines({"tokens": ["Ann", "Roe", "flew"], "tags": [1, 2, 0]}))
    (post,) = read_posts(content, labels=["O", "B-PER", "I-PER"])
    assert spans([post]) == [[(0, 2, "PER")]]


def test_ill_formed_entities_of_rows() -> None:
    content = lines({"tokens": ["a", "b"], "ner_tags": ["B-X", "I-Y"]})
    posts, problems = read(content)
    assert spans(posts) == [[(0, 1, "X"), (1, 2, "Y")]]
    assert kinds_and_lines(problems) == [("orphan-tag", 1)]
    (post,) = read_posts(io.StringIO(content), orphans="drop", on_problem=problems.append)
    assert spans([post]) == [[(0, 1, "X")]]


def test_entities_with_probabilities() -> None:
    entity = {"entity_group": "LOC", "score": 0.5, "word": "lima", "start": 3, "end": 7}
    posts, _ = read(lines({"text": "in Lima", "entities": [entity]}))
    assert posts[0].entities == (Entity(1, 2, "LOC", 0.5, "Lima", 3, 7),)


def test_what_was_recognised_is_said(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "mner"):
        read(lines({"text": "a"}, {"text": "b", "label": [[0, 1, "X"]]}))
        read(lines({"text": "a", "tokens": ["a"], "entities": [], "labels": []}))
    assert caplog.messages == ["posts.txt: read as: JSONL of doccano, spans in characters"]


def test_the_first_posts_need_not_show_the_form() -> None:
    posts, _ = read(lines({"text": "a"}, {"text": "b", "label": [[0, 1, "X"]]}))
    assert [(post.id, post.entities is None) for post in posts] == [("1", True), ("2", False)]


def test_jsonl_of_ours_can_be_demanded() -> None:
    posts, problems = read(lines({"text": "a", "label": []}), format="jsonl")
    assert spans(posts) == [None]
    assert kinds_and_lines(problems) == [("unknown-key", 1)]


def test_fields_are_named_and_others_kept() -> None:
    content = io.StringIO(lines({"body": "a", "img": "p", "label": [], "likes": 3}))
    named = Fields(text="body", picture="img")
    (post,) = read_posts(content, format="doccano", fields=named, keep=True)
    assert (post.text, post.picture, post.extra) == ("a", "p", {"likes": 3})


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"text": "ab", "label": [[0, 3, "X"]]}, "X at characters 0 to 3 does not fit a text of 2"),
        ({"text": "ab", "label": [[0, "X"]]}, r"`label` must hold \[start, end, label\], got"),
        ({"text": "ab", "label": "X"}, r"`label` must be a list of \[start, end, label\], got 'X'"),
        ({"text": "ab", "label": [[0, 1, ""]]}, "a label must be a string that is not empty"),
        ({"text": "ab", "label": [[0, 1.5, "X"]]}, "`end` of a span must be an integer, got 1.5"),
        ({"text": 3, "label": [[0, 1, "X"]]}, "the text of a post with spans must be a string"),
        ({"text": "ab", "offsets": [3], "label": []}, "`offsets` must be pairs of integers"),
    ],
)
def test_spans_that_do_not_fit_are_refused(record: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=rf"^posts\.txt:2: {message}"):
        read(lines({"text": "a", "label": []}, record))


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"tokens": ["a"], "ner_tags": ["O", "O"]}, "`ner_tags` has 2 tags for 1 tokens"),
        ({"tokens": ["a"], "ner_tags": [4]}, "`ner_tags` holds 4, but --labels names 2 tags"),
        ({"tokens": ["a"], "ner_tags": ["S-X"]}, "tag 'S-X' is not one of .* by --scheme"),
    ],
)
def test_rows_that_do_not_fit_are_refused(record: dict[str, Any], message: str) -> None:
    content = io.StringIO(lines({"tokens": ["a"], "ner_tags": [0]}, record))
    with pytest.raises(InputError, match=rf"^<stream>:2: {message}"):
        list(read_posts(content, labels=["O", "B-X"]))


def test_numbers_without_names_are_refused() -> None:
    with pytest.raises(InputError, match=r"^posts\.txt:1: `ner_tags` holds numbers.*--labels"):
        read(lines({"tokens": ["a"], "ner_tags": [0]}))


@pytest.mark.parametrize("tags", [["B-PER", "O"], [1, 0]])
def test_rows_of_a_data_set_in_parquet(tags: list[Any], tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = {"id": ["a", "b"], "tokens": [["Ann", "flew"], ["ok"]], "ner_tags": [tags, tags[1:]]}
    parquet.write_table(arrow.table(table), tmp_path / "rows.parquet")
    first, second = read_posts(tmp_path / "rows.parquet", labels=["O", "B-PER"])
    assert (first.id, first.tokens, spans([first])) == ("a", ("Ann", "flew"), [[(0, 1, "PER")]])
    assert (second.id, spans([second])) == ("b", [[]])
