"""Objects of any kind are read, or refused with file and line."""

import contextlib
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mner.errors import InputError
from mner.formats import Format
from mner.posts.exchange.forms import FORMS
from mner.posts.read import read_posts
from mner.types import Post
from tests.posts.exchange.test_forms import lines

KEYS = [
    "id", "id_str", "text", "full_text", "tokens", "tokenized_text", "ner_tags", "tags", "labels",
    "label", "ner", "spans", "entities", "data", "annotations", "result", "value", "offsets",
    "start", "end", "start_offset", "end_offset", "entity_group", "score", "globalOffsets",
    "picture", "caption", "attachments", "media_keys", "includes", "media", "extended_entities",
    "retweeted_status", "referenced_tweets", "meta", "answer", "truncated",
]  # fmt: skip
LEAVES = (
    st.sampled_from(["", "a", "in Lima", "O", "B-LOC", "RT @a: b…"])
    | st.integers(-2, 9)
    | st.sampled_from([None, True, 0.5])
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6)
SHAPES: list[dict[str, Any]] = [
    {"text": "in Lima", "label": [[3, 7, "LOC"]], "offsets": [[0, 2], [3, 7]]},
    {"tokens": ["in", "Lima"], "ner_tags": ["O", "B-LOC"], "text": "in Lima"},
    {"tokenized_text": ["in", "Lima"], "ner": [[1, 1, "LOC"]]},
    {"text": "in Lima", "entities": [{"entity_group": "LOC", "start": 3, "end": 7}]},
    {"text": "a", "tokens": [{"start": 0, "end": 1}], "spans": [{"start": 0, "end": 1}]},
    {"data": {"text": "a"}, "annotations": [{"result": [{"value": {"labels": ["X"]}}]}]},
    {"id_str": "1", "text": "RT @a: b…", "retweeted_status": {"entities": {"media": [{}]}}},
    {"data": [{"id": "1", "text": "a", "attachments": {}}], "includes": {"media": [{}]}},
]


def read_or_refused(content: str, format: Format) -> list[Post]:
    """The posts that can be read, with errors left to the log."""
    stream, refused = io.StringIO(content), list[InputError]()
    posts: list[Post] = []
    with contextlib.suppress(InputError):  # no post is left
        numbered = read_posts(
            stream, format=format, on_problem=lambda _: None, on_error=refused.append
        )
        posts.extend(numbered)
    assert all(str(error).startswith("<stream>:") for error in refused)
    return posts


@pytest.mark.parametrize("form", FORMS)
@given(records=st.lists(OBJECTS, min_size=1, max_size=3))
def test_any_objects(form: Format, records: list[dict[str, Any]]) -> None:
    posts = read_or_refused(lines(*records), form)
    assert all("" not in post.tokens for post in posts)


@given(st.data())
def test_objects_that_are_nearly_of_a_form(data: st.DataObject) -> None:
    record = dict(data.draw(st.sampled_from(SHAPES)))
    key = data.draw(st.sampled_from(sorted(record)))
    if isinstance(record[key], list) and data.draw(st.booleans()):
        record[key] = [*record[key], data.draw(VALUES)]
    else:
        record[key] = data.draw(VALUES)
    posts = read_or_refused(json.dumps(record) + "\n", "auto")
    assert all(entity.label for post in posts for entity in post.entities or ())
