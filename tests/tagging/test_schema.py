"""Whatever `mner tag` writes as JSONL is as the schema of the package says."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, ValidationError

from mner.posts.schema import post_schema
from mner.tagging.output import Output
from mner.tagging.starter import starter_model
from mner.tagging.tag_file import tag_file

SCHEMA = post_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
POST = {
    "id": "a",
    "tokens": ["Rome"],
    "entities": [{"start": 0, "end": 1, "label": "LOC", "probability": 0.9}],
}


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    VALIDATOR.validate(POST)


def test_posts_with_texts_and_with_tokens_alone(tmp_path: Path) -> None:
    source, out = tmp_path / "posts.jsonl", tmp_path / "out.jsonl"
    posts = [
        {"id": "a", "text": "Ann Lee in Lisbon", "picture": "a.jpg", "caption": "a city"},
        {"tokens": ["Ann", "in", "Lisbon"]},
        {"text": "nothing here"},
    ]
    source.write_text("".join(json.dumps(post) + "\n" for post in posts))
    tag_file(starter_model(), str(source), output=Output(out, with_model=True))
    tagged = [json.loads(line) for line in out.read_text().splitlines()]
    assert [bool(post["entities"]) for post in tagged] == [True, True, False]
    for post in tagged:
        VALIDATOR.validate(post)


def test_posts_with_explanations(pixel_model: Path, corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    output = Output(out, explain=True)
    tag_file(pixel_model, str(corpus / "dev.txt"), pictures=corpus / "images", output=output)
    tagged = [json.loads(line) for line in out.read_text().splitlines()]
    assert any(post["explanation"]["entities"] for post in tagged)
    for post in tagged:
        VALIDATOR.validate(post)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": 1}, "is not of type 'string'"),
        ({"entities": [{**POST["entities"][0], "probability": 2}]}, "greater than the maximum"),  # type: ignore[dict-item]
        ({"offsets": [[0, 4]]}, "'text' is a dependency of 'offsets'"),
        ({"entities": None}, "is not of type 'array'"),
    ],
)
def test_what_is_no_tagged_post(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        VALIDATOR.validate({**POST, **changes})
