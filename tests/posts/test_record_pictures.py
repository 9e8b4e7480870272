from pathlib import Path

import pytest

from mner.errors import InputError
from mner.posts.read import read_posts
from mner.posts.record_pictures import picture_entities_of_record
from mner.posts.write import write_posts
from mner.types import PictureEntity, Post

NAME = PictureEntity("IHOP", "ORG", 0.75, (0.1, 0.2, 0.3, 0.4), "AT IHOP")
WHOLE = {"text": "a", "label": "b", "line": "c", "probability": 1, "box": [0, 0, 1, 1]}


@pytest.mark.parametrize("names", [None, (), (NAME,), (NAME, NAME)])
def test_names_of_pictures_are_written_and_read(
    tmp_path: Path, names: tuple[PictureEntity, ...] | None
) -> None:
    post = Post("1", ("Pancakes",), (), picture="34", picture_entities=names)
    write_posts([post], tmp_path / "posts.jsonl", format="jsonl")
    assert list(read_posts(tmp_path / "posts.jsonl")) == [post]


@pytest.mark.parametrize(
    "change",
    [
        {"text": ""},
        {"label": None},
        {"line": 3},
        {"probability": 1.5},
        {"probability": True},
        {"box": [0, 0, 1]},
        {"box": [0, 0, 1, "x"]},
        {"box": [0, 0, 1, -1]},
        {"box": None},
    ],
)
def test_ill_formed_names_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"an entity of `picture_entities` needs `text`"):
        picture_entities_of_record({"picture_entities": [{**WHOLE, **change}]})


@pytest.mark.parametrize("value", ["x", {}, 3])
def test_names_are_a_list(value: object) -> None:
    with pytest.raises(InputError, match=r"`picture_entities` must be a list or null"):
        picture_entities_of_record({"picture_entities": value})
