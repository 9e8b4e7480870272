import io
import json
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mner.errors import InputError
from mner.formats import Format
from mner.posts.exchange.utf16 import Utf16
from mner.posts.exchange.write import LINE_WRITERS, write_form
from mner.posts.raw import raw_post
from mner.posts.read import read_posts
from mner.types import Entity, Post
from tests.posts.content import kinds_and_lines, read
from tests.posts.exchange.test_forms import lines, spans

WORDS = st.text(
    st.characters(blacklist_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=5
)


@st.composite
def annotated_posts(draw: st.DrawFn) -> Post:
    """Posts with tokens that `mner` would not cut, or with a text and its tokens."""
    words = draw(st.lists(WORDS, min_size=1, max_size=6))
    post = Post("p", tuple(words))
    if draw(st.booleans()):
        raw = raw_post("p", " ".join(words), picture="a.jpg", caption="a city")
        post = raw if raw.tokens else post
    count = len(post.tokens)
    cuts = sorted(draw(st.sets(st.integers(0, count), max_size=6)))
    labels = st.sampled_from(["PER", "geo loc/ort é"])
    entities = [Entity(a, b, draw(labels)) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    return replace(post, entities=draw(st.sampled_from([tuple(entities), None])))


def written(posts: list[Post], form: str, *, is_array: bool = False) -> str:
    stream = io.StringIO()
    write_form(posts, stream, form=form, is_array=is_array)
    return stream.getvalue()


@pytest.mark.parametrize("form", LINE_WRITERS)
@given(post=annotated_posts())
def test_what_is_written_is_read_again(form: str, post: Post) -> None:
    sure = Post("q", ("Lima",), (Entity(0, 1, "LOC"),))
    (_, again), problems = read(written([sure, post], form))
    assert problems == []
    assert (again.id, again.tokens) == (post.id, post.tokens)
    assert (again.picture, again.caption) == (post.picture, post.caption)
    assert spans([again]) == spans([post])


@pytest.mark.parametrize("form", LINE_WRITERS)
def test_other_fields_are_written_and_read(form: str) -> None:
    post = Post("p", ("Lima",), (Entity(0, 1, "LOC"),), extra={"likes": 3})
    (again,) = read_posts(io.StringIO(written([post], form)), keep=True)
    assert (again.extra or {})["likes"] == 3


@pytest.mark.parametrize("form", ["label-studio", "prodigy"])
def test_probabilities_are_written_and_read(form: str) -> None:
    post = Post("p", ("Lima",), (Entity(0, 1, "LOC", 0.25),))
    (again,), _ = read(written([post], form))
    assert (again.entities or ())[0].probability == 0.25


def task(text: str, *values: dict[str, Any], **others: Any) -> str:
    results = [{"type": "labels", "value": value} for value in values]
    return lines({"id": 5, "data": {"text": text}, "annotations": [{"result": results}], **others})


@pytest.mark.parametrize(("start", "end"), [(3, 7), (2, 6)])
def test_label_studio_may_count_as_javascript_does(start: int, end: int) -> None:
    value = {"start": start, "end": end, "text": "Lima", "labels": ["LOC"]}
    posts, problems = read(task("😀 Lima", value))
    assert (posts[0].id, spans(posts), problems) == ("5", [[(1, 2, "LOC")]], [])


@pytest.mark.parametrize(("start", "end"), [(3, 7), (2, 6)])
def test_spans_of_label_studio_without_their_words(start: int, end: int) -> None:
    posts, _ = read(task("😀 Lima", {"start": start, "end": end, "labels": ["LOC"]}))
    assert spans(posts) == [[(1, 2, "LOC")]]


def test_label_studio_gets_code_points() -> None:
    post = raw_post("p", "😀 Lima")
    record = json.loads(written([replace(post, entities=(Entity(1, 2, "LOC"),))], "label-studio"))
    value = record["annotations"][0]["result"][0]["value"]
    assert value == {"start": 2, "end": 6, "text": "Lima", "labels": ["LOC"]}


def test_what_label_studio_exports_is_read() -> None:
    """As version 1.23 wrote it after two predictions were submitted with a label by hand."""
    text = "👍 saw Ann 👍 in\nRome with KLM, 😀 near Oslo"
    values = [
        {"start": 6, "end": 9, "text": "Ann", "labels": ["PER"]},
        {"start": 15, "end": 19, "text": "Rome", "labels": ["LOC"]},
        {"start": 37, "end": 41, "text": "Oslo", "labels": ["LOC"]},
    ]
    names = {"from_name": "label", "to_name": "text", "type": "labels"}
    origins = ("prediction", "prediction", "manual")
    results = [
        {"value": value, "id": str(number), **names, "origin": origin}
        for number, (value, origin) in enumerate(zip(values, origins, strict=True))
    ]
    annotation = {"id": 2, "completed_by": 1, "result": results, "was_cancelled": False}
    annotation |= {"ground_truth": False, "lead_time": 9.2, "parent_prediction": 43}
    whole = {"id": 43, "annotations": [annotation], "drafts": [], "predictions": [43]}
    whole |= {"data": {"id": "a", "text": text}, "meta": {}, "file_upload": None, "inner_id": 1}
    short = {"id": "a", "text": text, "label": values, "annotator": 1, "annotation_id": 2}
    for record in (whole, short | {"created_at": "2026-11-25T20:26:42.593355Z"}):
        (post,), problems = read(lines(record))
        assert (post.id, problems) == ("a", [])
        words = [(" ".join(post.tokens[e.start : e.end]), e.label) for e in post.entities or ()]
        assert words == [("Ann", "PER"), ("Rome", "LOC"), ("Oslo", "LOC")]


def test_words_that_stand_elsewhere_are_reported() -> None:
    value = {"start": 3, "end": 7, "text": "Rome", "labels": ["LOC"]}
    posts, problems = read(task("in Lima", value))
    assert spans(posts) == [[(1, 2, "LOC")]]
    assert [problem.message for problem in problems] == [
        "post '5': a span from 3 to 7 says 'Rome', but the text has 'Lima' there, which is read"
    ]


def test_annotations_of_label_studio() -> None:
    lima = {"value": {"start": 0, "end": 4, "labels": ["LOC"]}}
    choice = {"type": "choices", "value": {"choices": ["sad"]}}
    data = {"text": "Lima"}
    posts, problems = read(
        lines(
            {"data": data, "annotations": [{"was_cancelled": True, "result": [lima]}]},
            {"data": data, "annotations": [{"result": [choice, lima]}, {"result": []}]},
            {"data": data, "annotations": [], "predictions": [{"result": [lima]}]},
            {"data": data, "annotations": [{"result": []}]},
        )
    )
    assert spans(posts) == [None, [(0, 1, "LOC")], None, []]
    assert kinds_and_lines(problems) == [("several-annotations", 2)]


def test_the_short_form_of_label_studio() -> None:
    label = [{"start": 0, "end": 4, "text": "Lima", "labels": ["LOC"]}]
    posts, _ = read(lines({"id": 3, "text": "Lima", "label": label}, {"text": "Rome"}))
    assert spans(posts) == [[(0, 1, "LOC")], None]


def test_tasks_are_an_array_where_asked_for() -> None:
    posts = [Post("a", ("x",), ()), Post("b", ("y",), None)]
    tasks = json.loads(written(posts, "label-studio", is_array=True))
    assert [len(task["annotations"]) for task in tasks] == [1, 0]
    assert json.loads(written([], "label-studio", is_array=True)) == []


def test_tasks_that_nobody_annotated_yet() -> None:
    tasks = json.dumps([{"id": 7, "data": {"text": "in Rome"}}, {"id": 8, "data": {"text": "so"}}])
    (first, second), problems = read(tasks)
    assert problems == []
    assert [(post.id, post.text) for post in (first, second)] == [("7", "in Rome"), ("8", "so")]
    assert first.entities is second.entities is None


@pytest.mark.parametrize("form", LINE_WRITERS)
def test_an_array_is_read_where_its_form_is_named(form: str) -> None:
    posts = [raw_post(name, "in Rome") for name in "pq"]
    array = written(posts, form, is_array=True)
    again = list(read_posts(io.StringIO(array), format=cast(Format, form)))
    assert [(post.id, post.tokens) for post in again] == [
        ("p", ("in", "Rome")),
        ("q", ("in", "Rome")),
    ]


def test_tokens_of_prodigy_are_kept() -> None:
    tokens = [{"text": "New York", "start": 0, "end": 8}, {"text": "now", "start": 9, "end": 12}]
    span = {"start": 0, "end": 8, "label": "LOC"}
    posts, _ = read(lines({"text": "New York now", "tokens": tokens, "spans": [span]}))
    assert posts[0].tokens == ("New York", "now")
    assert spans(posts) == [[(0, 1, "LOC")]]


def test_answers_of_prodigy() -> None:
    span = {"start": 0, "end": 4, "label": "LOC"}
    answers = ["accept", "reject", "ignore"]
    posts, problems = read(
        lines(
            *({"text": "Lima", "spans": [span], "answer": answer} for answer in answers),
            {"text": "Lima", "answer": "accept"},
            {"text": "Lima"},
        )
    )
    assert spans(posts) == [[(0, 1, "LOC")], None, None, [], None]
    assert kinds_and_lines(problems) == [("not-accepted", 2), ("not-accepted", 3)]


def test_ends_of_gliner_are_inclusive() -> None:
    posts, _ = read(lines({"tokenized_text": ["in", "New", "York"], "ner": [[1, 2, "city"]]}))
    assert spans(posts) == [[(1, 3, "city")]]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"data": {"body": "a"}, "annotations": []}, "a task needs a text in `text`, .*--text-fie"),
        ({"data": {"text": "a"}, "annotations": [3]}, "`annotations` must be a list of objects"),
        ({"text": "a", "spans": [3], "tokens": [{"start": 0}]}, "`spans` must be a list of obj"),
        ({"text": "a", "tokens": [{"start": 0}]}, "`end` of a span must be an integer, got None"),
        ({"tokenized_text": ["a"], "ner": [[0, 1, "X"]]}, "entity X at tokens 0 to 2 does not fit"),
    ],
)
def test_what_does_not_fit_is_refused(record: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=rf"^posts\.txt:1: {message}"):
        read(lines(record))


def test_a_form_that_is_not_known() -> None:
    with pytest.raises(InputError, match="format 'brat' is not known: expected one of doccano"):
        write_form([], io.StringIO(), form="brat")


@given(st.text(st.characters(blacklist_categories=["Cs"])))
def test_code_units_and_code_points(text: str) -> None:
    units = Utf16(text)
    for position in range(len(text) + 1):
        counted = len(text[:position].encode("utf-16-le")) // 2
        assert units.to_code_points(counted) == position
    beyond = len(text.encode("utf-16-le")) // 2 + 3
    assert units.to_code_points(beyond) == len(text) + 3
